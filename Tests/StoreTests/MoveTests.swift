import Broker
import Logging
import Support
import Testing

@testable import Store

@Suite("A catalog that moves to PostgreSQL", .enabled(if: PostgreSQLServer.programs != nil))
struct MoveTests {
    private let fixture: CatalogFixture
    private let url: PostgreSQLURL
    private let target: Catalog

    init() async throws {
        fixture = try await CatalogFixture()
        url = try #require(PostgreSQLURL(try await PostgreSQLServer.emptySchema()))
        target = try Catalog.open(url, logger: Logger(label: "test"), clock: { [clock = fixture.clock] in clock.now })
    }

    private func fill() async throws {
        let catalog = fixture.catalog
        for batch in 0..<42 {
            if batch % 14 == 0 { fixture.clock.advance(by: .seconds(86_400)) }
            let subject = AuditEvent.Subject.secret(SecretName("S\(batch % 7)")!)
            let event = AuditEvent(.resolve, .done, by: .robot, team: .research, subject: subject)
            try await catalog.append(Array(repeating: event, count: 50))
        }
        try await catalog.prune(try #require(try await catalog.auditSegments().first), by: .alice)
        let record = try await catalog.perform(.fixture(.create))
        try await catalog.perform(.fixture(.create, .key, in: .platform))
        try await catalog.perform(.fixture(.rotate, .key, in: .platform))
        _ = try await catalog.open(.fixture(.rotate), lease: .seconds(10))
        try await catalog.note(.superseded, of: .token, in: .research, version: record.version)
        // The one that is made later has an id that comes first.
        for (id, minter) in [("t2", nil), ("t1", "t2")] {
            let token = Token(
                id: id, name: "n", grant: .admin(.research), created: fixture.clock.now,
                expires: fixture.clock.now.adding(.seconds(60)), mintedBy: minter)
            _ = try await catalog.add(token, hash: TokenHash(Array(id.utf8)), by: .alice)
        }
        let webhook = try Webhook(
            name: WebhookName("deploy")!, url: WebhookURL("https://a.example/")!, accessToken: .token,
            headers: [WebhookHeader("X-Key", "${GITHUB_TOKEN}"), WebhookHeader("X-Other", "plain")])
        _ = try await catalog.add(webhook, to: .research, confirmed: true, by: .alice).get()
    }

    /// Every row of every table.
    private func content(of catalog: Catalog) async throws -> [String] {
        var all: [String] = []
        for table in [
            "store", "secret", "journal", "decision", "audit_segment", "audit", "usage", "uses_by_day",
            "counted", "token", "team_store", "webhook", "webhook_header", "webhook_payload_secret", "drift",
            "restored",
        ] {
            let rows = try await catalog.query("SELECT * FROM \(table)") { row in
                "\(table) " + zip(row.columns, row.values).map { "\($0)=\($1)" }.sorted().joined(separator: " ")
            }
            all += rows.sorted()
        }
        return all
    }

    private func move() async throws(MoveError) -> AuditHead {
        try await fixture.catalog.move(to: target, at: url.place)
    }

    @Test("is there whole, with its audit log, and goes on there")
    func whole() async throws {
        try await fill()
        let before = try await content(of: fixture.catalog)
        let head = try await fixture.catalog.auditHead()
        #expect(try await move() == head)
        #expect(try await content(of: target) == before)
        #expect(before.count > 1400)
        #expect(try await target.secret(.key, in: .platform) == fixture.catalog.secret(.key, in: .platform))
        try await target.registerStores([.default: "aws/eu-west-1/wandb"])
        try await target.perform(.fixture(.rotate, .key, in: .platform))
        guard case .intact(_, try await target.auditHead()) = try await target.verifyAudit(against: head) else {
            Issue.record("the audit log is not intact")
            return
        }
    }

    @Test("is not opened any more where it was, and says where it went")
    func sealed() async throws {
        _ = try await move()
        let error = #expect(throws: CatalogOpenError.self) { try fixture.openAgain() }
        #expect(error == .sealed(path: fixture.path, successor: url.place))
        #expect(error?.sentence.contains("postgres://") == true)
    }

    @Test("can be moved once more to the same place, as after an interruption, and nowhere else")
    func again() async throws {
        try await fill()
        let head = try await move()
        #expect(try await move() == head)
        await #expect(throws: MoveError.sealed(successor: url.place)) {
            try await fixture.catalog.move(to: target, at: "postgres://elsewhere/")
        }
    }

    @Test("stays sealed when it was moved before, and the other one is in use since")
    func movedBefore() async throws {
        try await fill()
        _ = try await move()
        try await target.append([AuditEvent(.backUp, .done, by: .alice, team: nil)])
        await #expect(throws: MoveError.movedBefore(successor: url.place)) { try await move() }
        #expect(throws: CatalogOpenError.self) { try fixture.openAgain() }
    }

    @Test("is written no more by who opened it before it was sealed, and can be read")
    func writtenNoMore() async throws {
        try await fill()
        let head = try await move()
        await #expect(throws: CatalogError.unavailable) {
            try await fixture.catalog.open(.fixture(.rotate, .key, in: .platform), lease: .seconds(10))
        }
        await #expect(throws: CatalogError.unavailable) { try await fixture.catalog.expireLeases() }
        #expect(try await fixture.catalog.auditHead() == head)
    }

    @Test("stays as it is while a broker runs on it")
    func inUse() async throws {
        try await fixture.catalog.announce("broker-1", stores: [.default: "aws/eu-west-1/wandb"], lease: .seconds(30))
        await #expect(throws: MoveError.inUse(broker: "broker-1")) { try await move() }
        fixture.clock.advance(by: .seconds(30))
        _ = try await move()
    }

    @Test("is not held up by a broker that was there before the clock was set back, and has gone")
    func clockSetBack() async throws {
        fixture.clock.advance(by: .seconds(3600))
        try await fixture.catalog.announce("broker-1", stores: [.default: "aws/eu-west-1/wandb"], lease: .seconds(30))
        fixture.clock.advance(by: .seconds(-3600))
        _ = try await move()
    }

    @Test("stays as it is, and can be opened, when the other place is not empty")
    func occupied() async throws {
        try await fill()
        try await target.registerStores([.default: "elsewhere"])
        try await target.append([AuditEvent(.backUp, .done, by: .alice, team: nil)])
        let before = try await content(of: target)
        await #expect(throws: MoveError.targetInUse) { try await move() }
        #expect(try await content(of: target) == before)
        _ = try fixture.openAgain()
    }

    @Test("stays as it is, and can be opened, when the other place is out of reach")
    func unreachable() async throws {
        target.close()
        await #expect(throws: MoveError.target(.unavailable)) { try await move() }
        _ = try fixture.openAgain()
    }

    @Test("is named where it cannot be read itself, is not copied in part, and stays unsealed")
    func unreadable() async throws {
        try await fill()
        try await fixture.tamper("DROP TABLE drift")
        await #expect(throws: MoveError.source(.damaged)) { try await move() }
        #expect(try await target.auditHead() == .start)
        _ = try fixture.openAgain()
    }

    @Test("is told from one whose log was changed on the way")
    func changed() async throws {
        try await fill()
        _ = try await move()
        let schema = try #require(url.parameters["options"]?.split(separator: "=").last)
        try await PostgreSQLServer.shared.value.query(
            "SET search_path = \(schema); SET session_replication_role = replica; "
                + "UPDATE audit SET record = record || ' ' WHERE seq = 2000")
        await #expect(throws: MoveError.different(.changed(seq: 2000))) { try await move() }
    }
}
