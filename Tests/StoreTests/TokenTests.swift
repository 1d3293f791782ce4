import Broker
import Support
import Testing

@testable import Store

@Suite("Tokens", .everyEngine)
struct TokenTests {
    private let fixture: CatalogFixture
    private var catalog: Catalog { fixture.catalog }

    init() async throws {
        fixture = try await CatalogFixture()
    }

    private func token(
        _ id: String, _ grant: Grant = .admin(nil), lifetime: Duration? = nil, by minter: String? = nil
    ) -> Token {
        let now = fixture.clock.now
        return Token(
            id: id, name: "name of \(id)", grant: grant, created: now,
            expires: lifetime.map { now.adding($0) }, mintedBy: minter)
    }

    private func hash(_ id: String) -> TokenHash {
        TokenHash(Array((id + String(repeating: "#", count: 32)).utf8.prefix(32)))
    }

    @discardableResult
    private func add(_ token: Token) async throws -> TokenRefusal? {
        let answer = try await catalog.add(token, hash: hash(token.id), by: .alice)
        guard case .failure(let refusal) = answer else { return nil }
        return refusal
    }

    private func isValid(_ id: String) async throws -> Bool {
        try await catalog.token(hashed: hash(id)) != nil
    }

    @Test("an unknown hash is no token")
    func unknown() async throws {
        try await add(token("a"))
        #expect(try await catalog.token(hashed: hash("b")) == nil)
        #expect(try await catalog.token(hashed: TokenHash([])) == nil)
    }

    @Test(
        "a token comes back as it was added",
        arguments: [
            Grant.admin(nil), .admin(.research), .teamAdmin(.research), .member(.research), .auditor(nil),
            .auditor(.research), .resolver(.research, secrets: nil), .resolver(.research, secrets: [.token, .key]),
            .resolver(.research, secrets: []), .relay(.platform, WebhookName("deploy")!),
        ])
    func roundTrip(grant: Grant) async throws {
        if let name = grant.webhook, let url = WebhookURL("https://hooks.example.com/") {
            _ = try await catalog.add(
                Webhook(name: name, url: url), to: .platform, confirmed: false, by: .alice)
        }
        try await add(token("minter"))
        try await add(token("a", grant, lifetime: .seconds(60), by: "minter"))
        let found = try #require(try await catalog.token(hashed: hash("a")))
        #expect(found.id == "a" && found.name == "name of a" && found.grant == grant)
        #expect(found.created == fixture.clock.now && found.expires == fixture.clock.now.adding(.seconds(60)))
        #expect(found.mintedBy == "minter")
    }

    @Test("a token ends at its time, to the millisecond")
    func expiry() async throws {
        try await add(token("a", lifetime: .milliseconds(1000)))
        fixture.clock.advance(by: .milliseconds(999))
        #expect(try await isValid("a"))
        fixture.clock.advance(by: .milliseconds(1))
        #expect(try await !isValid("a"))
        #expect(try await catalog.tokens(of: nil).isEmpty)
    }

    @Test("a revoked token ends at once, also for another process")
    func revocation() async throws {
        let other = try fixture.openAgain()
        try await add(token("a"))
        #expect(try await other.token(hashed: hash("a")) != nil)
        #expect(try await catalog.revoke(id: "a", by: .alice) != nil)
        #expect(try await other.token(hashed: hash("a")) == nil)
        #expect(try await catalog.revoke(id: "a", by: .alice) == nil)
        #expect(try await catalog.revoke(id: "nobody", by: .alice) == nil)
        #expect(try await fixture.auditTrail() == ["token:create done", "token:revoke done"])
    }

    @Test("a token that is made is on record with its name, role, end and limits")
    func recorded() async throws {
        try await add(token("a", .resolver(.research, secrets: [.token, .key]), lifetime: .seconds(60)))
        let page = try await catalog.activity(ActivityFilter(kind: .tokens), before: nil, limit: 1)
        let made = AuditEvent.MadeToken(
            name: "name of a", role: .resolver, expires: fixture.clock.now.adding(.seconds(60)),
            secrets: [.key, .token])
        #expect(page.events.map(\.event.subject) == [.token(id: "a", made)])
    }

    @Test("revoking ends the human tokens of all generations, and no relay token, and says which")
    func descendants() async throws {
        try await add(token("root"))
        try await add(token("child", .teamAdmin(.research), by: "root"))
        try await add(token("grandchild", .auditor(nil), by: "child"))
        let webhook = try Webhook(name: WebhookName("deploy")!, url: WebhookURL("https://hooks.example.com/")!)
        _ = try await catalog.add(webhook, to: .research, confirmed: false, by: .alice)
        try await add(token("relay", .relay(.research, webhook.name), by: "child"))
        try await add(token("sibling"))
        let revocation = try #require(try await catalog.revoke(id: "root", by: .alice))
        #expect(revocation.token.description == "name of root (root)")
        #expect(revocation.made.map(\.id) == ["child", "grandchild"] && revocation.relays.map(\.id) == ["relay"])
        for id in ["root", "child", "grandchild"] { #expect(try await !isValid(id)) }
        for id in ["relay", "sibling"] { #expect(try await isValid(id)) }
        #expect(try await fixture.auditTrail().count { $0 == "token:revoke done" } == 3)
    }

    @Test("a generation that was revoked before does not shield the next")
    func throughRevoked() async throws {
        try await add(token("root"))
        try await add(token("child", by: "root"))
        try await add(token("grandchild", by: "child"))
        try await fixture.tamper("UPDATE token SET revoked_at = 0 WHERE id = 'child'")
        #expect(try await catalog.revoke(id: "root", by: .alice) != nil)
        #expect(try await !isValid("grandchild"))
    }

    @Test("the descendants of a token that has expired can still be revoked through it")
    func expiredMinter() async throws {
        try await add(token("root", lifetime: .seconds(1)))
        try await add(token("child", by: "root"))
        fixture.clock.advance(by: .seconds(2))
        #expect(try await catalog.revoke(id: "root", by: .alice) != nil)
        #expect(try await !isValid("child"))
    }

    @Test("a token mints nothing once it is revoked, expired or unknown")
    func invalidMinter() async throws {
        try await add(token("revoked"))
        _ = try await catalog.revoke(id: "revoked", by: .alice)
        try await add(token("expired", lifetime: .seconds(1)))
        fixture.clock.advance(by: .seconds(1))
        let trail = try await fixture.auditTrail()
        for minter in ["revoked", "expired", "unknown"] {
            #expect(try await add(token("child of \(minter)", by: minter)) == .minterEnded)
            #expect(try await !isValid("child of \(minter)"))
        }
        #expect(try await fixture.auditTrail() == trail)
    }

    @Test("tokens make no more for a team that has a thousand that work; the operator's shell and other teams go on")
    func tooMany() async throws {
        try await add(token("minter"))
        try await add(token("brief", .admin(.research), lifetime: .seconds(60)))
        try await fixture.tamper(
            """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(Catalog.maximumTokens - 1))
            INSERT INTO token (id, hash, name, role, team, created_at)
            SELECT 'more-' || i, 'more-' || i, 'n', 'member', 'research', 0 FROM n
            """)
        #expect(try await add(token("refused", .member(.research), by: "minter")) == .tooMany)
        #expect(try await add(token("shell's", .member(.research))) == nil)
        #expect(try await add(token("theirs", .member(.platform), by: "minter")) == nil)
        #expect(try await add(token("for all", .admin(nil), by: "minter")) == nil)
        #expect(try await catalog.revoke(id: "shell's", by: .alice) != nil)
        #expect(try await add(token("still refused", .member(.research), by: "minter")) == .tooMany)
        #expect(try await catalog.revoke(id: "more-1", by: .alice) != nil)
        #expect(try await add(token("the thousandth", .member(.research), by: "minter")) == nil)
        #expect(try await add(token("refused again", .member(.research), by: "minter")) == .tooMany)
        fixture.clock.advance(by: .seconds(61))
        #expect(try await add(token("after one has expired", .member(.research), by: "minter")) == nil)
    }

    @Test("an id or a hash is taken once, and then nothing is recorded")
    func duplicates() async throws {
        try await add(token("a"))
        let trail = try await fixture.auditTrail()
        await #expect(throws: CatalogError.damaged) { try await add(token("a")) }
        await #expect(throws: CatalogError.damaged) {
            try await catalog.add(token("b"), hash: hash("a"), by: .alice)
        }
        #expect(try await fixture.auditTrail() == trail)
    }

    @Test("a team's list shows its own tokens only")
    func list() async throws {
        try await add(token("all"))
        try await add(token("ours", .member(.research)))
        try await add(token("theirs", .member(.platform)))
        #expect(try await catalog.tokens(of: .research).map(\.id) == ["ours"])
        #expect(Set(try await catalog.tokens(of: nil).map(\.id)) == ["all", "ours", "theirs"])
    }

    @Test(
        "a token that cannot be read as one is damage, not a token with other rights",
        arguments: [
            "role = 'root'", "team = 'NO TEAM'", "secrets = 'not a name'", "webhook = 'NO WEBHOOK'",
            // Each part is one, but together they are no grant.
            "team = NULL", "webhook = 'deploy'", "role = 'relay'", "role = 'relay', secrets = NULL",
            "role = 'relay', secrets = NULL, webhook = 'deploy', team = NULL", "role = 'admin'",
            "role = 'admin', team = NULL", "role = 'admin', secrets = ''",
            "role = 'admin', secrets = NULL, webhook = 'deploy'", "role = 'team-admin'",
            "role = 'team-admin', secrets = NULL, team = NULL", "role = 'member'",
            "role = 'member', secrets = NULL, team = NULL", "role = 'member', secrets = NULL, webhook = 'deploy'",
            "role = 'auditor'", "role = 'auditor', secrets = NULL, webhook = 'deploy'",
        ])
    func damaged(_ damage: String) async throws {
        try await add(token("a", .resolver(.research, secrets: [.token])))
        try await fixture.tamper("UPDATE token SET \(damage)")
        await #expect(throws: CatalogError.damaged) { try await catalog.token(hashed: hash("a")) }
        await #expect(throws: CatalogError.damaged) { try await catalog.tokens(of: nil) }
    }
}
