import Broker
import GRDB
import Support
import Testing

@testable import Store

@Suite("A segment of the audit log", .everyEngine)
struct AuditSegmentTests {
    private let fixture: CatalogFixture
    private var catalog: Catalog { fixture.catalog }
    private var clock: ManualClock { fixture.clock }

    init() async throws {
        fixture = try await CatalogFixture()
    }

    private func append(_ count: Int = 1) async throws {
        for _ in 0..<count {
            try await catalog.append([
                AuditEvent(
                    .resolve, .done, by: Principal(tokenID: "t", name: "bot", address: nil, requestID: "r"),
                    team: .research
                )
            ])
        }
    }

    private func days(_ counts: Int...) async throws {
        for count in counts {
            try await append(count)
            clock.advance(by: .seconds(86_400))
        }
    }

    private let shell = Principal.operatorsShell(requestID: "cli")

    @Test("is sealed with the first record of a later day, and covers all before it")
    func sealed() async throws {
        try await append(3)
        #expect(try await catalog.auditSegments().isEmpty)
        let end = try await catalog.auditHead()
        clock.advance(by: .seconds(86_400))
        try await append(2)
        #expect(try await catalog.auditSegments().map(\.end) == [end])
    }

    @Test("is sealed by no clock that was set back")
    func backwards() async throws {
        try await append()
        clock.advance(by: .seconds(-86_400 * 3))
        try await append(2)
        #expect(try await catalog.auditSegments().isEmpty)
        #expect(try await catalog.verifyAudit() == .intact(count: 3, head: catalog.auditHead()))
    }

    @Test("leaves its hash when it is pruned, and the log goes on from it")
    func pruned() async throws {
        try await days(3, 4)
        try await append(2)
        let segments = try await catalog.auditSegments()
        let (first, second) = (try #require(segments.first), try #require(segments.dropFirst().first))
        try await catalog.prune(first, by: shell)
        #expect(try await catalog.auditRecords(team: nil, after: 0, limit: 100).first?.seq == 4)
        #expect(try await catalog.verifyAudit(against: first.end) == .intact(count: 7, head: catalog.auditHead()))
        try await catalog.prune(second, by: shell)
        #expect(try await catalog.verifyAudit() == .intact(count: 4, head: catalog.auditHead()))
        #expect(
            try await catalog.auditRecords(team: nil, after: 9, limit: 10).map { $0.json.contains("audit:prune") }
                == [true, true])
    }

    @Test("gives its room to the catalog's growth when it is pruned")
    func room() async throws {
        guard let empty = catalog.space?.used else { return }
        let long = String(repeating: "x", count: 1000)
        let actor = Principal(tokenID: "t", name: long, address: nil, requestID: "r")
        let events = Array(repeating: AuditEvent(.resolve, .done, by: actor, team: .research), count: 2000)
        for _ in 0..<10 { try await catalog.append(events) }
        clock.advance(by: .seconds(86_400))
        try await append()
        let full = try #require(catalog.space)
        #expect(full.used > empty + 20_000_000)
        try await catalog.prune(try #require(try await catalog.auditSegments().first), by: shell)
        let pruned = try #require(catalog.space)
        // But for the write-ahead log, which keeps the size that it had.
        #expect(pruned.used < full.used - 10_000_000)
    }

    @Test("is the only thing that the program can remove")
    func triggers() async throws {
        try await days(3)
        try await append()
        for statement in ["DELETE FROM audit WHERE seq = 1", "DELETE FROM audit"] {
            await #expect(throws: (any Error).self) {
                try await fixture.execute(statement)
            }
        }
        try await catalog.prune(try #require(try await catalog.auditSegments().first), by: shell)
        await #expect(throws: (any Error).self) {
            try await fixture.execute("DELETE FROM audit WHERE seq = 4")
        }
    }

    @Test("shows a lost end, and a chain that was computed anew, without a head that was kept elsewhere")
    func sealedHeads() async throws {
        try await days(3, 3)
        try await append()
        let sealed = try await catalog.auditSegments()
        try await fixture.tamper("DELETE FROM audit WHERE seq > 4")
        #expect(try await catalog.verifyAudit() == .tailLost(expected: sealed[1].end))
    }

    @Test("keeps the log going when all of it was pruned")
    func everything() async throws {
        try await days(3)
        try await append()
        clock.advance(by: .seconds(86_400))
        try await append()
        for segment in try await catalog.auditSegments() { try await catalog.prune(segment, by: shell) }
        let before = try await catalog.auditHead()
        try await append()
        #expect(try await catalog.auditHead().seq == before.seq + 1)
        #expect(try await catalog.verifyAudit(against: before) == .intact(count: 4, head: catalog.auditHead()))
    }

    /// Random days and prunings, then one change of anything: what is found is where the change is, or before it.
    @Test(
        "any change, deletion or exchange of records is found, whatever was pruned", arguments: 0..<60 as Range<UInt64>)
    func property(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            try await days(Int.random(in: 1...5, using: &random))
        }
        try await append(2)
        let segments = try await catalog.auditSegments()
        for segment in segments.prefix(Int.random(in: 0..<segments.count, using: &random)) {
            try await catalog.prune(segment, by: shell)
        }
        let head = try await catalog.auditHead()
        let records = try await catalog.auditRecords(team: nil, after: 0, limit: 1000).map(\.seq)
        #expect(try await catalog.verifyAudit(against: head) == .intact(count: Int64(records.count), head: head))
        let victim = try #require(records.randomElement(using: &random))
        let other = try #require(records.filter { $0 != victim }.randomElement(using: &random))
        let edit =
            switch Int.random(in: 0..<4, using: &random) {
            case 0: "UPDATE audit SET record = replace(record, 'bot', 'cat') || ' ' WHERE seq = \(victim)"
            case 1: "DELETE FROM audit WHERE seq = \(victim)"
            case 2: "UPDATE audit SET hash = '\(String(repeating: "0", count: 64))' WHERE seq = \(victim)"
            default:
                """
                UPDATE audit SET seq = -1 WHERE seq = \(victim); UPDATE audit SET seq = \(victim) WHERE seq = \(other);
                UPDATE audit SET seq = \(other) WHERE seq = -1
                """
            }
        try await fixture.tamper(edit)
        switch try await catalog.verifyAudit(against: head) {
        case .intact: Issue.record("seed \(seed): not found")
        case .changed(let seq), .missing(let seq), .reordered(let seq): #expect([victim, other].contains(seq))
        case .tailLost(let expected): #expect(expected == head && victim == head.seq)
        }
    }
}
