#if FaultInjection
import Broker
import Simulator
import Support
import Testing

@testable import Providers

@Suite("The contract", .timeLimit(.minutes(5)))
struct BrokenCloudTests {
    struct Case: CustomTestStringConvertible {
        let index: Int
        var testDescription: String { "\(BrokenCloud.all[index].kind.rawValue) that \(BrokenCloud.all[index].promise)" }
    }

    @Test("finds out a cloud", arguments: BrokenCloud.all.indices.map(Case.init(index:)))
    func findsOut(_ which: Case) async throws {
        let broken = BrokenCloud.all[which.index]
        let sentence = try #require(DriverContract.cases.first { $0.sentence == broken.sentence })
        try await ContractWorld.with(broken.kind) { world in
            await world.order(.broken(broken.lie), on: broken.operation, at: .always)
            #expect(await sentence.run(on: world.store).broken != nil)
        }
    }

    @Test("is lied to with another id, not with the same one in another case", arguments: Array("0123456789abcdefA"))
    func alters(_ last: Character) {
        #expect(altered("7f\(last)").lowercased() != "7f\(last)".lowercased())
    }

    @Test("is put to the test by at least four lies of every cloud", arguments: CloudKind.allCases)
    func lies(_ kind: CloudKind) {
        #expect(BrokenCloud.all.count { $0.kind == kind } >= 4)
        #expect(BrokenCloud.all.count >= 5 * CloudKind.allCases.count)
    }
}
#endif
