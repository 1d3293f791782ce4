import Broker
import NIOConcurrencyHelpers
import Simulator
import Support
import Testing
import Transport

@Suite("Many at once, on the built program", .serialized, .timeLimit(.minutes(10)))
struct ConcurrencyTests {
    /// One resolve: when it began and ended, in one order with the rotations' answers, and which value it saw.
    private struct Observation {
        let begunAfter: Int
        let value: Int?
    }

    @Test("no resolve begun after a rotate's answer sees an older value, and none fails", arguments: CloudKind.allCases)
    func neverStale(_ cloud: CloudKind) async throws {
        let place = try await Installation(on: cloud)
        let broker = try await place.serve()
        let (admin, resolver) = (place.asAdmin(broker), place.asResolver(broker))
        #expect(try await admin.add("KEY", "0").status == 201)
        let answered = NIOLockedValueBox(0)
        let isOver = NIOLockedValueBox(false)

        let history = try await withThrowingTaskGroup(of: [Observation].self) { group in
            for _ in 0..<64 {
                group.addTask {
                    var seen: [Observation] = []
                    while !isOver.withLockedValue({ $0 }) {
                        let begunAfter = answered.withLockedValue { $0 }
                        let value = try await resolver.resolve("KEY").resolved.flatMap(Int.init)
                        seen.append(Observation(begunAfter: begunAfter, value: value))
                    }
                    return seen
                }
            }
            for number in 1...200 {
                let rotated = try await admin.rotate("KEY", "\(number)")
                #expect(rotated.status == 200)
                answered.withLockedValue { $0 = number }
            }
            isOver.withLockedValue { $0 = true }
            return try await group.reduce(into: [Observation]()) { $0 += $1 }
        }
        #expect(history.count > 200)
        #expect(history.count { $0.value == nil } == 0, "failed resolves")
        #expect(history.count { ($0.value ?? 0) < $0.begunAfter } == 0, "stale resolves")
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test(
        "a thousand cold resolves of one secret make one call, and warm ones make none", arguments: CloudKind.allCases)
    func oneCall(_ cloud: CloudKind) async throws {
        let place = try await Installation(on: cloud)
        let read = try #require(place.callNames(of: .read).first)
        let writing = try await place.serve()
        #expect(try await place.asAdmin(writing).add("KEY", "v").status == 201)
        #expect(await writing.end() == 0)

        let broker = try await place.serve()
        let resolver = place.asResolver(broker)
        let before = await place.cloud.calls()[read] ?? 0
        let values = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<1000 { group.addTask { try await resolver.resolve("KEY").resolved } }
            return try await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(values.allSatisfy { $0 == "v" })
        #expect(await place.cloud.calls()[read] == before + 1)
        #expect(try await resolver.resolve("KEY").resolved == "v")
        #expect(await place.cloud.calls()[read] == before + 1)
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("a request under way when the broker is told to end is answered")
    func gracefulEnd() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        let admin = place.asAdmin(broker)
        await place.cloud.faults.order(.init(operation: "CreateSecret", effect: .hold))
        async let answer = admin.add("KEY", "v")
        try await place.cloud.faults.waitUntilHeld("CreateSecret")
        async let ended = broker.end()
        try await eventually("the broker has been told, and takes no more connections") {
            let http = HTTPClient(testing: TransportSettings())
            defer { http.shutDown() }
            return (try? await APIClient(http, url: broker.url, token: nil).call("GET", "/healthz")) == nil
        }
        try await place.cloud.faults.release()
        #expect(try await answer.status == 201)
        #expect(await ended == 0)
        await place.end()
    }
}
