import Broker
import Support
import Testing

@testable import Store

@Suite("What is remembered of tokens, versions and webhooks", .everyEngine)
struct AccessMemoryTests {
    private let fixture: CatalogFixture
    private var catalog: Catalog { fixture.catalog }
    private let hash = TokenHash(Array(repeating: 7, count: 32))
    private let hook = WebhookName("deploy")!

    init() async throws {
        fixture = try await CatalogFixture()
        try await add("token", hash)
        try await catalog.perform(.fixture(.create))
        _ = try await catalog.add(webhook(), to: .research, confirmed: false, by: .alice).get()
    }

    private func add(_ id: String, _ hash: TokenHash, lifetime: Duration? = nil) async throws {
        let now = fixture.clock.now
        let token = Token(
            id: id, name: id, grant: .resolver(.research, secrets: nil), created: now,
            expires: lifetime.map { now.adding($0) }, mintedBy: nil)
        try await catalog.add(token, hash: hash, by: .alice).get()
    }

    private func webhook(_ path: String = "") throws -> Webhook {
        try Webhook(name: hook, url: WebhookURL("https://a.example/\(path)")!)
    }

    /// As a request does that the catalog is asked for.
    private func look() async throws -> AccessState {
        _ = try await catalog.token(hashed: hash)
        _ = try await catalog.versions(of: [.token], in: .research)
        _ = try await catalog.webhook(hook, in: .research)
        return try #require(catalog.remembered(hash)).state
    }

    private func use(_ basis: Basis, _ action: AuditEvent.Action = .resolve) -> AuditEvent {
        let actor = Principal(tokenID: "token", name: "token", address: nil, requestID: "r", basis: basis)
        return AuditEvent(action, .done, by: actor, team: .research)
    }

    private func uses() async throws -> Int {
        try await fixture.auditTrail().count { $0 == "secret:resolve done" }
    }

    @Test("is what was read, and a use by it is recorded")
    func recorded() async throws {
        #expect(catalog.remembered(hash) == nil)
        let state = try await look()
        #expect(catalog.remembered(hash)?.token.id == "token")
        let versions = try await catalog.versions(of: [.token], in: .research)
        #expect(catalog.remembered([.token], in: .research, as: state) == versions[.token].map { [$0] })
        let record = try #require(try await catalog.webhook(hook, in: .research))
        #expect(catalog.remembered(hook, in: .research, as: state) == record)
        try await catalog.append([use(.remembered(state))])
        #expect(try await uses() == 1)
        // Records change nothing of it.
        #expect(try await look() == state)
    }

    @Test("is nothing that was not read: another name, another team, another token, another state")
    func unknown() async throws {
        let state = try await look()
        #expect(catalog.remembered([.token, .key], in: .research, as: state) == nil)
        #expect(catalog.remembered([.token], in: .platform, as: state) == nil)
        #expect(catalog.remembered(hook, in: .platform, as: state) == nil)
        #expect(catalog.remembered(WebhookName("other")!, in: .research, as: state) == nil)
        #expect(catalog.remembered(TokenHash(Array(repeating: 8, count: 32))) == nil)
        let other = AccessState(changes: state.changes + 1, epoch: state.epoch)
        #expect(catalog.remembered([.token], in: .research, as: other) == nil)
        #expect(catalog.remembered(hook, in: .research, as: other) == nil)
    }

    @Test("holds no longer when anything of it is revoked, changed or removed, by whatever process", arguments: 0..<6)
    func outdated(_ change: Int) async throws {
        let other = try fixture.openAgain()
        let before = try await look()
        switch change {
        case 0: #expect(try await other.revoke(id: "token", by: .alice) != nil)
        case 1: try await other.perform(.fixture(.rotate))
        case 2: _ = try await other.remove(.fixture()).get()
        case 3:
            _ = try await other.replace(webhook("b"), in: .research, revision: nil, confirmed: true, by: .alice).get()
        case 4: _ = try await other.confirm(hook, in: .research, url: webhook().url, revision: nil, by: .alice).get()
        default: _ = try await other.remove(hook, from: .research, revision: nil, by: .alice).get()
        }
        // Still remembered, and of no use.
        #expect(catalog.remembered(hash)?.state == before)
        await #expect(throws: CatalogError.outdated) { try await catalog.append([use(.remembered(before))]) }
        await #expect(throws: CatalogError.outdated) {
            try await catalog.append([
                AuditEvent(.resolve, .failed(code: "forbidden"), by: use(.remembered(before)).actor, team: .research)
            ])
        }
        #expect(try await uses() == 0)
        // Whoever asks again knows.
        _ = try await catalog.token(hashed: hash)
        let versions = try await catalog.versions(of: [.token], in: .research)
        #expect(versions == (try await other.versions(of: [.token], in: .research)))
        #expect(
            try await catalog.webhook(hook, in: .research) == (try await other.webhook(hook, in: .research)))
        guard change > 0 else { return }
        let after = try #require(catalog.remembered(hash)).state
        #expect(after != before)
        try await catalog.append([use(.remembered(after))])
    }

    @Test("goes on holding while tokens, secrets and webhooks are added, and writes begin and fail")
    func additions() async throws {
        let state = try await look()
        try await add("another", TokenHash(Array(repeating: 9, count: 32)))
        try await catalog.perform(.fixture(.create, .key))
        _ = try await catalog.add(webhook(), to: .platform, confirmed: true, by: .alice).get()
        _ = try await catalog.open(.fixture(.rotate), lease: .seconds(10))
        #expect(try await look() == state)
        try await catalog.append([use(.remembered(state))])
    }

    @Test("that does not hold keeps out its own record, and none that comes with it")
    func batch() async throws {
        let before = try await look()
        try await catalog.perform(.fixture(.rotate))
        let after = try await look()
        let bases: [Basis] = [.remembered(before), .remembered(after), .asked(epoch: nil), .remembered(before)]
        let events = bases.map { use($0) }
        #expect(try await catalog.record(events) == [false, true, true, false])
        #expect(try await uses() == 2)
        #expect(try await catalog.record([use(.remembered(before))]) == [false])
        guard case .intact = try await catalog.verifyAudit() else {
            Issue.record("the chain is broken")
            return
        }
    }

    @Test("of a token ends with it, to the millisecond")
    func expiry() async throws {
        let brief = TokenHash(Array(repeating: 6, count: 32))
        try await add("brief", brief, lifetime: .milliseconds(1000))
        _ = try await catalog.token(hashed: brief)
        fixture.clock.advance(by: .milliseconds(999))
        // In PostgreSQL time is known as of the last write.
        try await catalog.append([use(.asked(epoch: nil))])
        #expect(catalog.remembered(brief) != nil)
        fixture.clock.advance(by: .milliseconds(1))
        try await catalog.append([use(.asked(epoch: nil))])
        #expect(catalog.remembered(brief) == nil)
    }

    @Test("is never of an earlier state, however late that was read, and is bounded")
    func memory() throws {
        let memory = AccessMemory()
        let (early, late) = (AccessState(changes: 1, epoch: 1), AccessState(changes: 2, epoch: 1))
        var random = SeededRandom(seed: 1)
        func version() -> Version {
            Version(
                store: .default,
                reference: Reference(namespace: "n", team: .research, name: .token, using: &random), pin: Pin("p"),
                journaled: fixture.clock.now, committed: fixture.clock.now)
        }
        let (old, new) = (version(), version())
        memory.keep([.token: new], of: .research, as: late)
        memory.keep([.token: old, .key: old], of: .research, as: early)
        #expect(memory.versions(of: [.token], in: .research, as: late) == [new])
        #expect(memory.versions(of: [.token], in: .research, as: early) == nil)
        #expect(memory.versions(of: [.key], in: .research, as: late) == nil)
        // Of another server nothing is known to be earlier.
        let promoted = AccessState(changes: 1, epoch: 2)
        memory.keep([.key: old], of: .research, as: promoted)
        #expect(memory.versions(of: [.token], in: .research, as: late) == nil)
        #expect(memory.versions(of: [.key], in: .research, as: promoted) == [old])
        let record = WebhookRecord(
            team: .research, webhook: try webhook(), revision: "r", isConfirmed: true,
            created: .init(at: fixture.clock.now, by: "alice"), updated: .init(at: fixture.clock.now, by: "alice"))
        memory.keep(record, as: late)
        #expect(memory.webhook(hook, in: .research, as: promoted) == nil)
        memory.keep(record, as: promoted)
        #expect(memory.webhook(hook, in: .research, as: promoted) == record)
        let before = memory.count
        memory.keep(record, as: promoted)
        #expect(memory.count == before)
        for number in 0..<30_000 {
            let name = try #require(SecretName("N\(number)"))
            memory.keep([name: new], of: .research, as: promoted)
            #expect(memory.versions(of: [name], in: .research, as: promoted) != nil)
        }
        #expect(memory.count <= 10_000)
    }
}
