import Broker
import Support
import Testing

@testable import Store

@Suite("Settling: an error answer is final", .everyEngine)
struct SettlementTests {
    private let fixture: CatalogFixture
    private var catalog: Catalog { fixture.catalog }

    init() async throws {
        fixture = try await CatalogFixture()
    }

    private func opened(_ write: Put) async throws -> Put {
        _ = try await catalog.open(write, lease: .seconds(10)).get()
        return write
    }

    private func obligations(all: Bool = false) async throws -> [Reference] {
        try await catalog.obligations(all: all, limit: 100).map(\.reference)
    }

    @Test("a settled write can never be committed; its object is due at once, and the name is free")
    func settled() async throws {
        let write = try await opened(.fixture(.create))
        #expect(try await catalog.settle(write, failure: "provider_denied") == .failure(.lost))
        #expect(try await catalog.commit(write, pin: Pin("p"), base: nil) == .failure(.lost))
        #expect(try await !catalog.renew(write, lease: .seconds(10)))
        #expect(try await obligations() == [write.reference])
        #expect(try await catalog.secret(.token, in: .research) == nil)
        _ = try await opened(.fixture(.create))
    }

    @Test("settling twice says it once")
    func settledTwice() async throws {
        let write = try await opened(.fixture(.create))
        _ = try await catalog.settle(write, failure: "provider_denied")
        #expect(try await catalog.settle(write, failure: "internal") == .failure(.lost))
        #expect(try await fixture.auditTrail() == ["secret:create attempted", "secret:create failed provider_denied"])
        #expect(try await obligations().count == 1)
    }

    @Test("a write that was committed is not settled as failed")
    func settledAfterCommit() async throws {
        let write = Put.fixture(.create)
        let record = try await catalog.perform(write)
        #expect(try await catalog.settle(write, failure: "internal") == .success(record))
        #expect(try await obligations().isEmpty)
        #expect(try await fixture.auditTrail() == ["secret:create attempted", "secret:create done"])
    }

    @Test("the present version is spared, even when its decision was forgotten")
    func decisionForgotten() async throws {
        let write = Put.fixture(.create)
        let record = try await catalog.perform(write)
        fixture.clock.advance(by: .seconds(86_401))
        _ = try await catalog.expireLeases()
        #expect(try await fixture.count("SELECT count(*) FROM decision") == 0)
        #expect(try await catalog.settle(write, failure: "internal") == .success(record))
        #expect(try await obligations(all: true).isEmpty)
    }

    @Test("decisions are kept for a day")
    func decisionKept() async throws {
        let write = try await opened(.fixture(.create))
        _ = try await catalog.settle(write, failure: "internal")
        fixture.clock.advance(by: .seconds(86_400))
        _ = try await catalog.expireLeases()
        #expect(try await catalog.commit(write, pin: Pin("p"), base: nil) == .failure(.lost))
        #expect(try await fixture.count("SELECT count(*) FROM decision") == 1)
    }

    @Test("a row that recovery has finished with is written again, as new")
    func rowGone() async throws {
        let write = try await opened(.fixture(.create))
        fixture.clock.advance(by: .seconds(4000))
        _ = try await catalog.expireLeases()
        let first = try #require(try await catalog.obligations(all: false, limit: 1).first)
        try await catalog.advance(first, .discharged)
        #expect(try await obligations(all: true).isEmpty)
        #expect(try await catalog.settle(write, failure: "overloaded") == .failure(.lost))
        let again = try #require(try await catalog.obligations(all: false, limit: 1).first)
        #expect(again.reference == write.reference)
        #expect(again.journaled == fixture.clock.now)
    }

    @Test("a row that already waits for its second purge is left as it is")
    func rowRepeating() async throws {
        let write = try await opened(.fixture(.create))
        fixture.clock.advance(by: .seconds(10))
        _ = try await catalog.expireLeases()
        let later = fixture.clock.now.adding(.seconds(900))
        try await catalog.advance(
            #require(try await catalog.obligations(all: false, limit: 1).first), .again(at: later))
        _ = try await catalog.settle(write, failure: "overloaded")
        #expect(try await obligations().isEmpty)
        #expect(try await catalog.journalDepth().repeating == 1)
    }

    @Test("the schema itself refuses to owe a purge of the present version, or to commit what is owed one")
    func presentIsSpared() async throws {
        let record = try await catalog.perform(.fixture(.create))
        let row = "(reference, store, team, name, state, journaled_at, due_at)"
        await #expect(throws: (any Error).self) {
            try await fixture.execute(
                "INSERT INTO journal \(row) VALUES ('\(record.version.reference)', 'default', 't', 'n', 'purge', 0, 0)")
        }
        try await fixture.execute("INSERT INTO journal \(row) VALUES ('owed', 'default', 't', 'n', 'purge', 0, 0)")
        await #expect(throws: (any Error).self) {
            try await fixture.execute("UPDATE secret SET reference = 'owed'")
        }
    }
}

@Suite("Obligations: references that must not exist")
struct ObligationTests {
    private let fixture: CatalogFixture
    private var catalog: Catalog { fixture.catalog }

    init() async throws {
        fixture = try await CatalogFixture()
    }

    /// One object to purge, and its row.
    private func obligation() async throws -> Obligation {
        let write = Put.fixture(.create)
        _ = try await catalog.settle(write, failure: "internal")
        return try #require(try await present())
    }

    private func present(all: Bool = true) async throws -> Obligation? {
        try await catalog.obligations(all: all, limit: 100).first
    }

    private func purges() async throws -> [String] {
        try await fixture.auditTrail().filter { $0.hasPrefix("secret:purge") }
    }

    @Test("a failed purge is due again at its time, and counted")
    func failed() async throws {
        let obligation = try await obligation()
        try await catalog.advance(obligation, .failed(retryAt: fixture.clock.now.adding(.seconds(5))))
        #expect(try await present(all: false) == nil)
        #expect(try await present()?.failures == 1)
        fixture.clock.advance(by: .seconds(5))
        #expect(try await present(all: false)?.failures == 1)
        #expect(try await purges().isEmpty)
    }

    @Test("of two replicas that tried the same row, the slower one changes nothing")
    func slower() async throws {
        let read = try await obligation()
        try await catalog.advance(read, .failed(retryAt: fixture.clock.now))
        try await catalog.advance(read, .discharged)
        try await catalog.advance(read, .held(until: fixture.clock.now))
        #expect(try await present()?.failures == 1)
        let again = try #require(try await present())
        try await catalog.advance(again, .again(at: fixture.clock.now))
        try await catalog.advance(again, .discharged)
        #expect(try await present()?.isRepeat == true)
        #expect(try await purges() == ["secret:purge done"])
    }

    @Test("a second purge is not a second event")
    func repeated() async throws {
        try await catalog.advance(try await obligation(), .again(at: fixture.clock.now.adding(.seconds(900))))
        #expect(try await present(all: false) == nil)
        let second = try #require(try await present())
        #expect(second.isRepeat && second.failures == 0)
        try await catalog.advance(second, .discharged)
        #expect(try await present() == nil)
        #expect(try await purges() == ["secret:purge done"])
    }

    @Test("what a store holds back is shown until its date, and is purged again then")
    func held() async throws {
        let date = fixture.clock.now.adding(.seconds(1000))
        try await catalog.advance(try await obligation(), .held(until: date))
        #expect(try await present() == nil)
        #expect(try await catalog.journalDepth().held == 1)
        #expect(try await purges() == ["secret:purge held"])
        fixture.clock.advance(by: .seconds(999))
        _ = try await catalog.expireLeases()
        #expect(try await catalog.journalDepth().held == 1)
        fixture.clock.advance(by: .seconds(1))
        #expect(try await catalog.expireLeases() == 0)
        #expect(try await catalog.journalDepth().held == 0)
        let again = try #require(try await present(all: false))
        #expect(again.failures == 0 && !again.isRepeat)
    }

    @Test("the oldest come first, no more than asked for")
    func order() async throws {
        var references: [Reference] = []
        for _ in 0..<5 {
            references.append(try await settled())
            fixture.clock.advance(by: .seconds(1))
        }
        #expect(try await catalog.obligations(all: false, limit: 3).map(\.reference) == Array(references[..<3]))
        #expect(try await catalog.obligations(all: true, limit: 10).map(\.reference) == references)
    }

    @Test("the depth tells the states apart, and how old the oldest unfinished row is")
    func depth() async throws {
        #expect(
            try await catalog.journalDepth()
                == JournalDepth(writing: 0, purging: 0, repeating: 0, held: 0, oldestWrite: nil, oldestPurge: nil))
        try await catalog.advance(try await obligation(), .again(at: fixture.clock.now))
        fixture.clock.advance(by: .seconds(1))
        let oldest = fixture.clock.now
        _ = try await settled()
        fixture.clock.advance(by: .seconds(1))
        _ = try await catalog.open(.fixture(.create), lease: .seconds(10))
        let depth = JournalDepth(
            writing: 1, purging: 1, repeating: 1, held: 0, oldestWrite: fixture.clock.now, oldestPurge: oldest)
        #expect(try await catalog.journalDepth() == depth)
        #expect(depth.oldest == oldest)
    }

    @Test("a purge is as old as its debt, however old the version is, or however long the store held it")
    func owed() async throws {
        try await catalog.perform(.fixture(.create))
        fixture.clock.advance(by: .seconds(90 * 86_400))
        try await catalog.perform(.fixture(.rotate))
        #expect(try await catalog.journalDepth().oldestPurge == fixture.clock.now)
        let end = fixture.clock.now.adding(.seconds(86_400))
        let owed = try #require(try await catalog.obligations(all: false, limit: 1).first)
        try await catalog.advance(owed, .held(until: end))
        fixture.clock.advance(by: .seconds(86_400))
        _ = try await catalog.expireLeases()
        #expect(try await catalog.journalDepth().oldestPurge == end)
    }

    private func settled() async throws -> Reference {
        let write = Put.fixture(.create)
        _ = try await catalog.settle(write, failure: "internal")
        return write.reference
    }
}
