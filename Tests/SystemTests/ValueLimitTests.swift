import Broker
import Simulator
import Support
import Testing

@Suite("The largest value")
struct ValueLimitTests {
    @Test(
        "of the store's own limit is taken, and one that is a byte larger is refused before any call",
        arguments: [(CloudKind.aws, 65_536), (.google, 65_536), (.azure, 25_600), (.kubernetes, 524_288)])
    func limits(_ cloud: CloudKind, _ limit: Int) async throws {
        let place = try await Installation(on: cloud)
        let broker = try await place.serve()
        let admin = place.asAdmin(broker)
        let largest = String(repeating: "x", count: limit)
        #expect(try await admin.add("KEY", largest).status == 201)
        let create = try #require(place.callNames(of: .create).first)
        let before = await place.cloud.calls()[create]
        for answer in [try await admin.add("OTHER", largest + "x"), try await admin.rotate("KEY", largest + "x")] {
            #expect(answer.status == 413 && answer.code == "value_too_large")
            #expect(answer.body.contains("\(limit) bytes"))
        }
        // What the limit counts is bytes.
        let wide = String(repeating: "é", count: limit / 2) + "x"
        #expect(try await admin.add("WIDE", wide).code == "value_too_large")
        #expect(await place.cloud.calls()[create] == before)
        #expect(try await place.asResolver(broker).resolve("KEY").resolved == largest)
        #expect(await broker.end() == 0)
        await place.end()
    }
}
