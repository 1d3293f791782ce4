import Broker
import GRDB
import Testing

@testable import Store

@Suite("Who used a secret", .everyEngine)
struct UsageTests {
    private let fixture: CatalogFixture
    private var catalog: Catalog { fixture.catalog }

    init() async throws {
        fixture = try await CatalogFixture()
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
        let kept = try await catalog.query(
            "SELECT team, name, automation, last_at FROM usage ORDER BY team, name, automation"
        ) { row in
            "\(try row.text("team")) \(try row.text("name")) \(try row.text("automation")) \(try row.integer("last_at"))"
        }
        #expect(try await kept.sorted() == told())
        #expect(!kept.isEmpty)
    }

    /// What the audit log says.
    private func told() async throws -> [String] {
        var last: [String: Int64] = [:]
        for entry in try await catalog.auditRecords(team: nil, after: 0, limit: 10_000) {
            let recorded = try #require(AuditRecord.event(entry.json))
            let event = recorded.event
            let isUse =
                switch event.action {
                case .resolve, .readValues: event.outcome == .done
                case .relay, .testWebhook: event.outcome == .attempted
                default: false
                }
            guard isUse, let team = event.team else { continue }
            for subject in event.subjects {
                let use = "\(team) \(subject.name) \(event.webhook?.text ?? event.actor.name)"
                last[use] = max(last[use] ?? 0, recorded.at.milliseconds)
            }
        }
        return last.map { "\($0.key) \($0.value)" }.sorted()
    }
}
