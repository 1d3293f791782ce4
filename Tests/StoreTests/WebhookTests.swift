import Broker
import Support
import Testing

@testable import Store

@Suite("Webhooks in the catalog", .everyEngine)
struct WebhookTests {
    let fixture: CatalogFixture
    var catalog: Catalog { fixture.catalog }
    let name = WebhookName("deploy")!

    init() async throws {
        fixture = try await CatalogFixture()
        for name in ["GITHUB_TOKEN", "API_KEY", "SIGN", "HEADER", "VERIFY"] { try await hold(SecretName(name)!) }
    }

    /// Gives a team a secret, past the journal and the log.
    func hold(_ name: SecretName, in team: TeamName = .research) async throws {
        var random = SeededRandom(seed: .random(in: .min ... .max))
        let now = fixture.clock.now
        let version = Version(
            store: .default, reference: Reference(namespace: "n", team: team, name: name, using: &random),
            pin: Pin("p"), journaled: now, committed: now)
        let change = SecretRecord.Change(at: now, by: "alice")
        let record = SecretRecord(team: team, name: name, version: version, created: change, updated: change)
        try await catalog.write { db, _ in try Catalog.keep(record, db) }
    }

    func webhook(_ url: String = "https://a.example/hook", _ name: WebhookName? = nil) throws -> Webhook {
        try Webhook(
            name: name ?? self.name, url: WebhookURL(url)!, accessToken: .token, signingSecret: SecretName("SIGN")!,
            signatureEncoding: .base64, headers: [WebhookHeader("A", "x"), WebhookHeader("B", "${HEADER}")],
            payloadSecrets: [.init(name: .key, at: JSONPointer("/a/b")!), .init(name: .key, at: JSONPointer("/c")!)],
            verifyWith: SecretName("VERIFY")!, answer: .body)
    }

    func add(_ webhook: Webhook? = nil, confirmed: Bool = false) async throws -> WebhookRecord {
        try await catalog.add(webhook ?? self.webhook(), to: .research, confirmed: confirmed, by: .alice).get()
    }

    @Test("a webhook comes back as it was added, in its own team only")
    func roundTrip() async throws {
        let record = try await add()
        #expect(record.webhook == (try webhook()) && !record.isConfirmed && record.created.by == "alice")
        #expect(try await catalog.webhook(name, in: .research) == record)
        #expect(try await catalog.webhooks(in: .research) == [record])
        #expect(try await catalog.webhook(name, in: .platform) == nil)
        #expect(try await catalog.webhooks(in: .platform).isEmpty)
        #expect(try await fixture.openAgain().webhook(name, in: .research) == record)
    }

    @Test("the least that a webhook needs comes back too")
    func least() async throws {
        let least = try Webhook(name: name, url: WebhookURL("https://a.example")!)
        #expect(try await add(least).webhook == least)
        #expect(try await catalog.webhook(name, in: .research)?.webhook == least)
    }

    @Test("a name is taken once in a team")
    func exists() async throws {
        _ = try await add()
        let again = try await catalog.add(webhook("https://b.example/"), to: .research, confirmed: true, by: .robot)
        #expect(again == .failure(.exists))
        #expect(try await catalog.webhook(name, in: .research)?.isConfirmed == false)
        #expect(try await catalog.add(webhook(), to: .platform, confirmed: false, by: .alice).get().team == .platform)
    }

    @Test("any change disarms, also one that changes nothing")
    func replaceDisarms() async throws {
        let first = try await add(confirmed: true)
        #expect(first.isConfirmed)
        let second = try await catalog.replace(webhook(), in: .research, revision: nil, confirmed: false, by: .robot)
            .get()
        #expect(!second.isConfirmed && second.revision != first.revision && second.created == first.created)
        #expect(try await catalog.webhook(name, in: .research) == second)
    }

    @Test("a change of what is not as it was read is refused")
    func replaceStale() async throws {
        let first = try await add()
        let second = try await catalog.replace(
            webhook("https://b.example/"), in: .research, revision: first.revision, confirmed: false, by: .robot
        ).get()
        let stale = try await catalog.replace(
            webhook(), in: .research, revision: first.revision, confirmed: true, by: .robot)
        #expect(stale == .failure(.changed))
        #expect(try await catalog.webhook(name, in: .research) == second)
        let missing = try await catalog.replace(
            webhook("https://a.example/", WebhookName("none")!), in: .research, revision: nil, confirmed: true,
            by: .alice)
        #expect(missing == .failure(.notFound))
    }

    @Test("a confirmation arms what has its URL and its revision, and nothing else")
    func confirm() async throws {
        let first = try await add()
        let url = first.webhook.url
        func confirm(_ url: WebhookURL, _ revision: String?) async throws -> Result<WebhookRecord, WebhookRefusal> {
            try await catalog.confirm(name, in: .research, url: url, revision: revision, by: .alice)
        }
        #expect(try await confirm(WebhookURL("https://A.example/hook")!, nil) == .failure(.changed))
        #expect(try await confirm(url, "another") == .failure(.changed))
        // Somebody changes a header between the admin's look and the confirmation.
        let changed = try Webhook(name: name, url: url, headers: [WebhookHeader("X", "${GITHUB_TOKEN}")])
        _ = try await catalog.replace(changed, in: .research, revision: nil, confirmed: false, by: .robot).get()
        #expect(try await confirm(url, first.revision) == .failure(.changed))
        #expect(try await catalog.webhook(name, in: .research)?.isConfirmed == false)
        let present = try #require(try await catalog.webhook(name, in: .research))
        let armed = try await confirm(url, present.revision).get()
        #expect(armed.isConfirmed && armed.webhook == changed && armed.updated.by == "deploy-bot")
        let none = try await catalog.confirm(name, in: .platform, url: url, revision: nil, by: .alice)
        #expect(none == .failure(.notFound))
    }

    @Test("a webhook that was deleted and made again is not the one that was read")
    func reborn() async throws {
        let first = try await add()
        let reborn = try await {
            _ = try await catalog.remove(name, from: .research, revision: nil, by: .alice).get()
            return try await add()
        }()
        let unseen = try await catalog.remove(name, from: .research, revision: first.revision, by: .alice)
        #expect(unseen == .failure(.changed))
        #expect(try await catalog.webhook(name, in: .research) == reborn)
        let stale = try await catalog.confirm(
            name, in: .research, url: first.webhook.url, revision: first.revision, by: .alice)
        #expect(stale == .failure(.changed))
    }

    @Test("of a change and a confirmation that race, the confirmation arms only what it named")
    func race() async throws {
        for _ in 0..<20 {
            let first = try await add()
            let other = try fixture.openAgain()
            async let change = catalog.replace(
                webhook("https://evil.example/"), in: .research, revision: nil, confirmed: false, by: .robot)
            async let confirmation = other.confirm(
                name, in: .research, url: first.webhook.url, revision: first.revision, by: .alice)
            _ = try await (change, confirmation)
            let end = try #require(try await catalog.webhook(name, in: .research))
            #expect(end.webhook.url.host == "evil.example" && !end.isConfirmed)
            other.close()
            _ = try await catalog.remove(name, from: .research, revision: nil, by: .alice)
        }
    }

    @Test("a relay token needs its webhook, and ends with it at once")
    func tokens() async throws {
        func mint(_ id: String, _ webhook: WebhookName) async throws -> TokenRefusal? {
            let token = Token(
                id: id, name: id, grant: .relay(.research, webhook),
                created: fixture.clock.now, expires: nil, mintedBy: nil)
            let answer = try await catalog.add(token, hash: TokenHash(Array(id.utf8)), by: .alice)
            guard case .failure(let refusal) = answer else { return nil }
            return refusal
        }
        #expect(try await mint("early", name) == .webhookNotFound)
        _ = try await add()
        _ = try await add(webhook("https://a.example/", WebhookName("other")!))
        #expect(try await mint("a", name) == nil)
        #expect(try await mint("b", name) == nil)
        #expect(try await mint("c", WebhookName("other")!) == nil)
        _ = try await catalog.remove(name, from: .research, revision: nil, by: .alice).get()
        #expect(
            try await catalog.remove(name, from: .research, revision: nil, by: .alice) == .failure(.notFound))
        #expect(try await catalog.tokens(of: .research).map(\.id) == ["c"])
        #expect(try await mint("late", name) == .webhookNotFound)
        _ = try await add()
        #expect(try await catalog.token(hashed: TokenHash(Array("a".utf8))) == nil)
    }

    @Test("every change is in the audit log")
    func audited() async throws {
        let first = try await add(confirmed: true)
        _ = try await catalog.replace(webhook(), in: .research, revision: nil, confirmed: false, by: .alice)
        _ = try await catalog.confirm(name, in: .research, url: first.webhook.url, revision: nil, by: .alice)
        _ = try await catalog.confirm(name, in: .research, url: first.webhook.url, revision: "x", by: .alice)
        _ = try await catalog.remove(name, from: .research, revision: nil, by: .alice)
        #expect(
            try await fixture.auditTrail() == [
                "webhook:create done", "webhook:confirm done", "webhook:update done", "webhook:confirm done",
                "webhook:delete done",
            ])
        #expect(
            try await fixture.count(
                """
                SELECT count(*) FROM audit WHERE record LIKE '%"webhook":"deploy"%' AND record LIKE '%VERIFY%'
                    AND record LIKE '%"destination":"a.example:443"%' AND record NOT LIKE '%/hook%'
                """) == 5)
        #expect(try await fixture.count("SELECT count(*) FROM webhook_header") == 0)
        #expect(try await fixture.count("SELECT count(*) FROM webhook_payload_secret") == 0)
    }

    @Test("a webhook that cannot be one is a damaged catalog, and delivers nothing")
    func damaged() async throws {
        _ = try await add(confirmed: true)
        try await fixture.tamper("UPDATE webhook SET url = 'http://a.example/'")
        await #expect(throws: CatalogError.damaged) { try await catalog.webhook(name, in: .research) }
    }

    @Test("a catalog from before there were webhooks gets them, and its relay tokens end")
    func migrates() async throws {
        guard EngineKind.current == .sqlite else { return }
        try await fixture.tamper(
            """
            DROP TRIGGER token_change_counts; DROP TRIGGER token_removal_counts; DROP TRIGGER secret_change_counts;
            DROP TRIGGER secret_removal_counts; DROP TABLE access_state;
            DROP TABLE webhook_header; DROP TABLE webhook_payload_secret; DROP TABLE webhook; DROP INDEX token_by_webhook;
            INSERT INTO token (id, hash, name, role, team, webhook, created_at)
                VALUES ('t', 'h', 'n', 'relay', 'research', 'Any Name', 1);
            DROP TRIGGER drift_ends_with_a_rotation; DROP TRIGGER drift_ends_with_its_secret; DROP TABLE drift;
            DROP TABLE audit_segment; DROP TABLE restored; DROP TABLE sealed; DROP TABLE uses_by_day; DROP TABLE counted;
            ALTER TABLE secret DROP COLUMN owned; ALTER TABLE decision DROP COLUMN owned;
            ALTER TABLE journal DROP COLUMN owed_at;
            PRAGMA user_version = 3
            """)
        let opened = try fixture.openAgain()
        #expect(try await opened.tokens(of: nil).isEmpty)
        #expect(try await opened.add(webhook(), to: .research, confirmed: false, by: .alice).get().team == .research)
    }
}
