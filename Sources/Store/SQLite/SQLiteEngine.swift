import Broker
import Dispatch
import GRDB
import Glibc
import Logging
import NIOConcurrencyHelpers

/// A catalog in one SQLite file, which several processes may have open at once.
///
/// Reads are snapshots and wait for no writer.
final class SQLiteEngine: Engine {
    let pool: DatabasePool
    /// Whether the file was made a catalog as it was opened.
    let isNew: Bool
    private let readers: SQLiteReaders
    private let file: CatalogFile
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger?
    private let noted = NIOLockedValueBox<CatalogTrouble?>(nil)
    /// How long a transaction may take, including its wait for those before it.
    private let deadlines: Deadlines

    private init(
        _ pool: DatabasePool, isNew: Bool, at path: String, patience: Duration,
        clock: @escaping @Sendable () -> Timestamp, logger: Logger?
    ) {
        self.pool = pool
        self.isNew = isNew
        file = CatalogFile(at: path)
        readers = SQLiteReaders(path: path, file: file, patience: patience)
        deadlines = Deadlines(after: patience * 3)
        self.clock = clock
        self.logger = logger
    }

    static func open(
        path: String, allowing preparation: CatalogPreparation, clock: @escaping @Sendable () -> Timestamp,
        patience: Duration, logger: Logger? = nil
    ) throws(CatalogOpenError) -> SQLiteEngine {
        try CatalogFile.requireUnmoved(path)
        guard try CatalogFile.exists(path) || preparation != .none else { throw .missing(path: path) }
        let deadline = ContinuousClock.now + patience
        while true {
            do {
                // Each time, so that it is never SQLite that makes the file.
                try CatalogFile.prepare(path)
                try CatalogFile.requireOwnLog(path)
                let (pool, isNew) = try openPool(path, allowing: preparation, patience)
                return SQLiteEngine(pool, isNew: isNew, at: path, patience: patience, clock: clock, logger: logger)
            } catch {
                // The change to WAL mode can answer "busy" at once when another process makes it too; and one that opens a
                // backup at this moment has something in the log before the mark is gone.
                let refusal = error as? CatalogOpenError ?? CatalogOpenError(error, path: path)
                let mayPass = refusal == .locked(path: path) || refusal == .restoredOverLog(path: path)
                guard mayPass, ContinuousClock.now < deadline else { throw refusal }
                usleep(10_000)
            }
        }
    }

    var now: Timestamp { clock() }

    /// Pruning leaves room in the file, which is written over before the file grows; but every write first goes through
    /// the write-ahead log, which wants room on the disk.
    var space: CatalogSpace? {
        let space = file.space
        guard let space, space.missing == 0, let left = try? reusable() else { return space }
        return CatalogSpace(used: space.used - left, free: space.free + left, total: space.total)
    }

    /// The room that pruning has left in the file, in bytes.
    private func reusable() throws -> Int {
        let sql = "SELECT freelist_count * page_size AS bytes FROM pragma_freelist_count, pragma_page_size"
        return Int(try readers.rows(sql, []).first.orDamaged().integer("bytes"))
    }

    var epoch: Int? { nil }

    var trouble: CatalogTrouble? { noted.withLockedValue(\.self) }

    /// Keeps what stood in the way of the last write, nil where nothing did, and logs it where that is news.
    private func note(_ trouble: CatalogTrouble?) {
        let before = noted.withLockedValue { noted in
            defer { noted = trouble }
            return noted
        }
        guard trouble != before else { return }
        if let trouble {
            logger?.error("the catalog cannot be written", metadata: ["why": "\(trouble.sentence)"])
        } else {
            logger?.notice("the catalog can be written again")
        }
    }

    /// Reads on the calling thread, with a connection that nobody else uses meanwhile: a hop to another thread would
    /// cost more than the read.
    func query(_ sql: String, _ values: [(any SQLConvertible)?]) async throws(CatalogError) -> [Row] {
        try readers.rows(sql, values)
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Session) throws -> Value
    ) async throws(CatalogError) -> Value {
        do {
            return try await pool.read { db in try body(SQLiteSession(db: db)) }
        } catch {
            throw CatalogError(error)
        }
    }

    /// Blocks while all connections for reading are in use.
    func readNow<Value>(_ body: (any Session) throws -> Value) throws -> Value {
        try pool.read { db in try body(SQLiteSession(db: db)) }
    }

    /// - Throws: `unavailable` also when the file is not where it was opened; `inDoubt` also when the disk takes longer
    ///   than the engine waits.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any Session, Timestamp) throws -> Value,
        then done: @escaping @Sendable (Result<Value, CatalogError>) -> Void
    ) {
        let wait = BoundedWait.start(within: deadlines) { [self] (outcome: Result<Value, CatalogError>) in
            // That a commit failed has been noted, and not that the disk keeps it waiting.
            if case .failure(.inDoubt) = outcome, trouble == nil { note(.slow) }
            done(outcome)
        }
        pool.asyncWriteWithoutTransaction { [self] db in
            guard wait.begin() else { return }
            guard file.isInPlace else {
                note(.moved)
                return wait.end(.failure(.unavailable))
            }
            wait.end(
                transaction(on: db) { session in
                    // Whoever opened the file before it was sealed, or before a later program brought its schema on,
                    // writes there no more.
                    guard try Self.schema(session) == SQLiteSchema.migrations.count, try Seal.read(session) == nil
                    else { throw CatalogTrouble.superseded }
                    return try body(session, clock())
                })
        }
    }

    /// Runs a transaction of any length on the calling thread.
    func writeNow<Value>(_ body: (any Session, Timestamp) throws -> Value) throws(CatalogError) -> Value {
        try pool.writeWithoutTransaction { db in
            transaction(on: db) { session in try body(session, clock()) }
        }.get()
    }

    /// Runs a transaction that begins with the write lock, so that what `body` reads still holds when it writes.
    private func transaction<Value>(
        on db: Database, _ body: (any Session) throws -> Value
    ) -> Result<Value, CatalogError> {
        let value: Value
        do {
            _ = try SQLiteSession(db: db).run("BEGIN IMMEDIATE", [])
            value = try body(SQLiteSession(db: db))
        } catch {
            try? db.rollback()
            if let trouble = CatalogTrouble(error, of: file) { note(trouble) }
            return .failure(CatalogError(error))
        }
        do {
            _ = try SQLiteSession(db: db).run("COMMIT", [])
            note(nil)
            return .success(value)
        } catch {
            try? db.rollback()
            if let trouble = CatalogTrouble(error, of: file) { note(trouble) }
            return .failure(CatalogError(inCommit: error))
        }
    }

    /// Writes a page with what it already holds, to learn whether a full, read-only or missing disk refuses it.
    func canWrite() async -> Bool {
        do throws(CatalogError) {
            try await write { db, _ in
                _ = try db.run("PRAGMA user_version = \(Self.schema(db))", [])
            }
            return true
        } catch {
            return false
        }
    }

    private static func schema(_ db: any Session) throws -> Int {
        Int(try db.row("PRAGMA user_version", []).orDamaged().integer("user_version"))
    }

    /// Moves the content of the write-ahead log into the file.
    /// - Throws: SQLite's error when not all of it was moved, as on a disk without room for both.
    func emptyLog() throws {
        _ = try pool.writeWithoutTransaction { db in try db.checkpoint(.truncate) }
    }

    /// Closes the file once the transactions under way have ended.
    func close() {
        // Neither of these can lose anything: what is still in the write-ahead log is read at the next start.
        readers.close()
        try? emptyLog()
        try? pool.close()
    }

    private static func openPool(
        _ path: String, allowing preparation: CatalogPreparation, _ patience: Duration
    ) throws -> (pool: DatabasePool, isNew: Bool) {
        var configuration = Configuration()
        configuration.label = "catalog"
        // These are the threads that run requests, so that neither a request nor its end waits for another to wake.
        // Dispatch adds one within a second when the disk holds one up.
        configuration.writeTargetQueue = .global()
        configuration.busyMode = .timeout(patience / .seconds(1))
        configuration.prepareDatabase { db in
            // Before the mode is changed to WAL: the file may be somebody else's.
            try SQLiteSchema.recognise(db, path: path, allowing: preparation)
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        let isNew = try pool.writeWithoutTransaction { db in
            // GRDB sets NORMAL with WAL mode, which can lose the last commits with the power.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            let isNew = try SQLiteSchema.prepare(db, path: path, allowing: preparation)
            guard try SQLiteSchema.isSound(db) else { throw CatalogOpenError.damaged(path: path) }
            return isNew
        }
        return (pool, isNew)
    }
}

extension CatalogOpenError {
    init(_ error: any Error, path: String) {
        guard let error = error as? DatabaseError else {
            self = .damaged(path: path)
            return
        }
        self =
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED: .locked(path: path)
            case _ where error.isFullDisk: .diskFull(path: path)
            case .SQLITE_NOTADB: .notACatalog(path: path)
            case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: .permissionDenied(path: path)
            case .SQLITE_CORRUPT, .SQLITE_ERROR, .SQLITE_SCHEMA: .damaged(path: path)
            default: .failed(path: path, code: error.extendedResultCode.rawValue)
            }
    }
}
