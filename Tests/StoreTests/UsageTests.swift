import Broker
import GRDB
import Support
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
        by name: String = "deploy-bot", in team: TeamName = .research, broker: Catalog? = nil
    ) async throws {
        let actor = Principal(tokenID: "t", name: name, address: nil, requestID: "r")
        let subject = AuditEvent.Subject.secrets(names.map { .init(name: $0, version: nil) })
        try await (broker ?? catalog).append([AuditEvent(action, outcome, by: actor, team: team, subject: subject)])
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

    @Test(
        "what several brokers have counted is what the audit log says, whoever counts, and dies, when",
        arguments: 1...12 as ClosedRange<UInt64>)
    func counted(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        var brokers = [catalog, try fixture.openAgain()]
        let outcomes: [AuditEvent.Outcome] = [.done, .done, .attempted, .failed(code: "internal")]
        for round in 0..<80 {
            fixture.clock.advance(by: .milliseconds(Int.random(in: -500...5_000_000, using: &random)))
            let broker = Int.random(in: 0...1, using: &random)
            let turns = Int.random(in: 0...3, using: &random)
            for _ in 0..<turns {
                try await use(
                    [[.token], [.key], [.token, .key], []].randomElement(using: &random)!,
                    AuditEvent.Action.allCases.randomElement(using: &random)!, outcomes.randomElement(using: &random)!,
                    by: ["a", "b\u{1F512}\"", "c"].randomElement(using: &random)!,
                    in: [.research, .platform].randomElement(using: &random)!, broker: brokers[broker])
            }
            switch Int.random(in: 0..<8, using: &random) {
            case 0: try await brokers[broker].countUses()
            case 1: brokers[broker] = try fixture.openAgain()
            // Its record is none that is remembered.
            case 2:
                let token = Token(
                    id: "t\(round)", name: "n", grant: .member(.platform),
                    created: fixture.clock.now, expires: nil, mintedBy: nil)
                _ = try await brokers[broker].add(token, hash: TokenHash([UInt8(round)]), by: .alice)
            default: break
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for broker in brokers { group.addTask { try await broker.countUses() } }
            try await group.waitForAll()
        }
        let kept = try await catalog.query("SELECT team, name, automation, last_at FROM usage") { row in
            "\(try row.text("team")) \(try row.text("name")) \(try row.text("automation")) \(try row.integer("last_at"))"
        }
        let perDay = try await catalog.query("SELECT day, team, name, uses FROM uses_by_day") { row in
            "\(try row.integer("day")) \(try row.text("team")) \(try row.text("name")): \(try row.integer("uses"))"
        }
        let told = try await told()
        #expect(kept.sorted() == told.last && perDay.sorted() == told.perDay)
        #expect(!kept.isEmpty)
    }

    @Test(
        "a broker sees each use that it recorded at once, and once, counted or not",
        arguments: 1...4 as ClosedRange<UInt64>)
    func atOnce(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let today = Day(of: fixture.clock.now)
        var expected = 0
        for round in 1...60 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: try await catalog.countUses()
            case 1:
                let token = Token(
                    id: "t\(round)", name: "n", grant: .member(.research),
                    created: fixture.clock.now, expires: nil, mintedBy: nil)
                _ = try await catalog.add(token, hash: TokenHash([UInt8(round)]), by: .alice)
            default:
                try await use([.token], by: "automation-\(round)")
                expected += 1
            }
            #expect(try await catalog.uses(of: .token, in: .research, since: today)[today] ?? 0 == expected)
            #expect(try await usage().count == expected)
        }
        #expect(try await catalog.uses(of: .token, in: .platform, since: today).isEmpty)
    }

    @Test("a broker misses no use of its own, and sees none twice, while they are being counted")
    func whileCounting() async throws {
        let today = Day(of: fixture.clock.now)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled { try await catalog.countUses() }
            }
            for number in 1...200 {
                try await use([.token], by: "automation-\(number)")
                #expect(try await usage().count == number)
                #expect(try await catalog.uses(of: .token, in: .research, since: today)[today] == number)
            }
            group.cancelAll()
        }
    }

    @Test("a broker sees its own uses, however another one counts and records between them")
    func betweenOthers() async throws {
        let other = try fixture.openAgain()
        for number in 1...100 {
            try await use([.token], by: "own-\(number)")
            if number % 3 == 0 { try await other.countUses() }
            if number % 2 == 0 { try await use([.token], by: "other", broker: other) }
            #expect(try await usage().count { $0.automation.hasPrefix("own-") } == number)
        }
        try await catalog.countUses()
        try await other.countUses()
        let kept = try await catalog.query("SELECT name, sum(uses) AS uses FROM uses_by_day GROUP BY name") { row in
            Int(try row.integer("uses"))
        }
        #expect(kept == [150])
    }

    @Test("what a server that was replaced has lost is forgotten, and its numbers count for those of the new one")
    func anotherServer() {
        let actor = Principal(tokenID: "t", name: "bot", address: nil, requestID: "r")
        let event = AuditEvent(.resolve, .done, by: actor, team: .research, subject: .secret(SecretName("A")!))
        func appended(after: Int64, epoch: Int?) -> AppendedEvents {
            AppendedEvents(
                events: [event], after: after, time: fixture.clock.now, epoch: epoch, isAppended: [true])
        }
        let recent = RecentUses()
        recent.add(appended(after: 100, epoch: 1))
        recent.add(appended(after: 101, epoch: 1))
        #expect(recent.all.map(\.through) == [102])
        #expect(recent.next(after: 100, epoch: 2) == nil)
        #expect(recent.all.isEmpty)
        recent.noteRead(through: 200)
        recent.add(appended(after: 100, epoch: 3))
        recent.add(appended(after: 101, epoch: 3))
        #expect(recent.next(after: 100, epoch: 3)?.through == 102)
    }

    /// What the audit log says.
    private func told() async throws -> (last: [String], perDay: [String]) {
        var last: [String: Int64] = [:]
        var perDay: [String: Int] = [:]
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
            for secret in event.secrets {
                let use = "\(team) \(secret.name) \(event.webhook?.text ?? event.actor.name)"
                last[use] = max(last[use] ?? 0, recorded.at.milliseconds)
                perDay["\(Day(of: recorded.at).number) \(team) \(secret.name)", default: 0] += 1
            }
        }
        return (last.map { "\($0.key) \($0.value)" }.sorted(), perDay.map { "\($0.key): \($0.value)" }.sorted())
    }
}
