package import Broker
import GRDB
import Glibc

/// The catalog in one SQLite file, which several processes may have open at once.
///
/// Reads are snapshots and wait for no writer. A write is durable when it returns, and is not undone when its caller
/// is cancelled.
package final class SQLiteCatalog: Sendable {
    let pool: DatabasePool
    let file: CatalogFile
    let clock: @Sendable () -> Timestamp
    /// How long a transaction may take, with its wait for those before it.
    let patience: Duration

    private init(
        pool: DatabasePool, file: CatalogFile, patience: Duration, clock: @escaping @Sendable () -> Timestamp
    ) {
        self.pool = pool
        self.file = file
        self.patience = patience
        self.clock = clock
    }

    /// Opens the catalog, or makes a new one, and brings its schema up to date. Blocks.
    ///
    /// - Parameters:
    ///   - creating: whether to make one where there is none.
    ///   - clock: the time that leases and expiry go by.
    ///   - patience: how long to wait, here and in every later transaction, while another process has the file locked.
    ///     A transaction is waited for three times as long.
    package static func open(
        path: String, creating: Bool = true, clock: @escaping @Sendable () -> Timestamp,
        patience: Duration = .seconds(5)
    ) throws(CatalogOpenError) -> SQLiteCatalog {
        guard creating || CatalogFile(at: path).isInPlace else { throw .missing(path: path) }
        try CatalogFile.prepare(path)
        let deadline = ContinuousClock.now + patience
        while true {
            do {
                let pool = try openPool(path, patience)
                return SQLiteCatalog(
                    pool: pool, file: CatalogFile(at: path), patience: patience * 3, clock: clock)
            } catch let error as CatalogOpenError {
                throw error
            } catch {
                // The change to WAL mode can answer "busy" at once when another process makes it too.
                let refusal = CatalogOpenError(error, path: path)
                guard refusal == .locked(path: path), ContinuousClock.now < deadline else { throw refusal }
                usleep(10_000)
            }
        }
    }

    /// Waits for the transactions under way. What is asked afterwards is `unavailable`.
    package func close() {
        // Neither can lose anything: what is still in the write-ahead log is read at the next start.
        try? pool.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
        try? pool.close()
    }

    private static func openPool(_ path: String, _ patience: Duration) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = "catalog"
        configuration.busyMode = .timeout(patience / .seconds(1))
        configuration.prepareDatabase { db in
            // Before the mode is changed to WAL: the file may be somebody else's.
            try Schema.recognise(db, path: path)
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { db in
            // GRDB sets NORMAL with WAL mode, which can lose the last commits with the power.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try Schema.migrate(db, path: path)
            guard try Schema.isSound(db) else { throw CatalogOpenError.damaged(path: path) }
        }
        return pool
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
            case .SQLITE_FULL: .diskFull(path: path)
            case .SQLITE_NOTADB: .notACatalog(path: path)
            case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: .permissionDenied(path: path)
            case .SQLITE_CORRUPT, .SQLITE_ERROR, .SQLITE_SCHEMA: .damaged(path: path)
            default: .failed(path: path, code: error.extendedResultCode.rawValue)
            }
    }
}

extension SQLiteCatalog {
    /// Nil where the system does not tell.
    package var space: CatalogSpace? { file.space }
}
