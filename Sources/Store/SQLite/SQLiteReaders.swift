import Broker
import GRDB
import GRDBSQLite
import NIOConcurrencyHelpers

/// A connection that reads one statement at a time, for one thread at a time.
@safe final class SQLiteReader {
    private let connection: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]

    /// - Throws: `DatabaseError`.
    convenience init(path: String, patience: Duration) throws {
        try self.init(name: path, flags: 0)
        unsafe sqlite3_busy_timeout(connection, Int32(clamping: Int64(patience / .milliseconds(1))))
    }

    /// Of the file as it is, without its write-ahead log and without a lock.
    /// - Throws: `DatabaseError`.
    convenience init(immutable path: String) throws {
        let name = path.replacing("%", with: "%25").replacing("?", with: "%3f").replacing("#", with: "%23")
        try self.init(name: "file:\(path.hasPrefix("/") ? "//" : "")\(name)?immutable=1", flags: SQLITE_OPEN_URI)
    }

    private init(name: String, flags: Int32) throws {
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open_v2(
            name, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | flags, nil)
        guard code == SQLITE_OK, let opened = unsafe opened else {
            unsafe sqlite3_close_v2(opened)
            throw DatabaseError(resultCode: ResultCode(rawValue: code))
        }
        unsafe connection = unsafe opened
    }

    deinit {
        for statement in statements.values { unsafe sqlite3_finalize(statement.handle) }
        unsafe sqlite3_close_v2(connection)
    }

    /// - Throws: `DatabaseError`, `CatalogError`.
    func rows(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> [Row] {
        if let statement = statements[sql] { return try statement.rows(values) }
        var handle: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard code == SQLITE_OK, let handle = unsafe handle else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code))
        }
        let statement = unsafe SQLiteStatement(handle)
        statements[sql] = statement
        return try statement.rows(values)
    }
}

/// The connections for reading: as many as there were readers at once.
final class SQLiteReaders: Sendable {
    /// `@unchecked`: whoever takes it out of the list, under its lock, is the only one who has it.
    private struct Idle: @unchecked Sendable {
        let reader: SQLiteReader
    }

    private let path: String
    private let file: CatalogFile
    private let patience: Duration
    /// The idle connections; nil once they are closed.
    private let idle = NIOLockedValueBox<[Idle]?>([])

    init(path: String, file: CatalogFile, patience: Duration) {
        self.path = path
        self.file = file
        self.patience = patience
    }

    /// Runs one statement that reads what is committed now.
    func rows(_ sql: String, _ values: [(any SQLConvertible)?]) throws(CatalogError) -> [Row] {
        do {
            let reader = try take()
            let rows = try reader.rows(sql, values)
            let used = Idle(reader: reader)
            idle.withLockedValue { $0?.append(used) }
            return rows
        } catch {
            throw CatalogError(error)
        }
    }

    func close() {
        let closed = idle.withLockedValue { idle in
            defer { idle = nil }
            return idle
        }
        _ = consume closed
    }

    private func take() throws -> SQLiteReader {
        let (isOpen, last) = idle.withLockedValue { idle in (idle != nil, idle?.popLast()) }
        guard isOpen, last != nil || file.isInPlace else { throw CatalogError.unavailable }
        return try last?.reader ?? SQLiteReader(path: path, patience: patience)
    }
}
