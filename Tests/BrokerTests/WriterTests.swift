import Store
import Support
import Testing

@testable import Broker

/// The write protocol over a real catalog. The provider is scripted, since what is proven here is order and time.
@Suite("A write")
struct WriterTests {
    private let provider = ScriptedProvider()
    private let files: TestCatalog
    private let values: Values
    private let recovery: Recovery
    private let writer: Writer
    private let team = TeamName("research")!
    private let name = SecretName("GITHUB_TOKEN")!
    private let admin = Caller(
        actor: Principal(tokenID: "tok", name: "ann", address: nil, requestID: "r"), grant: .admin(nil))
    private var catalog: Catalog { files.catalog }

    init() async throws {
        files = try TestCatalog()
        let stores = Stores(default: .scripted(provider))
        try await files.catalog.registerStores([.default: "memory"])
        values = Values(stores: stores, settings: Values.Settings())
        recovery = Recovery(journal: files.catalog, stores: stores, now: TestCatalog.systemTime)
        var timing = Writer.Timing()
        timing.turn = .milliseconds(300)
        timing.pause = .milliseconds(5)
        timing.settling = .seconds(3)
        writer = Writer(
            catalog: files.catalog, journal: files.catalog, audit: files.catalog, stores: stores, values: values,
            recovery: recovery, timing: timing, now: TestCatalog.systemTime)
    }

    private func create(_ text: String) async throws -> SecretRecord {
        try await writer.create(name, in: team, value: Secret(text: text), by: admin)
    }

    private func rotate(_ text: String, expected: VersionID? = nil) async throws -> SecretRecord {
        try await writer.rotate(name, in: team, value: Secret(text: text), expected: expected, by: admin)
    }

    /// What is at the provider after recovery must be what the catalog names, and nothing else.
    private func expectOneObject(_ record: SecretRecord?) async throws {
        _ = try await recovery.pass(all: true)
        #expect(await provider.references == (record.map { [$0.version.reference] } ?? []))
        let depth = try await catalog.journalDepth()
        #expect(depth.writing == 0 && depth.purging == 0)
        #expect(try await catalog.secret(name, in: team) == record)
    }

    private func actions() async throws -> [String] {
        try await catalog.auditRecords(team: team, after: 0, limit: 100).map(\.json)
    }

    @Test("of each kind leaves exactly the object that the catalog names")
    func leavesOneObject() async throws {
        let first = try await create("one")
        try await expectOneObject(first)
        let second = try await rotate("two")
        #expect(second.created == first.created)
        try await expectOneObject(second)
        try await writer.delete(name, in: team, force: false, by: admin)
        try await expectOneObject(nil)
        let again = try await create("three")
        #expect(again.version.reference != first.version.reference)
        try await expectOneObject(again)
    }

    @Test(
        "that the store refuses is an error, leaves no object, and is on record", arguments: ProviderError.Kind.allCases
    )
    func providerRefuses(_ kind: ProviderError.Kind) async throws {
        await provider.fail(.create, kind)
        let error = BrokerError.provider(ProviderError(kind, during: "create"), at: .default)
        await #expect(throws: error) { try await create("one") }
        try await expectOneObject(nil)
        let records = try await actions()
        #expect(records.count { $0.contains(#""outcome":"attempted""#) } == 1)
        #expect(records.count { $0.contains(#""outcome":"failed""#) } == 1)
    }

    @Test(
        "whose value cannot be read back is not committed",
        arguments: [ProviderError.Kind.keyDenied, .keyDisabled, .denied])
    func unreadableIsNotCommitted(_ kind: ProviderError.Kind) async throws {
        await provider.fail(.read, kind)
        await #expect(throws: BrokerError.self) { try await create("one") }
        try await expectOneObject(nil)
    }

    @Test("waits for a store that shows a new object late, and not for ever")
    func waitsForEventualConsistency() async throws {
        await provider.fail(.read, .absent, .absent, .absent)
        try await expectOneObject(try await create("one"))
        await provider.failAlways(.read, .absent)
        await #expect(throws: BrokerError.self) { try await rotate("two") }
    }

    @Test("whose object holds something else when it is read back is an error")
    func readBackIsCompared() async throws {
        await provider.corruptNextCreate()
        let error = BrokerError.provider(ProviderError(.corrupt, during: "read"), at: .default)
        await #expect(throws: error) { try await create("one") }
        try await expectOneObject(nil)
    }

    @Test("that finds another state than it needs is refused, and nothing is made")
    func refusals() async throws {
        await #expect(throws: BrokerError.secretNotFound) { try await rotate("x") }
        await #expect(throws: BrokerError.secretNotFound) {
            try await writer.delete(name, in: team, force: true, by: admin)
        }
        let first = try await create("one")
        await #expect(throws: BrokerError.secretExists) { try await create("x") }
        await #expect(throws: BrokerError.versionConflict) {
            try await rotate("x", expected: VersionID(recorded: String(repeating: "a", count: 16)))
        }
        let second = try await rotate("two", expected: first.version.id)
        #expect(await provider.calls[.create] == 2)
        try await expectOneObject(second)
    }

    @Test("of the same secret waits for its turn, and gives up in time")
    func oneAtATime() async throws {
        let first = try await create("one")
        await provider.hold()
        let slow = Task { try await rotate("two") }
        try await provider.waitUntilHeld(1)
        await #expect(throws: BrokerError.writeInProgress) { try await rotate("three") }
        await #expect(throws: BrokerError.writeInProgress) {
            try await writer.delete(name, in: team, force: true, by: admin)
        }
        await provider.release()
        let second = try await slow.value
        #expect(second.version.id != first.version.id)
        try await expectOneObject(second)
    }

    @Test("runs to its end although whoever asked for it has gone")
    func survivesItsCaller() async throws {
        await provider.hold()
        let caller = Task { try await create("one") }
        try await provider.waitUntilHeld(1)
        caller.cancel()
        await provider.release()
        let record = try await caller.value
        try await expectOneObject(record)
    }

    @Test("that recovery has taken for dead fails, and never comes true")
    func lostLease() async throws {
        await provider.hold()
        let slow = Task { try await create("one") }
        try await provider.waitUntilHeld(1)
        let later = try Catalog.open(path: files.path) { TestCatalog.systemTime().adding(.seconds(60)) }
        #expect(try await later.expireLeases() == 1)
        later.close()
        await provider.release()
        await #expect(throws: BrokerError.overloaded) { try await slow.value }
        try await expectOneObject(nil)
    }

    @Test("is refused without a call for a value that is empty, too large, or under a reserved name")
    func bounds() async throws {
        await #expect(throws: BrokerError.valueEmpty) { try await create("") }
        await #expect(throws: BrokerError.valueTooLarge(limit: 65_536)) {
            try await create(String(repeating: "x", count: 65_537))
        }
        let reserved = try #require(SecretName("alias"))
        await #expect(throws: BrokerError.nameReserved(reserved)) {
            try await writer.create(reserved, in: team, value: Secret(text: "x"), by: admin)
        }
        #expect(await provider.calls.isEmpty)
        #expect(try await actions().count == 3)
    }

    @Test("by who may not is refused and on record")
    func forbidden() async throws {
        let member = Caller(actor: admin.actor, grant: .member(team))
        await #expect(throws: BrokerError.forbidden) {
            try await writer.create(name, in: team, value: Secret(text: "x"), by: member)
        }
        #expect(try await actions().contains { $0.contains(#""code":"forbidden""#) })
        #expect(await provider.calls.isEmpty)
    }

    private func createAndUse() async throws {
        let subject = AuditEvent.Subject.secret(name, try await create("one").version.id)
        let user = Principal(tokenID: "t2", name: "ci", address: nil, requestID: "r")
        try await catalog.append([AuditEvent(.resolve, .done, by: user, team: team, subject: subject)])
    }

    @Test("that deletes a secret that is not there says so, whoever used it while it was, and not on record for ever")
    func deletesNothing() async throws {
        try await createAndUse()
        try await writer.delete(name, in: team, force: true, by: admin)
        let limited = Writer(
            catalog: catalog, journal: catalog, audit: AuditLog(catalog), stores: Stores(default: .scripted(provider)),
            values: values, recovery: recovery, now: TestCatalog.systemTime)
        for _ in 1...30 {
            await #expect(throws: BrokerError.secretNotFound) {
                try await limited.delete(name, in: team, force: false, by: admin)
            }
        }
        #expect(try await actions().count { $0.contains(#""code":"secret_not_found""#) } == 20)
    }

    @Test("that deletes a secret in use names its users, unless it is forced")
    func inUse() async throws {
        try await createAndUse()
        let error = await #expect(throws: BrokerError.self) {
            try await writer.delete(name, in: team, force: false, by: admin)
        }
        guard case .secretInUse(let users, let webhooks) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(users.map(\.automation) == ["ci"] && webhooks.isEmpty)
        try await writer.delete(name, in: team, force: true, by: admin)
        try await expectOneObject(nil)
    }

    @Test("that failed is purged again when its create may have arrived late, however often it was before that")
    func purgesAgain() async throws {
        let clock = ManualClock()
        let files = try TestCatalog(clock: { clock.timestamp })
        try await files.catalog.registerStores([.default: "memory"])
        let recovery = Recovery(
            journal: files.catalog, stores: Stores(default: .scripted(provider)), now: { clock.timestamp })
        let reference = Reference(recorded: "wandb-research-github-token-aaaaaaaaaaaaaaaa")
        let write = Put(
            .create, name, in: team, at: .init(store: .default, reference: reference), expected: nil, by: admin.actor)
        _ = try await files.catalog.open(write, lease: .seconds(10))
        _ = try await files.catalog.settle(write, failure: "provider_unavailable")
        for _ in 0..<3 {
            await provider.put("late", at: reference, pin: Pin("p"))
            #expect(try await recovery.finish { _ in }.failed == 0)
            #expect(await provider.references.isEmpty)
            #expect(try await files.catalog.journalDepth().repeating == 1)
        }
        await provider.put("later", at: reference, pin: Pin("p"))
        await provider.fail(.purge, .unavailable)
        #expect(try await recovery.finish { _ in }.failed == 0)
        clock.advance(by: .seconds(899))
        _ = try await recovery.pass()
        #expect(await provider.references == [reference])
        clock.advance(by: .seconds(2))
        _ = try await recovery.pass()
        #expect(await provider.references.isEmpty)
        #expect(try await files.catalog.journalDepth().repeating == 0)
    }

    @Test("whose old object cannot be purged yet succeeds; the purge is tried until it is gone")
    func purgeIsRetried() async throws {
        _ = try await create("one")
        await provider.failAlways(.purge, .unavailable)
        let record = try await rotate("two")
        let pass = try await recovery.pass(all: true)
        #expect(pass.failed == 1)
        #expect(pass.failures.map(\.error.kind) == [.unavailable])
        #expect(try await catalog.journalDepth().purging == 1)
        await provider.failAlways(.purge, nil)
        try await expectOneObject(record)
    }

    @Test("whose writer is gone is decided while recovery purges what it owes", .timeLimit(.minutes(1)))
    func leaseDuringPass() async throws {
        _ = try await create("one")
        try await writer.delete(name, in: team, force: false, by: admin)
        await provider.hold()
        var timing = Recovery.Timing()
        timing.interval = .milliseconds(20)
        let recovery = Recovery(
            journal: files.catalog, stores: Stores(default: .scripted(provider)), timing: timing,
            now: TestCatalog.systemTime)
        let (reports, continuation) = AsyncStream.makeStream(of: Recovery.Report.self)
        let running = Task {
            await recovery.run { result in
                if case .success(let report) = result { continuation.yield(report) }
            }
        }
        try await provider.waitUntilHeld(1)
        var random: any RandomNumberGenerator = SystemRandomNumberGenerator()
        let reference = Reference(namespace: "n", team: team, name: name, using: &random)
        let abandoned = Put(
            .create, name, in: team, at: .init(store: .default, reference: reference), expected: nil, by: admin.actor)
        _ = try await catalog.open(abandoned, lease: .zero)
        for await report in reports where report.expired == 1 { break }
        #expect(try await catalog.journalDepth().writing == 0)
        await provider.release()
        running.cancel()
        await running.value
    }
}
