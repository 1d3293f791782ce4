import Broker
import GRDB
import Support
import Testing

@testable import Store

@Suite("What the catalog keeps")
struct CatalogTests {
    private let fixture: CatalogFixture
    private var catalog: Catalog { fixture.catalog }

    init() async throws {
        fixture = try await CatalogFixture()
    }

    // MARK: Reads

    @Test("a team sees its own secrets only, of the names that it asks for")
    func teams() async throws {
        let ours = try await catalog.perform(.fixture(.create, .token)).version
        try await catalog.perform(.fixture(.create, .token, in: .platform))
        try await catalog.perform(.fixture(.create, .key, in: .platform))
        #expect(try await catalog.versions(of: [.token, .key], in: .research) == [.token: ours])
        #expect(try await catalog.versions(of: [], in: .research).isEmpty)
        #expect(try await catalog.secret(.key, in: .research) == nil)
        #expect(try await catalog.secrets(in: .research).map(\.name) == [.token])
    }

    @Test("pages follow one another without a gap or a repetition", arguments: [1, 2, 3, 7, 100])
    func pages(limit: Int) async throws {
        for team in [TeamName.platform, .research] {
            for number in [3, 10, 2, 1] {
                try await catalog.perform(.fixture(.create, SecretName("S\(number)")!, in: team))
            }
        }
        var seen: [String] = []
        var cursor: (team: TeamName, name: SecretName)?
        while case let page = try await catalog.secrets(after: cursor, limit: limit), let last = page.last {
            seen += page.map { "\($0.team)/\($0.name)" }
            try #require(seen.count <= 8)
            cursor = (last.team, last.name)
        }
        let expected = ["platform", "research"].flatMap { team in ["S1", "S10", "S2", "S3"].map { "\(team)/\($0)" } }
        #expect(seen == expected)
    }

    @Test(
        "a row that contradicts itself is damage",
        arguments: ["store = 'NO STORE'", "name = 'not a name'", "team = 'NO TEAM'"])
    func damaged(change: String) async throws {
        try await catalog.perform(.fixture(.create))
        try await fixture.tamper("PRAGMA foreign_keys = OFF; UPDATE secret SET \(change)")
        await #expect(throws: CatalogError.damaged) { try await catalog.secrets(after: nil, limit: 10) }
    }

    // MARK: Adoption

    @Test("an object is one secret's: who adopts it for another is told whose it is, and the record says what it was")
    func adoption() async throws {
        let now = fixture.clock.now
        let version = Version(
            store: .default, reference: Reference(recorded: "console-made"), pin: Pin("1"), journaled: now,
            committed: now, isOwned: false)
        try await catalog.adopt(version, as: .key, in: .platform, by: .alice).get()
        #expect(try await catalog.secret(.key, in: .platform)?.adoptedFrom == version.reference)
        let log = try await catalog.activity(ActivityFilter(), before: nil, limit: 1).events
        #expect(log.map(\.event.adoptedFrom) == [version.reference])
        for (name, team) in [(SecretName.key, TeamName.research), (.token, .platform)] {
            let answer = try await catalog.adopt(version, as: name, in: team, by: .alice)
            #expect(throws: AdoptionRefusal.inUse(as: .key, in: .platform)) { try answer.get() }
        }
    }

    // MARK: Disk

    @Test("with a full disk nothing of a transaction happens, and reads go on")
    func diskFull() async throws {
        let record = try await catalog.perform(.fixture(.create))
        let pages = try await fixture.count("PRAGMA page_count")
        try await fixture.sqlite.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
        let actor = Principal(tokenID: String(repeating: "x", count: 20_000), name: "n", address: nil, requestID: "r")
        let before = try await fixture.auditTrail()
        let rotation = Put.fixture(.rotate, by: actor)
        await #expect(throws: CatalogError.unavailable) { try await catalog.open(rotation, lease: .seconds(10)) }
        #expect(try await catalog.secrets(in: .research) == [record])
        #expect(try await fixture.auditTrail() == before)
        #expect(try await catalog.journalDepth().writing == 0)
        try await fixture.sqlite.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA max_page_count = 10000") }
        try await catalog.perform(rotation)
    }

    @Test("an error of syncing leaves a commit in doubt; any other leaves nothing")
    func doubt() {
        #expect(CatalogError(inCommit: DatabaseError(resultCode: .SQLITE_IOERR_FSYNC)) == .inDoubt)
        #expect(CatalogError(inCommit: DatabaseError(resultCode: .SQLITE_FULL)) == .unavailable)
        #expect(CatalogError(inCommit: DatabaseError(resultCode: .SQLITE_BUSY)) == .unavailable)
        #expect(CatalogError(DatabaseError(resultCode: .SQLITE_IOERR)) == .unavailable)
        #expect(CatalogError(DatabaseError(resultCode: .SQLITE_CORRUPT_INDEX)) == .damaged)
        #expect(CatalogError(DatabaseError(resultCode: .SQLITE_NOTADB)) == .damaged)
    }

    @Test("another process that keeps the write lock makes a write unavailable, after the patience")
    func locked() async throws {
        let impatient = try Catalog.open(
            path: fixture.path, clock: { Timestamp(milliseconds: 0) }, patience: .milliseconds(20))
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let queue = try DatabaseQueue(path: fixture.path, configuration: configuration)
        try queue.inDatabase { db in try db.execute(sql: "BEGIN IMMEDIATE") }
        await #expect(throws: CatalogError.unavailable) { try await impatient.expireLeases() }
        #expect(try await impatient.secrets(in: .research).isEmpty)
        try queue.inDatabase { db in try db.execute(sql: "ROLLBACK") }
        #expect(try await impatient.expireLeases() == 0)
    }

    @Test("is written no more by a program that ran on while a later one brought its schema on, and says so when asked")
    func laterSchema() async throws {
        #expect(await catalog.canAppend())
        try await catalog.pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA user_version = 99") }
        await #expect(throws: CatalogError.unavailable) {
            try await catalog.append([AuditEvent(.backUp, .done, by: .alice, team: nil)])
        }
        #expect(await catalog.canAppend() == false)
        #expect(try await fixture.count("PRAGMA user_version") == 99)
    }

    // MARK: Stores

    @Test("a store that holds a secret must be configured, and where it was")
    func stores() async throws {
        let old = StoreName("old")!
        try await catalog.perform(.fixture(.create))
        let one = StoreContent(secrets: 1, owed: 0, teams: [])
        await #expect(throws: StoreMismatch.notConfigured(.default, one)) {
            try await catalog.registerStores([old: "x"])
        }
        await #expect(
            throws: StoreMismatch.moved(.default, from: "aws/eu-west-1/wandb", to: "aws/us-east-1/wandb")
        ) { try await catalog.registerStores([.default: "aws/us-east-1/wandb"]) }
        try await catalog.registerStores([.default: "aws/eu-west-1/wandb", old: "x"])
        try await catalog.registerStores([.default: "aws/eu-west-1/wandb", old: "y"])
        try await catalog.registerStores([.default: "aws/eu-west-1/wandb"])
    }

    @Test("an unused store stays where a broker that is alive has it")
    func storeElsewhere() async throws {
        let west = StoreName("west")!
        let here = [StoreName.default: "x", west: "aws/us-west-2/"]
        try await catalog.registerStores(here, announcing: ("broker-1", .seconds(30)))
        let there = [StoreName.default: "x", west: "aws/us-west-1/"]
        await #expect(throws: StoreMismatch.elsewhere(west, at: "aws/us-west-2/", broker: "broker-1")) {
            try await catalog.registerStores(there)
        }
        try await catalog.registerStores(here)
        fixture.clock.advance(by: .seconds(30))
        try await catalog.registerStores(there)
    }

    @Test("a broker that was silent for so long that another came with other stores is told so when it speaks again")
    func silent() async throws {
        let here = [StoreName.default: "x"]
        let there = [StoreName.default: "y"]
        let lease = Duration.seconds(30)
        try await catalog.registerStores(here, announcing: ("broker-1", lease))
        fixture.clock.advance(by: lease)
        try await catalog.registerStores(there, announcing: ("broker-2", lease))
        await #expect(throws: StoreMismatch.elsewhere(.default, at: "y", broker: "broker-2")) {
            try await catalog.announce("broker-1", stores: here, lease: lease)
        }
        try await catalog.announce("broker-2", stores: there, lease: lease)
        // Nobody came in between: it goes on.
        fixture.clock.advance(by: lease)
        try await catalog.announce("broker-2", stores: there, lease: lease)
    }

    @Test("a broker from before the clock was set back does not come back to life")
    func fromLater() async throws {
        fixture.clock.advance(by: .seconds(3600))
        try await catalog.registerStores([.default: "x"], announcing: ("gone", .seconds(30)))
        fixture.clock.advance(by: .seconds(-3600))
        let stores = [StoreName.default: "x", StoreName("west")!: "y"]
        try await catalog.registerStores(stores, announcing: ("here", .seconds(30)))
        try await catalog.announce("here", stores: stores, lease: .seconds(30))
        fixture.clock.advance(by: .seconds(3600))
        try await catalog.announce("here", stores: stores, lease: .seconds(30))
        let put = Put(
            .create, .token, in: .research,
            at: .init(store: StoreName("west")!, reference: Reference(recorded: "wandb-research-a")), expected: nil,
            by: .alice)
        #expect(try await catalog.open(put, lease: .seconds(10)) == .success(nil))
    }

    @Test("a store that still owes a purge must be configured; one that only holds something back need not")
    func storesOwing() async throws {
        _ = try await catalog.settle(.fixture(.create), failure: "internal")
        let owing = StoreContent(secrets: 0, owed: 1, teams: [])
        await #expect(throws: StoreMismatch.notConfigured(.default, owing)) { try await catalog.registerStores([:]) }
        let obligation = try #require(try await catalog.obligations(all: true, limit: 1).first)
        try await catalog.advance(obligation, .held(until: fixture.clock.now.adding(.seconds(60))))
        try await catalog.registerStores([:])
    }

    @Test("a refused registration changes nothing, and says what to do")
    func refusedRegistration() async throws {
        try await catalog.perform(.fixture(.create))
        let mismatch = await #expect(throws: StoreMismatch.self) {
            try await catalog.registerStores([StoreName("new")!: "x"])
        }
        #expect(mismatch?.sentence.contains("default") == true)
        #expect(try await fixture.count("SELECT count(*) FROM store") == 1)
    }

    // MARK: Contents

    @Test("no table has a column but these: none could hold a value or anything derived from one")
    func columns() async throws {
        let columns = try await fixture.sqlite.read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT schema.name || ': ' || group_concat(info.name, ' ')
                    FROM sqlite_schema AS schema, pragma_table_xinfo(schema.name) AS info
                    WHERE schema.type = 'table' GROUP BY schema.name ORDER BY schema.name
                    """)
        }
        let record =
            "team name store reference pin journaled_at committed_at created_at created_by updated_at updated_by owned"
        #expect(
            columns == [
                "access_state: changes",
                "audit: seq record hash team",
                "audit_segment: last_seq hash last_at pruned_at",
                "broker: id stores seen_until",
                "counted: through",
                "daily_use: day team name uses",
                "decision: write_id outcome decided_at \(record)",
                "drift: reference kind found_at",
                "journal: reference store team name state write_id action journaled_at due_at failures owed_at",
                "restored: backed_up_at", "sealed: sealed_at successor",
                "secret: \(record)",
                "store: name identity",
                "team_store: team store",
                "token: id hash name role team secrets webhook created_at expires_at minted_by revoked_at",
                "usage: team name automation last_at",
                "uses_by_day: day team name uses",
                "webhook: team name revision confirmed url access_token signing_secret signature_encoding verify_with "
                    + "answer created_at created_by updated_at updated_by",
                "webhook_header: team webhook name value",
                "webhook_payload_secret: team webhook at secret",
            ])
    }
}
