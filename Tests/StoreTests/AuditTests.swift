import Broker
import GRDB
import Support
import Testing

@testable import Store

@Suite("The audit log is a chain", .everyEngine)
struct AuditTests {
    private let fixture: CatalogFixture
    private var catalog: Catalog { fixture.catalog }

    init() async throws {
        fixture = try await CatalogFixture()
    }

    private func append(_ count: Int) async throws {
        for number in 0..<count {
            try await catalog.append([
                AuditEvent(
                    .resolve, .done, by: .robot, team: number.isMultiple(of: 2) ? .research : .platform,
                    subject: .secret(SecretName("S\(number)")!))
            ])
        }
    }

    // MARK: Records

    @Test("a record says who did what, in W&B's field names, and nothing else")
    func record() async throws {
        let version = VersionID(recorded: "abcdefghijklmnop")
        try await catalog.append([
            AuditEvent(
                .purge, .held(until: Timestamp(milliseconds: 0)), by: .alice, team: .research,
                subject: .secrets([
                    .init(name: SecretName("A")!, version: version), .init(name: SecretName("B")!, version: nil),
                ])),
            AuditEvent(
                .revokeToken, .failed(code: "forbidden"), by: .robot, team: nil,
                subject: .token(id: "t-9")),
        ])
        let time = fixture.clock.now.rfc3339
        let lines = try await catalog.auditRecords(team: nil, after: 0, limit: 10).map(\.json)
        #expect(
            lines == [
                #"{"seq":1,"timestamp":"\#(time)","action":"secret:purge","outcome":"held","#
                    + #""held_until":"1970-01-01T00:00:00.000Z","actor_user_id":"t-alice","actor_name":"alice","#
                    + #""actor_ip":"192.0.2.7","entity_name":"research","#
                    + #""secrets":[{"name":"A","version":"abcdefghijklmnop"},{"name":"B"}],"request_id":"r-1"}"#,
                #"{"seq":2,"timestamp":"\#(time)","action":"token:revoke","outcome":"failed","code":"forbidden","#
                    + #""actor_user_id":"t-robot","actor_name":"deploy-bot","subject":"t-9","request_id":"r-2"}"#,
            ])
    }

    @Test("a record says where a webhook delivers, and what a new token is")
    func recordsOfWebhooksAndTokens() async throws {
        let made = AuditEvent.MadeToken(
            name: "ci", role: .resolver, expires: Timestamp(milliseconds: 0), secrets: [.key, .token])
        try await catalog.append([
            AuditEvent(
                .relay, .attempted, by: .robot, team: .research, webhook: WebhookName("deploy"),
                destination: WebhookURL("https://[2001:DB8::1]/x?y=z")?.authority),
            AuditEvent(.createToken, .done, by: .robot, team: .research, subject: .token(id: "t-9", made)),
        ])
        let lines = try await catalog.auditRecords(team: nil, after: 0, limit: 10).map(\.json)
        #expect(
            lines.map { $0.replacing(/^.*"entity_name":"research",/, with: "") } == [
                #""webhook":"deploy","destination":"[2001:db8::1]:443","secrets":[],"request_id":"r-2"}"#,
                #""subject":"t-9","token_name":"ci","token_role":"resolver","expires_at":"1970-01-01T00:00:00.000Z","#
                    + #""secrets":[{"name":"API_KEY"},{"name":"GITHUB_TOKEN"}],"request_id":"r-2"}"#,
            ])
    }

    @Test("a record of before there were destinations and tokens' names is still one")
    func formerRecords() throws {
        let start = #"{"seq":1,"timestamp":"1970-01-01T00:00:00.000Z","action":"#
        let end = #","actor_user_id":"t","actor_name":"n","request_id":"r"}"#
        let webhook = try #require(
            AuditRecord.event(
                start + #""webhook:update","outcome":"done","webhook":"w","secrets":[{"name":"A"}]"# + end))
        #expect(webhook.event.destination == nil && webhook.event.secrets.map(\.name.text) == ["A"])
        let token = try #require(
            AuditRecord.event(start + #""token:create","outcome":"done","subject":"t-9""# + end))
        #expect(token.event.subject == .token(id: "t-9"))
    }

    @Test("a team's auditor reads its team's records, in pages")
    func pages() async throws {
        try await append(10)
        let first = try await catalog.auditRecords(team: .research, after: 0, limit: 3).map(\.seq)
        #expect(first == [1, 3, 5])
        #expect(try await catalog.auditRecords(team: .research, after: 5, limit: 3).map(\.seq) == [7, 9])
        #expect(try await catalog.auditRecords(team: nil, after: 8, limit: 100).map(\.seq) == [9, 10])
    }

    @Test("text that is no plain ASCII keeps its hash")
    func unicode() async throws {
        let actor = Principal(tokenID: "t", name: "Zoë \u{0}\u{1F512}\"\\\n", address: nil, requestID: "r")
        try await catalog.append([AuditEvent(.createToken, .done, by: actor, team: nil)])
        #expect(try await catalog.verifyAudit() == .intact(of: catalog))
        #expect(try await !catalog.auditRecords(team: nil, after: 0, limit: 1)[0].json.contains("\n"))
    }

    // MARK: What was done to it

    @Test("an empty log is intact, unless more was expected")
    func empty() async throws {
        #expect(try await catalog.verifyAudit() == .intact(count: 0, head: .start))
        #expect(try await catalog.verifyAudit(against: .start) == .intact(count: 0, head: .start))
        let expected = AuditHead(seq: 1, hash: "00")
        #expect(try await catalog.verifyAudit(against: expected) == .tailLost(expected: expected))
    }

    @Test("a lost end is seen against a head that was kept, and only against one")
    func tail() async throws {
        try await append(5)
        let head = try await catalog.auditHead()
        try await fixture.tamper("DELETE FROM audit WHERE seq > 3")
        #expect(try await catalog.verifyAudit(against: head) == .tailLost(expected: head))
        #expect(try await catalog.verifyAudit() == .intact(of: catalog))
    }

    @Test("a chain that was computed anew is seen against a head that was kept")
    func rechained() async throws {
        try await append(3)
        let head = try await catalog.auditHead()
        let first = try await catalog.auditRecords(team: nil, after: 0, limit: 1)[0].json
        let forged = first.replacing("deploy-bot", with: "mallory")
        var chain = AuditHead.start.appending(forged)
        try await fixture.tamper("UPDATE audit SET record = '\(forged)', hash = '\(chain.hash)' WHERE seq = 1")
        for entry in try await catalog.auditRecords(team: nil, after: 1, limit: 10) {
            chain = chain.appending(entry.json)
            try await fixture.tamper("UPDATE audit SET hash = '\(chain.hash)' WHERE seq = \(entry.seq)")
        }
        #expect(try await catalog.verifyAudit() == .intact(count: 3, head: chain))
        #expect(try await catalog.verifyAudit(against: head) == .changed(seq: 3))
    }

    @Test("a head that was kept earlier still fits the log that grew")
    func earlierHead() async throws {
        try await append(3)
        let head = try await catalog.auditHead()
        try await append(1200)
        #expect(try await catalog.verifyAudit(against: head) == .intact(of: catalog))
        #expect(
            try await catalog.verifyAudit(against: AuditHead(seq: 3, hash: AuditHead.start.hash)) == .changed(seq: 3))
    }

    @Test("the program itself cannot change a record")
    func appendOnly() async throws {
        try await append(1)
        await #expect(throws: (any Error).self) {
            try await fixture.execute("UPDATE audit SET hash = '00'")
        }
        #expect(try await catalog.verifyAudit(against: nil) == .intact(of: catalog))
    }

    @Test("any edit is found, where it is, as what it is", arguments: 1...40 as ClosedRange<UInt64>)
    func edits(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let count = Int.random(in: 3...12, using: &random)
        try await append(count)
        let seq = Int64.random(in: 1..<Int64(count), using: &random)
        let (edit, verdict) = Self.edit(seq, seed % 6)
        try await fixture.tamper(edit)
        #expect(try await catalog.verifyAudit() == verdict)
    }

    private static func edit(_ seq: Int64, _ kind: UInt64) -> (sql: String, verdict: AuditVerdict) {
        switch kind {
        case 0:
            (
                "UPDATE audit SET record = replace(record, 'deploy-bot', 'deploy-cat') WHERE seq = \(seq)",
                .changed(seq: seq)
            )
        case 1:
            ("UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE seq = \(seq)", .changed(seq: seq))
        case 2: ("UPDATE audit SET record = record || ' ' WHERE seq = \(seq)", .changed(seq: seq))
        case 3: ("DELETE FROM audit WHERE seq = \(seq)", .missing(seq: seq))
        case 4:
            (
                """
                UPDATE audit SET seq = -1 WHERE seq = \(seq);
                UPDATE audit SET seq = \(seq) WHERE seq = \(seq + 1);
                UPDATE audit SET seq = \(seq + 1) WHERE seq = -1;
                """, .reordered(seq: seq)
            )
        default: ("UPDATE audit SET record = '{}' WHERE seq = \(seq)", .changed(seq: seq))
        }
    }
}
