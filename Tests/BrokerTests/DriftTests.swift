import Store
import Support
import Testing

@testable import Broker

/// Over a real catalog; the provider is scripted, since what is proven is what happens between two looks at it.
@Suite("A search for drift")
struct DriftTests {
    private let provider = ScriptedProvider()
    private let files: TestCatalog
    private let stores: Stores
    private let writer: Writer
    private let team = TeamName("research")!
    private let name = SecretName("KEY")!
    private let admin = Caller(
        actor: Principal(tokenID: "tok", name: "ann", address: nil, requestID: "r"), grant: .admin(nil))

    init() async throws {
        files = try TestCatalog()
        stores = Stores(default: .scripted(provider))
        try await files.catalog.registerStores([.default: "memory"])
        let now = TestCatalog.systemTime
        writer = Writer(
            catalog: files.catalog, journal: files.catalog, audit: files.catalog, stores: stores,
            values: Values(stores: stores, settings: Values.Settings()),
            recovery: Recovery(journal: files.catalog, stores: stores, now: now), now: now)
    }

    private func create() async throws -> Version {
        try await writer.create(name, in: team, value: Secret(text: "one"), by: admin).version
    }

    private func search(_ catalog: (any SecretList)? = nil) async throws -> [DriftSearch.Finding] {
        var found: [DriftSearch.Finding] = []
        let search = DriftSearch(catalog ?? files.catalog, stores, log: files.catalog)
        try await search.run { _, finding in found.append(finding) }
        return found
    }

    private func trail() async throws -> [String] {
        try await files.catalog.auditRecords(team: nil, after: 0, limit: 100).map(\.json)
            .filter { $0.contains("secret:drift") }
    }

    @Test("finds nothing where every object is as the catalog has it")
    func none() async throws {
        _ = try await create()
        #expect(try await search().isEmpty)
    }

    @Test("keeps that an object has gone, records it once, and that it is back")
    func removed() async throws {
        let version = try await create()
        await provider.remove(version.reference)
        for _ in 1...3 { #expect(try await search() == [.drifted(.absent)]) }
        #expect(try await files.catalog.drift(in: team) == [name: .absent])
        #expect(try await files.catalog.driftCounts() == [.default: 1])
        #expect(try await trail().count == 1)
        await provider.put("one", at: version.reference, pin: version.pin)
        #expect(try await search().isEmpty)
        #expect(try await files.catalog.drift(in: team).isEmpty)
        #expect(try await trail().map { $0.contains(#""outcome":"done""#) } == [false, true])
    }

    @Test("keeps nothing of a version that the secret does not name any more", arguments: [true, false])
    func ended(_ isRotated: Bool) async throws {
        let version = try await create()
        await provider.remove(version.reference)
        #expect(try await search() == [.drifted(.absent)])
        if isRotated {
            _ = try await writer.rotate(name, in: team, value: Secret(text: "two"), expected: nil, by: admin)
        } else {
            try await writer.delete(name, in: team, force: true, by: admin)
        }
        #expect(try await files.catalog.driftCounts().isEmpty)
        try await files.catalog.note(.absent, of: name, in: team, version: version)
        #expect(try await files.catalog.driftCounts().isEmpty)
        #expect(try await trail().count == 1)
    }

    @Test("tells one team nothing of another's")
    func walls() async throws {
        let version = try await create()
        await provider.remove(version.reference)
        _ = try await search()
        #expect(try await files.catalog.drift(in: TeamName("others")!).isEmpty)
    }

    @Test("is made by a resolve that misses the value, too")
    func resolve() async throws {
        let version = try await create()
        await provider.remove(version.reference)
        var timing = ValueLookup.Timing()
        timing.settling = .zero
        let lookup = ValueLookup(
            catalog: files.catalog, values: Values(stores: stores, settings: Values.Settings()), timing: timing,
            now: TestCatalog.systemTime)
        for _ in 1...3 {
            await #expect(throws: BrokerError.valueLost([name])) {
                _ = try await lookup.find([name], in: team, by: .asked(epoch: nil))
            }
        }
        #expect(try await files.catalog.drift(in: team) == [name: .absent])
        #expect(try await trail().count == 1)
    }

    @Test(
        "tells a store that cannot be asked from a secret that has drifted",
        arguments: [ProviderError.Kind.unavailable, .denied, .throttled, .keyDisabled])
    func unasked(_ kind: ProviderError.Kind) async throws {
        _ = try await create()
        await provider.failAlways(.read, kind)
        #expect(try await search() == [.unread(kind)])
        #expect(try await files.catalog.driftCounts().isEmpty)
    }

    @Test("finds nothing out about a secret in a store that this broker was started without, and says so")
    func notConfigured() async throws {
        _ = try await create()
        let others = Stores(default: .scripted(provider, named: StoreName("other")!))
        var found: [DriftSearch.Finding] = []
        try await DriftSearch(files.catalog, others, log: files.catalog).run { _, finding in found.append(finding) }
        #expect(found == [.unread(.notConfigured)])
        #expect(try await files.catalog.driftCounts().isEmpty)
        #expect(await provider.calls[.read] == 1)
    }

    @Test(
        "takes a secret for sound that was rotated, or deleted, since the page of the catalog was read",
        arguments: [true, false])
    func movedMeanwhile(_ isRotated: Bool) async throws {
        let version = try await create()
        let stale = StalePages(catalog: files.catalog, page: try await files.catalog.secrets(in: team))
        if isRotated {
            _ = try await writer.rotate(name, in: team, value: Secret(text: "two"), expected: nil, by: admin)
        } else {
            try await writer.delete(name, in: team, force: true, by: admin)
        }
        await provider.remove(version.reference)
        #expect(try await search(stale).isEmpty)
    }

    @Test("neither forgets nor invents a later version while the store cannot be asked for it")
    func laterVersion() async throws {
        _ = try await create()
        let later = LaterVersion()
        let stores = Stores(default: .scripted(later))
        func look() async throws -> [DriftSearch.Finding] {
            var found: [DriftSearch.Finding] = []
            try await DriftSearch(files.catalog, stores, log: files.catalog).run { _, finding in found.append(finding) }
            return found
        }
        func known() async throws -> [SecretName: Drift] { try await files.catalog.drift(in: team) }
        // The same bytes, late; which cannot be seen at first.
        await later.answer(newest: .failure(ProviderError(.throttled, during: "read")))
        #expect(try await look() == [.unread(.throttled)])
        #expect(try await known().isEmpty)
        await later.answer(newest: .success("one"))
        #expect(try await look().isEmpty)
        for newest in [Result<String, ProviderError>.success("two"), .failure(ProviderError(.denied, during: "read"))] {
            await later.answer(newest: newest)
            #expect(try await look() == [.drifted(.superseded)])
        }
        await later.answer(current: .failure(ProviderError(.throttled, during: "read")))
        #expect(try await look() == [.unread(.throttled)])
        #expect(try await known() == [name: .superseded])
        await later.answer(current: .failure(ProviderError(.denied, during: "read")))
        #expect(try await look().isEmpty)
        #expect(try await known().isEmpty)
    }
}

/// A store whose object has got another version since, which is the current one.
private actor LaterVersion: VersionedProvider {
    private static let pin = Pin("later")
    private var current = Result<Pin, ProviderError>.success(pin)
    private var newest = Result<String, ProviderError>.success("two")

    func answer(current: Result<Pin, ProviderError>) { self.current = current }
    func answer(newest: Result<String, ProviderError>) { self.newest = newest }

    nonisolated func object(named name: String) -> ForeignObject? { nil }
    func currentPin(of reference: Reference) async throws(ProviderError) -> Pin { try current.get() }

    func read(_ reference: Reference, at pin: Pin) async throws(ProviderError) -> Secret {
        Secret(text: pin == Self.pin ? try newest.get() : "one")
    }

    func create(_ value: Secret, at reference: Reference, note: ObjectNote) async throws(ProviderError) -> Pin {
        throw ProviderError(.denied, during: "create")
    }

    func purge(_ reference: Reference) async throws(ProviderError) -> Purge { .gone }
    func check() async -> [Finding] { [] }
}

/// The catalog, but for pages, which are as they were.
private struct StalePages: SecretList {
    let catalog: any SecretList
    let page: [SecretRecord]

    func secrets(in team: TeamName) async throws(CatalogError) -> [SecretRecord] {
        try await catalog.secrets(in: team)
    }

    func secret(_ name: SecretName, in team: TeamName) async throws(CatalogError) -> SecretRecord? {
        try await catalog.secret(name, in: team)
    }

    func secrets(
        after cursor: (team: TeamName, name: SecretName)?, limit: Int
    ) async throws(CatalogError) -> [SecretRecord] {
        cursor == nil ? page : []
    }
}
