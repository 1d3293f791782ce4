import Store
import Support
import Testing

@testable import Broker

/// Over a real catalog, between two scripted stores.
@Suite("A migration", .timeLimit(.minutes(2)))
struct MigrationTests {
    private let old = ScriptedProvider()
    private let new = ScriptedProvider()
    private let target: SecretStore
    private let files: TestCatalog
    private let stores: Stores
    private let resolver: Resolver
    private let recovery: Recovery
    private let writer: Writer
    private let team = TeamName("research")!
    private let names = ["A", "B", "C"].map { SecretName($0)! }
    private let admin = Caller(
        actor: Principal(tokenID: "tok", name: "ann", address: nil, requestID: "r"), grant: .admin(nil))
    private let robot = Caller(
        actor: Principal(tokenID: "tok", name: "bot", address: nil, requestID: "r"),
        grant: .resolver(TeamName("research")!, secrets: nil))

    init() async throws {
        files = try TestCatalog()
        let name = StoreName("new")!
        target = .scripted(new, named: name, maximumValueSize: 8)
        stores = Stores(default: .scripted(old), others: [target])
        try await files.catalog.registerStores([.default: "memory", name: "memory"])
        let values = Values(stores: stores, settings: Values.Settings(lifetime: .zero))
        let now = TestCatalog.systemTime
        recovery = Recovery(journal: files.catalog, stores: stores, now: now)
        writer = Writer(
            catalog: files.catalog, journal: files.catalog, audit: files.catalog, stores: stores, values: values,
            recovery: recovery, now: now)
        resolver = Resolver(
            lookup: ValueLookup(catalog: files.catalog, values: values, now: now), audit: files.catalog)
    }

    private var migration: Migration {
        Migration(
            of: team, to: target, among: stores, secrets: files.catalog, assignments: files.catalog,
            recovery: recovery, writer: writer)
    }

    private func fill(_ value: String = "value") async throws {
        for name in names { _ = try await writer.create(name, in: team, value: Secret(text: value), by: admin) }
    }

    private func run() async throws -> [(name: String, error: BrokerError?)] {
        var steps: [(name: String, error: BrokerError?)] = []
        try await migration.run(by: admin) { steps.append(($0.record.name.text, $0.error)) }
        return steps
    }

    private func expectReadable(_ value: String = "value") async throws {
        let found = try await resolver.readValues(of: names.sorted(), in: team, for: robot)
        #expect(found.values.allSatisfy { $0.matches(Secret(text: value)) })
        #expect(found.count == names.count)
    }

    @Test("moves every secret, keeps every value, and leaves nothing in the old store")
    func moves() async throws {
        try await fill()
        let steps = try await run()
        #expect(steps.map(\.name) == ["A", "B", "C"] && steps.allSatisfy { $0.error == nil })
        try await expectReadable()
        _ = try await recovery.pass(all: true)
        #expect(await old.references.isEmpty)
        #expect(await new.references.count == 3)
        #expect(try await migration.remaining().isEmpty)
    }

    @Test("sends new versions to the new store from its start")
    func assigns() async throws {
        _ = try await run()
        try await fill("other")
        #expect(await new.references.count == 3)
        #expect(try await files.catalog.assignedStore(of: team) == target.name)
        #expect(try await files.catalog.assignedStore(of: TeamName("another")!) == nil)
    }

    @Test(
        "passes over what cannot be moved, which goes on serving, and moves it when asked again",
        arguments: [ProviderError.Kind.denied, .unavailable, .conflict])
    func failing(_ kind: ProviderError.Kind) async throws {
        try await fill()
        await new.fail(.create, kind)
        let steps = try await run()
        #expect(steps.map { $0.error == nil } == [false, true, true])
        try await expectReadable()
        #expect(try await migration.remaining().map(\.name) == [names[0]])
        #expect(try await run().map(\.name) == ["A"])
        #expect(try await migration.remaining().isEmpty)
    }

    @Test("leaves a value where it is that the new store has no room for")
    func tooLarge() async throws {
        try await fill("larger than eight bytes")
        await #expect(throws: Migration.Refusal.tooLarge(names, limit: 8)) { try await run() }
        #expect(await new.references.isEmpty)
        #expect(try await files.catalog.assignedStore(of: team) == nil)
        try await expectReadable("larger than eight bytes")
    }

    @Test("says that a value is lost that is not in the old store any more")
    func lost() async throws {
        try await fill()
        let first = try #require(try await files.catalog.secret(names[0], in: team))
        await old.remove(first.version.reference)
        #expect(try await run().first?.error == .valueLost([names[0]]))
    }

    @Test("sends a write to the new store that waited for its turn meanwhile, too")
    func waitingWrite() async throws {
        try await fill()
        await old.hold()
        async let first = writer.rotate(names[0], in: team, value: Secret(text: "first"), expected: nil, by: admin)
        try await old.waitUntilHeld(1)
        async let second = writer.rotate(names[0], in: team, value: Secret(text: "second"), expected: nil, by: admin)
        try await files.catalog.assign(target.name, to: team, by: admin.actor).get()
        await old.release()
        _ = try await (first, second)
        #expect(try await files.catalog.secret(names[0], in: team)?.version.store == target.name)
        #expect(try await run().map(\.name) == ["B", "C"])
        _ = try await recovery.pass(all: true)
        #expect(await old.references.isEmpty)
    }

    @Test("is refused, and nothing is changed, while a broker is alive that has no such store")
    func strangers() async throws {
        try await fill()
        try await files.catalog.announce("broker-1", stores: [.default: "memory"], lease: .seconds(30))
        await #expect(throws: Migration.Refusal.storeUnknown(to: "broker-1")) { try await run() }
        #expect(try await files.catalog.assignedStore(of: team) == nil)
        try await files.catalog.announce(
            "broker-1", stores: [.default: "memory", target.name: "memory"], lease: .seconds(30))
        #expect(try await run().count == 3)
        try await files.catalog.announce(
            "broker-2", stores: [.default: "memory", target.name: "memory"], lease: .zero)
        try await files.catalog.withdraw("broker-1")
        #expect(try await run().isEmpty)
    }

    @Test("keeps the catalog from being opened without the store that it moved a team to")
    func remembered() async throws {
        _ = try await run()
        let error = await #expect(throws: StoreMismatch.self) {
            try await files.catalog.registerStores([.default: "memory"])
        }
        #expect(error == .notConfigured(target.name, StoreContent(secrets: 0, owed: 0, teams: [team])))
    }

    @Test("beside a writer that never stops, moves all in the end, and no value is lost or old")
    func besideWriter() async throws {
        try await fill("0")
        let (writer, names, team, admin) = (writer, names, team, admin)
        async let written: Void = {
            for number in 1...30 {
                let name = names[number % names.count]
                _ = try await writer.rotate(
                    name, in: team, value: Secret(text: "\(number)"), expected: nil, by: admin)
            }
        }()
        let steps = try await run()
        try await written
        #expect(steps.allSatisfy { $0.error == nil })
        #expect(try await migration.remaining().isEmpty)
        let found = try await resolver.readValues(of: names.sorted(), in: team, for: robot)
        for (index, last) in [(0, "30"), (1, "28"), (2, "29")] {
            #expect(found[names[index]]?.matches(Secret(text: last)) == true)
        }
    }
}
