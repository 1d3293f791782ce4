import Broker
import GRDB
import Support
import Testing

@testable import Store

@Suite("What the pages read of the log", .everyEngine)
struct ActivityTests {
    private let fixture: CatalogFixture
    private var catalog: Catalog { fixture.catalog }

    init() async throws {
        fixture = try await CatalogFixture()
    }

    private func append(
        _ action: AuditEvent.Action, _ outcome: AuditEvent.Outcome = .done, _ names: [String] = ["KEY"],
        by actor: Principal = .robot, in team: TeamName? = .research
    ) async throws {
        let secrets = names.map { AuditEvent.NamedSecret(name: SecretName($0)!, version: nil) }
        try await append(action, outcome, .secrets(secrets), by: actor, in: team)
    }

    private func append(
        _ action: AuditEvent.Action, _ outcome: AuditEvent.Outcome = .done, _ subject: AuditEvent.Subject,
        by actor: Principal = .robot, in team: TeamName? = .research
    ) async throws {
        try await catalog.append([AuditEvent(action, outcome, by: actor, team: team, subject: subject)])
    }

    @Test("every kind of event comes back as it went in", arguments: AuditEvent.Action.allCases)
    func roundTrip(_ action: AuditEvent.Action) async throws {
        let subject: AuditEvent.Subject =
            switch action {
            case .createToken:
                .token(
                    id: "t",
                    .init(name: "\"é<", role: .auditor, expires: Timestamp(milliseconds: 1), secrets: [.key]))
            case .revokeToken: .token(id: "tok_\"é<")
            case .assignStore: .store(StoreName("west")!)
            case .prune: .records(through: 17)
            case .backUp: .catalog
            case .create, .rotate, .delete, .migrate, .purge, .adopt, .drift, .resolve, .readValues, .relay,
                .testWebhook, .createWebhook, .updateWebhook, .confirmWebhook, .deleteWebhook:
                .secret(SecretName("KEY")!, VersionID(recorded: "abcdefghijklmnop"))
            }
        let events = [
            AuditEvent.Outcome.attempted, .done, .failed(code: "provider_denied"),
            .held(until: Timestamp(milliseconds: 1_900_000_000_123)),
        ].map { outcome in
            AuditEvent(
                action, outcome, by: .alice, team: .research, subject: subject, webhook: WebhookName("deploy"),
                destination: WebhookURL("https://a.example:8443/path")?.authority,
                adoptedFrom: action == .adopt ? Reference(recorded: "arn:\"é<") : nil)
        }
        try await catalog.append(events)
        let page = try await catalog.activity(ActivityFilter(), before: nil, limit: 10)
        #expect(page.events.map(\.event) == events.reversed())
        #expect(page.events.map(\.seq) == [4, 3, 2, 1])
        #expect(page.events.allSatisfy { $0.at == fixture.clock.now })
        #expect(page.next == nil)
    }

    @Test("a filter wants what it says, of its team only")
    func filters() async throws {
        try await append(.create)
        try await append(.resolve, .done, ["KEY", "OTHER"], by: .alice)
        try await append(.resolve, in: .platform)
        try await append(.createToken, .done, .token(id: "KEY"))
        try await append(.createToken, .done, .token(id: "t"), in: nil)
        func found(_ filter: ActivityFilter) async throws -> [Int64] {
            try await catalog.activity(filter, before: nil, limit: 10).events.map(\.seq)
        }
        #expect(try await found(ActivityFilter()) == [5, 4, 3, 2, 1])
        #expect(try await found(ActivityFilter(team: .research)) == [4, 2, 1])
        #expect(try await found(ActivityFilter(team: .research, kind: .uses)) == [2])
        #expect(try await found(ActivityFilter(kind: .tokens)) == [5, 4])
        #expect(try await found(ActivityFilter(secret: SecretName("OTHER"))) == [2])
        #expect(try await found(ActivityFilter(secret: SecretName("KEY"))) == [3, 2, 1])
        #expect(try await found(ActivityFilter(team: .research, actor: "alice")) == [2])
    }

    @Test("a page ends where it has enough, or has looked at enough, and the next begins there")
    func pages() async throws {
        let events = (0..<Catalog.activityReach + 5).map { number in
            AuditEvent(
                number == 0 ? .delete : .resolve, .done, by: .robot, team: .research,
                subject: .secret(SecretName("KEY")!))
        }
        try await catalog.append(events)
        let first = try await catalog.activity(ActivityFilter(team: .research), before: nil, limit: 3)
        #expect(first.events.map(\.seq) == [2005, 2004, 2003])
        #expect(first.next == 2003)
        let second = try await catalog.activity(ActivityFilter(team: .research), before: first.next, limit: 1)
        #expect(second.events.map(\.seq) == [2002])
        let rare = ActivityFilter(team: .research, kind: .changes)
        let nothing = try await catalog.activity(rare, before: nil, limit: 3)
        #expect(nothing.events.isEmpty)
        #expect(nothing.next == 6)
        let rest = try await catalog.activity(rare, before: nothing.next, limit: 3)
        #expect(rest.events.map(\.seq) == [1])
        #expect(rest.next == nil)
    }

    @Test("a record that is none is damage, not an empty page")
    func damage() async throws {
        try await append(.resolve)
        try await fixture.tamper(#"UPDATE audit SET record = '{"entity_name":"research"}'"#)
        await #expect(throws: CatalogError.damaged) {
            try await catalog.activity(ActivityFilter(team: .research), before: nil, limit: 1)
        }
    }

    @Test("uses are counted by day, secret and team, and nothing else is a use")
    func dailyUses() async throws {
        let today = Day(of: fixture.clock.now)
        try await append(.resolve, .done, ["KEY", "OTHER"])
        try await append(.readValues)
        try await append(.resolve, .failed(code: "provider_denied"))
        try await append(.rotate)
        try await append(.resolve, in: .platform)
        fixture.clock.advance(by: .seconds(86_400))
        try await append(.resolve)
        func uses(_ name: String? = nil, _ team: TeamName? = .research, _ day: Day = today) async throws -> [Day: Int] {
            try await catalog.uses(of: name.flatMap(SecretName.init), in: team, since: day)
        }
        let expected = [today: 3, today.adding(1): 1]
        #expect(try await uses() == expected)
        #expect(try await uses("KEY") == [today: 2, today.adding(1): 1])
        #expect(try await uses(nil, nil) == [today: 4, today.adding(1): 1])
        #expect(try await uses("MISSING") == [:])
        #expect(try await uses(nil, .research, today.adding(1)) == [today.adding(1): 1])

        fixture.clock.advance(by: .seconds(86_400 * Catalog.daysKept))
        let later = today.adding(1 + Catalog.daysKept)
        try await append(.resolve)
        try await catalog.countUses()
        // The first day is no longer kept.
        #expect(try await uses() == [today.adding(1): 1, later: 1])
        #expect(try await uses(nil, nil) == [today.adding(1): 1, later: 1])
        guard EngineKind.current == .sqlite else { return }
        // As in a catalog that was made before the counts were kept, or were behind the log.
        let migrations = SQLiteSchema.migrations.filter {
            $0.contains("CREATE TABLE daily_use") || $0.contains("CREATE TABLE uses_by_day")
        }
        try await fixture.tamper(
            "DROP TABLE daily_use; DROP TABLE uses_by_day; DROP TABLE counted; \(migrations.joined())")
        #expect(migrations.count == 2)
        #expect(try await uses() == [today: 3, today.adding(1): 1, later: 1])
        try await append(.resolve)
        try await catalog.countUses()
        #expect(try await uses() == [today.adding(1): 1, later: 2])
    }

    @Test("a team is there with a secret or a token, and gone with the last")
    func teams() async throws {
        #expect(try await catalog.teams(limit: 10).isEmpty)
        try await catalog.perform(.fixture(.create))
        let token = Token(
            id: "t", name: "n", grant: .member(.platform), created: fixture.clock.now, expires: nil,
            mintedBy: nil)
        _ = try await catalog.add(token, hash: TokenHash([1]), by: .alice)
        #expect(try await catalog.teams(limit: 10) == [.platform, .research])
        #expect(try await catalog.teams(limit: 1) == [.platform])
        #expect(try await catalog.isKnown(.platform))
        _ = try await catalog.revoke(id: "t", by: .alice)
        #expect(try await catalog.teams(limit: 10) == [.research])
        #expect(try await catalog.isKnown(.research))
        #expect(try await !catalog.isKnown(.platform))
        _ = try await catalog.assign(.default, to: .platform, by: .alice).get()
        #expect(try await catalog.isKnown(.platform))
    }

    @Test("who used a team's secrets is told per secret, the latest first")
    func teamUsage() async throws {
        try await append(.resolve, .done, ["GITHUB_TOKEN", "API_KEY"], by: .alice)
        fixture.clock.advance(by: .seconds(1))
        try await append(.resolve, .done, ["GITHUB_TOKEN"])
        try await append(.resolve, .done, ["GITHUB_TOKEN"], in: .platform)
        let usage = try await catalog.usage(in: .research, since: Timestamp(milliseconds: 0))
        #expect(usage.mapValues { $0.map(\.automation) } == [.token: ["deploy-bot", "alice"], .key: ["alice"]])
        #expect(try await catalog.usage(in: .research, since: fixture.clock.now).keys.map(\.text) == ["GITHUB_TOKEN"])
    }

    @Test("a day begins at midnight in UTC, before 1970 too")
    func days() {
        for (moment, day) in [(0, 0), (86_399_999, 0), (86_400_000, 1), (-1, -1), (-86_400_000, -1), (-86_400_001, -2)]
        {
            #expect(Day(of: Timestamp(milliseconds: Int64(moment))).number == day)
        }
        #expect(Day(number: 1).adding(-2).start == Timestamp(milliseconds: -86_400_000))
    }
}
