import Broker
import GRDB

/// A transaction on one of SQLite's connections.
struct SQLiteSession: Session {
    let db: Database

    var accessState: AccessState {
        get throws { try AccessState(row("SELECT \(AccessState.column)", []).orDamaged(), epoch: nil) }
    }

    func rows(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> [Row] {
        try statement(sql).rows(values)
    }

    func run(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> Int {
        _ = try rows(sql, values)
        return db.changesCount
    }

    func run(_ sql: String, each lists: [[(any SQLConvertible)?]]) throws {
        guard !lists.isEmpty else { return }
        let statement = try statement(sql)
        for values in lists { _ = try statement.rows(values) }
    }

    private func statement(_ sql: String) throws -> SQLiteStatement {
        unsafe SQLiteStatement(try db.cachedStatement(sql: sql).sqliteStatement)
    }
}

extension CatalogError {
    init(_ error: any Error) {
        if let error = error as? CatalogError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            // A read whose caller was cancelled tells nothing about the file.
            self = error is CancellationError || error is CatalogTrouble ? .unavailable : .damaged
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

    /// The error of a commit. When syncing failed, the transaction may or may not be on the disk after a crash.
    init(inCommit error: any Error) {
        let isLostSync = (error as? DatabaseError)?.resultCode == .SQLITE_IOERR
        self = isLostSync ? .inDoubt : CatalogError(error)
    }
}
