import Broker
import Cryptography
import GRDB
import Glibc
import Support
import Synchronization
import Testing

@testable import Store

/// A directory of its own that goes with the last reference.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        path = "/tmp/store-tests-" + Hex.encode(SecureRandom().bytes(8))
        unsafe mkdir(path, 0o700)
    }

    deinit {
        guard let entries = unsafe opendir(path) else { return }
        while let entry = unsafe readdir(entries) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            unsafe unlink(path + "/" + name)
        }
        unsafe closedir(entries)
        unsafe rmdir(path)
    }
}

/// A clock that the test moves.
final class ManualClock: Sendable {
    private let milliseconds = Atomic<Int64>(1_764_000_000_000)

    var now: Timestamp { Timestamp(milliseconds: milliseconds.load(ordering: .sequentiallyConsistent)) }

    func advance(by duration: Duration) {
        let step = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
        milliseconds.wrappingAdd(step, ordering: .sequentiallyConsistent)
    }
}

/// A catalog file, open once or several times as by several processes.
struct CatalogFixture: Sendable {
    let directory = TemporaryDirectory()
    let clock = ManualClock()
    let catalog: SQLiteCatalog

    var path: String { directory.path + "/catalog.db" }

    init() throws {
        catalog = try SQLiteCatalog.open(path: directory.path + "/catalog.db", clock: { [clock] in clock.now })
        try catalog.registerStores([.default: "aws/eu-west-1/wandb"])
    }

    /// As another process would.
    func openAgain() throws -> SQLiteCatalog {
        try SQLiteCatalog.open(path: path, clock: { [clock] in clock.now })
    }

    /// What somebody with a shell on the machine can do.
    func tamper(_ sql: String) async throws {
        try await catalog.pool.writeWithoutTransaction { db in
            try db.execute(
                sql:
                    "DROP TRIGGER IF EXISTS audit_is_append_only; DROP TRIGGER IF EXISTS audit_goes_by_pruned_segments; "
                    + sql)
        }
    }

    func count(_ sql: String) async throws -> Int {
        try await catalog.pool.read { db in try Int.fetchOne(db, sql: sql) ?? 0 }
    }

    /// The audit log in short: `secret:create attempted`.
    func auditTrail() async throws -> [String] {
        try await catalog.pool.read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT (record ->> 'action') || ' ' || (record ->> 'outcome')
                        || coalesce(' ' || (record ->> 'code'), '') FROM audit ORDER BY seq
                    """)
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

extension Actor {
    static let alice = Actor(tokenID: "t-alice", name: "alice", address: "192.0.2.7", requestID: "r-1")
    static let robot = Actor(tokenID: "t-robot", name: "deploy-bot", address: nil, requestID: "r-2")
}

extension Write {
    static func fixture(
        _ kind: Kind, _ name: SecretName = .token, in team: TeamName = .research, expected: VersionID? = nil,
        by actor: Actor = .alice
    ) -> Write {
        var random = SeededRandom(seed: .random(in: .min ... .max))
        let reference = Reference(namespace: "wandb", team: team, name: name, using: &random)
        return Write(
            id: Hex.encode(SecureRandom().bytes(16)), kind: kind, team: team, name: name, actor: actor,
            target: kind == .delete ? nil : (.default, reference), expected: expected)
    }

    var reference: Reference { target!.reference }
}

extension SQLiteCatalog {
    /// Opens and commits a write that nothing stands in the way of.
    @discardableResult
    func perform(_ write: Write, pin: Pin = Pin("pin")) async throws -> SecretRecord {
        guard case .opened(let base) = try await open(write, lease: .seconds(10)) else { throw NotPerformed() }
        guard case .committed(let record?) = try await commit(write, pin: pin, base: base) else { throw NotPerformed() }
        return record
    }

    struct NotPerformed: Error {}
}

extension JournalOpening {
    /// In short, to compare: `opened`, `busy`, or the refusal.
    var summary: String {
        switch self {
        case .opened(let base): "opened \(base?.id.text ?? "nothing")"
        case .busy: "busy"
        case .refused(let refusal): "refused \(refusal)"
        }
    }
}

extension WriteDecision {
    var summary: String {
        switch self {
        case .committed(let record): "committed \(record?.version.id.text ?? "nothing")"
        case .refused(let refusal): "refused \(refusal)"
        case .lost: "lost"
        }
    }
}
