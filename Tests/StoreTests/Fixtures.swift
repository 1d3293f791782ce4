import Broker
import GRDB
import Logging
import Support
import Testing

@testable import Store

extension ManualClock {
    /// One for catalogs. What goes by a server's own clock finds it in the past.
    static func past() -> ManualClock { ManualClock(at: Timestamp(milliseconds: 1_764_000_000_000)) }

    var now: Timestamp { timestamp }
}

/// Where the catalogs of a test are.
enum EngineKind: String, CaseIterable, Sendable {
    case sqlite, postgreSQL

    @TaskLocal static var current = sqlite

    static var available: [EngineKind] { PostgreSQLServer.programs == nil ? [.sqlite] : allCases }
}

/// Runs each test of a suite on every engine.
struct EveryEngine: TestTrait, SuiteTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        for kind in EngineKind.available {
            try await EngineKind.$current.withValue(kind) { try await function() }
        }
    }
}

extension Trait where Self == EveryEngine {
    static var everyEngine: Self { EveryEngine() }
}

/// A catalog, open once or several times as by several processes.
struct CatalogFixture: Sendable {
    private let directory = TestFolder()
    let clock = ManualClock.past()
    let catalog: Catalog
    /// Of a catalog in PostgreSQL.
    let url: PostgreSQLURL?

    /// Of a catalog in a file.
    var path: String { directory.path + "/catalog.db" }

    init() async throws {
        switch EngineKind.current {
        case .sqlite: url = nil
        case .postgreSQL: url = PostgreSQLURL(try await PostgreSQLServer.emptySchema())
        }
        catalog = try Self.open(directory.path + "/catalog.db", url, clock)
        try await catalog.registerStores([.default: "aws/eu-west-1/wandb"])
    }

    /// As another process would.
    func openAgain() throws -> Catalog { try Self.open(path, url, clock) }

    private static func open(_ path: String, _ url: PostgreSQLURL?, _ clock: ManualClock) throws -> Catalog {
        let catalog =
            if let url {
                try Catalog.open(
                    url, connections: 4, logger: Logger(label: "test"), clock: { clock.now },
                    reading: { _ in clock.now })
            } else {
                try Catalog.open(path: path, clock: { clock.now })
            }
        return Defect.current.map { Catalog(BrokenEngine(catalog.engine, $0)) } ?? catalog
    }

    /// What somebody with a shell on the machine can do.
    func tamper(_ sql: String) async throws {
        switch EngineKind.current {
        case .sqlite:
            try await sqlite.writeWithoutTransaction { db in
                try db.execute(
                    sql: "DROP TRIGGER IF EXISTS audit_is_append_only; "
                        + "DROP TRIGGER IF EXISTS audit_goes_by_pruned_segments; PRAGMA foreign_keys = OFF; " + sql
                        + "; PRAGMA foreign_keys = ON")
            }
        case .postgreSQL:
            // Without triggers and foreign keys.
            let schema = try #require(url?.parameters["options"]?.split(separator: "=").last)
            try await PostgreSQLServer.shared.value.query(
                "SET search_path = \(schema); SET session_replication_role = replica; " + sql)
        }
    }

    /// As the program itself could.
    func execute(_ sql: String) async throws {
        try await catalog.write { db, _ in _ = try db.run(sql, []) }
    }

    var sqlite: DatabasePool { catalog.pool }

    func count(_ sql: String) async throws -> Int {
        guard case .integer(let number)? = try await catalog.query(sql, as: { $0.values[0] }).first else { return 0 }
        return Int(number)
    }

    /// The audit log in short: `secret:create attempted`.
    func auditTrail() async throws -> [String] {
        try await catalog.auditRecords(team: nil, after: 0, limit: 10_000).map { entry in
            let event = try #require(AuditRecord.event(entry.json)).event
            switch event.outcome {
            case .attempted: return "\(event.action.rawValue) attempted"
            case .done, .answered: return "\(event.action.rawValue) done"
            case .held: return "\(event.action.rawValue) held"
            case .failed(let code): return "\(event.action.rawValue) failed \(code)"
            }
        }
    }
}

extension TeamName {
    static let research = TeamName("research")!
    static let platform = TeamName("platform")!
}

extension SecretName {
    static let token = SecretName("GITHUB_TOKEN")!
    static let key = SecretName("API_KEY")!
}

extension Principal {
    static let alice = Principal(tokenID: "t-alice", name: "alice", address: "192.0.2.7", requestID: "r-1")
    static let robot = Principal(tokenID: "t-robot", name: "deploy-bot", address: nil, requestID: "r-2")
}

extension Put {
    static func fixture(
        _ kind: Kind, _ name: SecretName = .token, in team: TeamName = .research, expected: VersionID? = nil,
        by actor: Principal = .alice
    ) -> Put {
        var random = SeededRandom(seed: .random(in: .min ... .max))
        let reference = Reference(namespace: "wandb", team: team, name: name, using: &random)
        return Put(
            kind, name, in: team, at: .init(store: .default, reference: reference), expected: expected, by: actor)
    }

    var reference: Reference { target.reference }
}

extension Deletion {
    static func fixture(
        _ name: SecretName = .token, expected: VersionID? = nil, unlessUsedSince usedSince: Timestamp? = nil
    ) -> Deletion {
        Deletion(of: name, in: .research, expected: expected, unlessUsedSince: usedSince, by: .alice)
    }
}

extension Catalog {
    /// Of a catalog in a file.
    var pool: DatabasePool { (((engine as? BrokenEngine)?.engine ?? engine) as! SQLiteEngine).pool }

    /// Opens and commits a write that nothing stands in the way of.
    @discardableResult
    func perform(_ put: Put, pin: Pin = Pin("pin")) async throws -> SecretRecord {
        let base = try await open(put, lease: .seconds(10)).get()
        return try await commit(put, pin: pin, base: base).get()
    }

    /// One in PostgreSQL.
    static func open(serverAt text: String, allowing preparation: CatalogPreparation = .upgrade) throws -> Catalog {
        let clock = ManualClock.past()
        return try open(
            #require(PostgreSQLURL(text)), allowing: preparation, logger: Logger(label: "test"),
            clock: { clock.now })
    }

    /// Waits for what the pool does in the background.
    func untilWritable() async throws {
        try await eventually("the catalog can be written") { await canAppend() }
    }
}
