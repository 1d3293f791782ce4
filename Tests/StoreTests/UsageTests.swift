import Broker
import GRDB
import Testing

@testable import Store

@Suite("Who used a secret")
struct UsageTests {
    private let fixture: CatalogFixture
    private var catalog: SQLiteCatalog { fixture.catalog }

    init() throws {
        fixture = try CatalogFixture()
    }

    private func use(
        _ names: [SecretName], _ action: AuditEvent.Action = .resolve, _ outcome: AuditEvent.Outcome = .done,
        by name: String = "deploy-bot", in team: TeamName = .research
    ) async throws {
        let actor = Actor(tokenID: "t", name: name, address: nil, requestID: "r")
        let subjects = names.map { AuditEvent.Subject(name: $0.text, version: nil) }
        try await catalog.append([AuditEvent(action, outcome, by: actor, team: team, subjects: subjects)])
    }

    private func usage(of name: SecretName = .token, since: Timestamp = Timestamp(milliseconds: 0)) async throws
        -> [Usage]
    {
        try await catalog.usage(of: name, in: .research, since: since)
    }

    @Test("an attempt, a refusal, and what is not a use do not count")
    func noUse() async throws {
        try await use([.token], .resolve, .attempted)
        try await use([.token], .resolve, .failed(code: "provider_denied"))
        try await use([.token], .rotate)
        try await use([.key])
        try await use([.token], in: .platform)
        #expect(try await usage().isEmpty)
    }

    @Test("each automation is named once, with its last use, the latest first")
    func latest() async throws {
        try await use([.token, .key], by: "a")
        fixture.clock.advance(by: .seconds(1))
        try await use([.token], .readValues, by: "b")
        fixture.clock.advance(by: .milliseconds(1))
        let last = fixture.clock.now
        try await use([.token], by: "a")
        #expect(
            try await usage() == [
                Usage(automation: "a", last: last), Usage(automation: "b", last: last.adding(.milliseconds(-1))),
            ])
        #expect(try await usage(since: last).map(\.automation) == ["a"])
        #expect(try await usage(since: last.adding(.milliseconds(1))).isEmpty)
    }

    @Test("a clock that was set back does not hide a later use")
    func clockSetBack() async throws {
        let now = fixture.clock.now
        try await use([.token])
        fixture.clock.advance(by: .seconds(-100))
        try await use([.token])
        #expect(try await usage().map(\.last) == [now])
    }

    @Test("what is derived anew from the audit log is what was kept", arguments: 1...8 as ClosedRange<UInt64>)
    func rebuild(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let outcomes: [AuditEvent.Outcome] = [.done, .done, .attempted, .failed(code: "internal")]
        for _ in 0..<60 {
            fixture.clock.advance(by: .milliseconds(Int.random(in: -500...5_000, using: &random)))
            try await use(
                [[.token], [.key], [.token, .key], []].randomElement(using: &random)!,
                AuditEvent.Action.allCases.randomElement(using: &random)!, outcomes.randomElement(using: &random)!,
                by: ["a", "b\u{1F512}\"", "c"].randomElement(using: &random)!,
                in: [.research, .platform].randomElement(using: &random)!)
        }
        let kept = try await table()
        try await fixture.tamper("UPDATE usage SET last_at = last_at + 1; DELETE FROM usage WHERE automation = 'a'")
        try await catalog.rebuildUsage()
        #expect(try await table() == kept)
        #expect(!kept.isEmpty)
    }

    private func table() async throws -> [String] {
        try await catalog.pool.read { db in
            try String.fetchAll(
                db,
                sql: "SELECT concat FROM (SELECT team || name || automation || last_at AS concat FROM usage) ORDER BY 1"
            )
        }
    }
}
