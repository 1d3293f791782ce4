import Store
import Support
import Testing

@testable import Broker

@Suite("A write whose commit took effect, though the catalog could not say so")
struct DoubtfulWriteTests {
    /// What is committed at a database whose connection breaks off before it answers.
    private struct DoubtfulJournal: WriteJournal {
        let catalog: Catalog
        var doubtsOpening = false

        func commit(
            _ put: Put, pin: Pin, base: Version?
        ) async throws(CatalogError) -> Result<SecretRecord, WriteRefusal> {
            _ = try await catalog.commit(put, pin: pin, base: base)
            throw .inDoubt
        }

        func remove(_ deletion: Deletion) async throws(CatalogError) -> Result<SecretRecord, WriteRefusal> {
            _ = try await catalog.remove(deletion)
            throw .inDoubt
        }

        func open(_ put: Put, lease: Duration) async throws(CatalogError) -> Result<Version?, WriteRefusal> {
            let base = try await catalog.open(put, lease: lease)
            if doubtsOpening { throw .inDoubt }
            return base
        }

        func renew(_ put: Put, lease: Duration) async throws(CatalogError) -> Bool {
            try await catalog.renew(put, lease: lease)
        }

        func settle(
            _ put: Put, failure code: String
        ) async throws(CatalogError) -> Result<SecretRecord, WriteRefusal> {
            if doubtsOpening { throw .unavailable }
            return try await catalog.settle(put, failure: code)
        }

        func settle(
            _ deletion: Deletion, failure code: String
        ) async throws(CatalogError) -> Result<SecretRecord, WriteRefusal> {
            try await catalog.settle(deletion, failure: code)
        }
    }

    private let files: TestCatalog
    private let values: Values
    private let stores: Stores
    private let provider = ScriptedProvider()
    private let team = TeamName("research")!
    private let name = SecretName("GITHUB_TOKEN")!
    private let admin = Caller(
        actor: Principal(tokenID: "tok", name: "ann", address: nil, requestID: "r"), grant: .admin(nil))

    init() async throws {
        files = try TestCatalog()
        stores = Stores(default: .scripted(provider))
        try await files.catalog.registerStores([.default: "memory"])
        values = Values(stores: stores, settings: Values.Settings())
    }

    private func writer(doubtsOpening: Bool = false) -> Writer {
        Writer(
            catalog: files.catalog, journal: DoubtfulJournal(catalog: files.catalog, doubtsOpening: doubtsOpening),
            audit: files.catalog, stores: stores, values: values,
            recovery: Recovery(journal: files.catalog, stores: stores, now: TestCatalog.systemTime),
            now: TestCatalog.systemTime)
    }

    /// As after a resolve.
    private func createAndRead() async throws -> Version {
        let version = try await writer().create(name, in: team, value: Secret(text: "one"), by: admin).version
        _ = await values.outcome(of: values.fetch(version))
        #expect(values.cached([version]) != nil)
        return version
    }

    @Test("is a success, and a former value is in memory no longer")
    func rotated() async throws {
        let former = try await createAndRead()
        let record = try await writer().rotate(name, in: team, value: Secret(text: "two"), expected: nil, by: admin)
        #expect(try await files.catalog.secret(name, in: team) == record)
        #expect(values.cached([former]) == nil)
    }

    @Test("is a success for a delete too, and its value is in memory no longer")
    func deleted() async throws {
        let former = try await createAndRead()
        try await writer().delete(name, in: team, force: false, by: admin)
        #expect(try await files.catalog.secret(name, in: team) == nil)
        #expect(values.cached([former]) == nil)
    }

    @Test("has not happened where only its beginning is in doubt, and says so although the catalog has gone since")
    func unopened() async throws {
        await #expect(throws: BrokerError.auditUnavailable) {
            try await writer(doubtsOpening: true).create(name, in: team, value: Secret(text: "one"), by: admin)
        }
        #expect(await provider.calls[.create] == nil)
        #expect(try await files.catalog.secret(name, in: team) == nil)
    }
}
