import Broker
import GRDB
import Support
import Testing

@testable import Store

@Suite("The journal: a write from its row to its decision", .everyEngine)
struct JournalTests {
    private let fixture: CatalogFixture
    private var catalog: Catalog { fixture.catalog }
    private let lease = Duration.seconds(10)

    init() async throws {
        fixture = try await CatalogFixture()
    }

    // MARK: Opening

    @Test("creating what exists is refused, and nothing is written")
    func createExisting() async throws {
        try await catalog.perform(.fixture(.create))
        let trail = try await fixture.auditTrail()
        #expect(try await catalog.open(.fixture(.create), lease: lease) == .failure(.secretExists))
        #expect(try await fixture.auditTrail() == trail)
        #expect(try await fixture.count("SELECT count(*) FROM journal") == 0)
    }

    @Test("rotating or deleting what does not exist is refused")
    func missing() async throws {
        #expect(try await catalog.open(.fixture(.rotate), lease: lease) == .failure(.secretNotFound))
        #expect(try await catalog.remove(.fixture()) == .failure(.secretNotFound))
        #expect(try await fixture.auditTrail().isEmpty)
    }

    @Test("a version that is not the present one is a conflict")
    func expectedVersion() async throws {
        let record = try await catalog.perform(.fixture(.create))
        let stale = VersionID(recorded: "aaaaaaaaaaaaaaaa")
        let rotation = Put.fixture(.rotate, expected: stale)
        #expect(try await catalog.open(rotation, lease: lease) == .failure(.versionConflict))
        #expect(try await catalog.remove(.fixture(expected: stale)) == .failure(.versionConflict))
        let right = Put.fixture(.rotate, expected: record.version.id)
        #expect(try await catalog.open(right, lease: lease) == .success(record.version))
    }

    @Test("one undecided write of a secret at a time; a delete waits too, another team's secret does not")
    func busy() async throws {
        try await catalog.perform(.fixture(.create))
        _ = try await catalog.open(.fixture(.rotate), lease: lease)
        let trail = try await fixture.auditTrail()
        #expect(try await catalog.open(.fixture(.rotate), lease: lease) == .failure(.busy))
        #expect(try await catalog.remove(.fixture()) == .failure(.busy))
        #expect(try await fixture.auditTrail() == trail)
        #expect(try await catalog.journalDepth().writing == 1)
        #expect(try await catalog.open(.fixture(.create, in: .platform), lease: lease) == .success(nil))
        #expect(try await catalog.open(.fixture(.create, .key), lease: lease) == .success(nil))
    }

    @Test("a write is not begun in a store that the team has left, or that a broker which is alive does not have")
    func storeLeft() async throws {
        let west = StoreName("west")!
        let here = "aws/eu-west-1/wandb"
        try await catalog.registerStores([.default: here, west: "y"], announcing: ("broker-1", .seconds(30)))
        try await catalog.assign(west, to: .research, by: .alice).get()
        try await catalog.announce("broker-2", stores: [west: "y"], lease: .seconds(30))
        #expect(try await catalog.open(.fixture(.create), lease: lease) == .failure(.storeChanged))
        let write = Put.fixture(.create, in: .platform)
        #expect(
            try await catalog.open(write, lease: lease) == .failure(.storeUnknown(.default, to: "broker-2")))
        #expect(try await catalog.journalDepth().writing == 0)
        fixture.clock.advance(by: .seconds(30))
        #expect(try await catalog.open(write, lease: lease) == .success(nil))
    }

    @Test("a reference that was used before is never journaled again")
    func referenceReused() async throws {
        let write = Put.fixture(.create)
        try await catalog.perform(write)
        let again = Put(.rotate, .token, in: .research, at: write.target, expected: nil, by: .alice)
        await #expect(throws: CatalogError.damaged) { try await catalog.open(again, lease: lease) }
        #expect(try await catalog.secret(.token, in: .research)?.version.reference == write.reference)
    }

    @Test("a store that was never registered takes no version")
    func unknownStore() async throws {
        let target = Put.Target(store: StoreName("elsewhere")!, reference: Put.fixture(.create).reference)
        let write = Put(.create, .token, in: .research, at: target, expected: nil, by: .alice)
        await #expect(throws: CatalogError.damaged) { try await catalog.open(write, lease: lease) }
        #expect(try await fixture.auditTrail().isEmpty)
    }

    // MARK: Leases

    @Test("a lease that was renewed in time is kept; one that was taken cannot be renewed")
    func renewal() async throws {
        let write = Put.fixture(.create)
        _ = try await catalog.open(write, lease: lease)
        fixture.clock.advance(by: .seconds(9))
        #expect(try await catalog.renew(write, lease: lease))
        fixture.clock.advance(by: .seconds(9))
        #expect(try await catalog.expireLeases() == 0)
        fixture.clock.advance(by: .seconds(1))
        #expect(try await catalog.expireLeases() == 1)
        #expect(try await catalog.expireLeases() == 0)
        #expect(try await !catalog.renew(write, lease: lease))
        #expect(try await catalog.obligations(all: false, limit: 10).map(\.reference) == [write.reference])
    }

    @Test("only its writer renews a lease")
    func foreignRenewal() async throws {
        let write = Put.fixture(.create)
        _ = try await catalog.open(write, lease: lease)
        let impostor = Put(.create, .token, in: .research, at: write.target, expected: nil, by: .alice)
        #expect(try await !catalog.renew(impostor, lease: lease))
        #expect(try await catalog.commit(impostor, pin: Pin("p"), base: nil) == .failure(.lost))
    }

    @Test("a broker that was last seen before the clock was set back is not taken for alive")
    func deadBeforeClockSetBack() async throws {
        let west = StoreName("west")!
        try await catalog.registerStores([west: "y"], announcing: ("broker-2", .seconds(30)))
        let write = Put.fixture(.create)
        #expect(
            try await catalog.open(write, lease: lease) == .failure(.storeUnknown(.default, to: "broker-2")))
        fixture.clock.advance(by: .seconds(-86_400))
        #expect(try await catalog.open(write, lease: lease) == .success(nil))
    }

    @Test("a lease from before the clock was set back is over, and so is a purge's wait")
    func clockSetBack() async throws {
        let record = try await catalog.perform(.fixture(.create, .key))
        _ = try await catalog.remove(.fixture(.key)).get()
        let owed = try #require(try await catalog.obligations(all: false, limit: 1).first)
        try await catalog.advance(owed, .failed(retryAt: fixture.clock.now.adding(.seconds(300))))
        let write = Put.fixture(.create)
        _ = try await catalog.open(write, lease: lease)
        fixture.clock.advance(by: .seconds(-86_400))
        #expect(try await catalog.expireLeases() == 1)
        let due = try await catalog.obligations(all: false, limit: 10).map(\.reference)
        #expect(Set(due) == [write.reference, record.version.reference])
        _ = try await catalog.open(.fixture(.create), lease: lease).get()
    }

    // MARK: Committing

    @Test("a write whose lease was taken cannot be committed")
    func commitAfterExpiry() async throws {
        let write = Put.fixture(.create)
        _ = try await catalog.open(write, lease: lease)
        fixture.clock.advance(by: lease)
        #expect(try await catalog.expireLeases() == 1)
        #expect(try await catalog.commit(write, pin: Pin("p"), base: nil) == .failure(.lost))
        #expect(try await catalog.secret(.token, in: .research) == nil)
        #expect(try await fixture.auditTrail() == ["secret:create attempted", "secret:create failed lease_expired"])
    }

    @Test("a secret that came into use while its deletion waited for its turn stays, and who uses it is told")
    func inUse() async throws {
        try await catalog.perform(.fixture(.create))
        let since = fixture.clock.now.adding(.seconds(-60))
        let webhook = try Webhook(
            name: WebhookName("hook")!, url: WebhookURL("https://a.example")!, accessToken: .token)
        _ = try await catalog.add(webhook, to: .research, confirmed: true, by: .alice).get()
        #expect(
            try await catalog.remove(.fixture(unlessUsedSince: since)) == .failure(.inUse([], [webhook.name])))
        _ = try await catalog.remove(webhook.name, from: .research, revision: nil, by: .alice).get()
        let use = AuditEvent(
            .resolve, .done, by: .robot, team: .research, subject: .secrets([.init(name: .token, version: nil)]))
        try await catalog.append([use])
        let usage = Usage(automation: Principal.robot.name, last: fixture.clock.now)
        // Before anybody has counted it, and after.
        for _ in 1...2 {
            #expect(try await catalog.remove(.fixture(unlessUsedSince: since)) == .failure(.inUse([usage], [])))
            try await catalog.countUses()
        }
        #expect(try await catalog.secret(.token, in: .research) != nil)
        _ = try await catalog.remove(.fixture(unlessUsedSince: usage.last.adding(.milliseconds(1)))).get()
    }

    @Test("a late lease that nobody took can be committed")
    func commitLate() async throws {
        let write = Put.fixture(.create)
        _ = try await catalog.open(write, lease: lease)
        fixture.clock.advance(by: .seconds(60))
        let record = try await catalog.commit(write, pin: Pin("p"), base: nil).get()
        #expect(record.version.reference == write.reference)
        #expect(try await catalog.expireLeases() == 0)
    }

    @Test("a commit answers the record, keeps who created it, and owes the old version a purge")
    func commitRotation() async throws {
        let created = fixture.clock.now
        let creation = Put.fixture(.create)
        try await catalog.perform(creation, pin: Pin("one"))
        fixture.clock.advance(by: .seconds(100))
        let rotation = Put.fixture(.rotate, by: .robot)
        let record = try await catalog.perform(rotation, pin: Pin("two"))
        let now = fixture.clock.now
        #expect(record.created == .init(at: created, by: "alice"))
        #expect(record.updated == .init(at: now, by: "deploy-bot"))
        #expect(
            record.version
                == Version(
                    store: .default, reference: rotation.reference, pin: Pin("two"), journaled: now, committed: now))
        #expect(try await catalog.secret(.token, in: .research) == record)
        #expect(
            try await catalog.obligations(all: false, limit: 10) == [
                Obligation(
                    team: .research, name: .token, store: .default, reference: creation.reference, journaled: created,
                    due: now, failures: 0, isRepeat: false)
            ])
        #expect(
            try await fixture.auditTrail() == [
                "secret:create attempted", "secret:create done", "secret:rotate attempted", "secret:rotate done",
            ])
    }

    @Test("a commit that is repeated answers what was decided, though the secret has moved on or gone")
    func commitAgain() async throws {
        let creation = Put.fixture(.create)
        let record = try await catalog.perform(creation)
        try await catalog.perform(.fixture(.rotate))
        #expect(try await catalog.commit(creation, pin: Pin("p"), base: nil) == .success(record))
        _ = try await catalog.remove(.fixture())
        #expect(try await catalog.settle(creation, failure: "internal") == .success(record))
        #expect(try await catalog.secret(.token, in: .research) == nil)
    }

    @Test("a secret that changed under the write refuses the commit, and nothing changes")
    func changedBase() async throws {
        let base = try await catalog.perform(.fixture(.create)).version
        let rotation = Put.fixture(.rotate)
        _ = try await catalog.open(rotation, lease: lease)
        try await fixture.tamper("UPDATE secret SET pin = 'other'")
        let conflict = try await catalog.commit(rotation, pin: Pin("p"), base: base)
        #expect(conflict == .failure(.versionConflict))
        #expect(try await catalog.commit(rotation, pin: Pin("p"), base: nil) == .failure(.secretExists))
        try await fixture.tamper("DELETE FROM secret")
        let gone = try await catalog.commit(rotation, pin: Pin("p"), base: base)
        #expect(gone == .failure(.secretNotFound))
        #expect(try await fixture.auditTrail().last == "secret:rotate attempted")
        #expect(try await catalog.journalDepth().writing == 1)
    }

    // MARK: Removing

    @Test("a delete frees the name at once, owes the version a purge, and answers what went, also when asked again")
    func remove() async throws {
        let creation = Put.fixture(.create)
        let record = try await catalog.perform(creation)
        let deletion = Deletion.fixture()
        for _ in 0..<2 { #expect(try await catalog.remove(deletion) == .success(record)) }
        #expect(try await catalog.settle(deletion, failure: "internal") == .success(record))
        #expect(try await catalog.obligations(all: false, limit: 10).map(\.reference) == [creation.reference])
        #expect(try await fixture.auditTrail().suffix(2) == ["secret:delete attempted", "secret:delete done"])
        try await catalog.perform(.fixture(.create))
    }

    @Test("a delete that was settled never happens")
    func removeAfterSettling() async throws {
        try await catalog.perform(.fixture(.create))
        let deletion = Deletion.fixture()
        #expect(try await catalog.settle(deletion, failure: "internal") == .failure(.lost))
        #expect(try await catalog.remove(deletion) == .failure(.lost))
        #expect(try await catalog.secret(.token, in: .research) != nil)
    }

    @Test("a caller that is cancelled neither undoes its write nor loses its answer")
    func cancellation() async throws {
        let write = Put.fixture(.create)
        let catalog = catalog
        let summary = try await Task {
            unsafe withUnsafeCurrentTask { task in unsafe task?.cancel() }
            return try await catalog.perform(write).version.reference
        }.value
        #expect(summary == write.reference)
        #expect(try await catalog.secret(.token, in: .research)?.version.reference == write.reference)
    }
}
