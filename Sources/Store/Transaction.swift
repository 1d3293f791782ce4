import Broker
import GRDB

extension SQLiteCatalog {
    /// A snapshot, read on the calling thread: a hop to another would cost more than the read.
    func read<Value>(_ body: (Database) throws -> Value) throws(CatalogError) -> Value {
        do {
            return try pool.read(body)
        } catch {
            throw CatalogError(error)
        }
    }

    /// One transaction, with the time at which it began. It ends as it would have ended when the caller is cancelled.
    ///
    /// - Throws: `unavailable` also when the file is not where it was opened; `inDoubt` also when the disk takes longer
    ///   than `patience`.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database, Timestamp) throws -> Value
    ) async throws(CatalogError) -> Value {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<BoundedWait<Value>.Outcome, _>) in
            let wait = BoundedWait(continuation)
            let timer = Task { [patience] in
                try await Task.sleep(for: patience)
                wait.giveUp()
            }
            pool.asyncWriteWithoutTransaction { [clock, file] db in
                guard wait.begin() else { return }
                wait.end(
                    file.isInPlace
                        ? Self.transaction(on: db) { db in try body(db, clock()) } : .failure(.unavailable))
                timer.cancel()
            }
        }
        return try result.get()
    }

    /// Begins with the write lock, so that what `body` reads is still so when it writes.
    static func transaction<Value>(
        on db: Database, _ body: (Database) throws -> Value
    ) -> Result<Value, CatalogError> {
        let value: Value
        do {
            try db.beginTransaction(.immediate)
            value = try body(db)
        } catch {
            try? db.rollback()
            return .failure(CatalogError(error))
        }
        do {
            try db.commit()
            return .success(value)
        } catch {
            try? db.rollback()
            return .failure(CatalogError(inCommit: error))
        }
    }
}

extension CatalogError {
    init(_ error: any Error) {
        if let error = error as? CatalogError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self = .damaged
            return
        }
        self =
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN,
                .SQLITE_NOMEM, .SQLITE_INTERRUPT, .SQLITE_ABORT, .SQLITE_MISUSE, .SQLITE_PERM, .SQLITE_AUTH,
                .SQLITE_PROTOCOL:
                .unavailable
            default:
                .damaged
            }
    }

    /// When syncing failed, the transaction may be found on the disk after a crash, or not.
    init(inCommit error: any Error) {
        let isLostSync = (error as? DatabaseError)?.resultCode == .SQLITE_IOERR
        self = isLostSync ? .inDoubt : CatalogError(error)
    }
}
