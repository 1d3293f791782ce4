import Broker
import GRDB
import GRDBSQLite
import NIOConcurrencyHelpers

/// A prepared statement, used straight: on the way of every resolve, GRDB's rows and arguments would cost more than
/// SQLite itself.
@safe struct SQLiteStatement {
    let handle: OpaquePointer
    let columns: [String]

    init(_ handle: OpaquePointer) {
        unsafe self.handle = unsafe handle
        columns = unsafe (0..<sqlite3_column_count(handle)).map {
            unsafe String(cString: sqlite3_column_name(handle, $0))
        }
    }

    /// - Throws: `DatabaseError`, `CatalogError`.
    func rows(_ values: [(any SQLConvertible)?]) throws -> [Row] {
        defer { reset() }
        try bind(values)
        var rows: [Row] = []
        while true {
            switch unsafe sqlite3_step(handle) {
            case SQLITE_ROW: rows.append(try row())
            case SQLITE_DONE: return rows
            case let code: throw DatabaseError(resultCode: ResultCode(rawValue: code))
            }
        }
    }

    private func reset() {
        // Its code is that of the last step, which was told.
        _ = unsafe sqlite3_reset(handle)
        _ = unsafe sqlite3_clear_bindings(handle)
    }

    private func bind(_ values: [(any SQLConvertible)?]) throws {
        guard unsafe sqlite3_bind_parameter_count(handle) == Int32(values.count) else {
            throw DatabaseError(resultCode: .SQLITE_MISUSE)
        }
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            let code =
                switch value?.sqlValue ?? .null {
                case .null: unsafe sqlite3_bind_null(handle, place)
                case .integer(let number): unsafe sqlite3_bind_int64(handle, place, number)
                case .text(var text):
                    text.withUTF8 { bytes in
                        unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
                            unsafe sqlite3_bind_text(
                                handle, place, bytes.baseAddress, Int32(bytes.count), Self.copied)
                        }
                    }
                }
            guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
        }
    }

    /// SQLITE_TRANSIENT: SQLite takes a copy.
    private static let copied = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private func row() throws -> Row {
        Row(
            columns: columns,
            values: try columns.indices.map { index in
                let index = Int32(index)
                switch unsafe sqlite3_column_type(handle, index) {
                case SQLITE_NULL: return .null
                case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(handle, index))
                case SQLITE_TEXT:
                    guard let text = unsafe sqlite3_column_text(handle, index) else {
                        throw DatabaseError(resultCode: .SQLITE_NOMEM)
                    }
                    let bytes = unsafe UnsafeBufferPointer(
                        start: text, count: Int(sqlite3_column_bytes(handle, index)))
                    return .text(unsafe String(decoding: bytes, as: UTF8.self))
                default: throw CatalogError.damaged
                }
            })
    }
}

/// A connection that reads one statement at a time, for one thread at a time.
@safe final class SQLiteReader {
    private let connection: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]

    /// - Throws: `DatabaseError`.
    init(path: String, patience: Duration) throws {
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open_v2(path, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let opened = unsafe opened else {
            unsafe sqlite3_close_v2(opened)
            throw DatabaseError(resultCode: ResultCode(rawValue: code))
        }
        unsafe connection = unsafe opened
        unsafe sqlite3_busy_timeout(connection, Int32(clamping: Int64(patience / .milliseconds(1))))
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

/// Connections that read: as many as there were readers at once.
final class SQLiteReaders: Sendable {
    /// `@unchecked`: whoever takes it out of the list, under its lock, is the only one who has it.
    private struct Idle: @unchecked Sendable {
        let reader: SQLiteReader
    }

    private let path: String
    private let file: CatalogFile
    private let patience: Duration
    /// Nil once they are closed.
    private let idle = NIOLockedValueBox<[Idle]?>([])

    init(path: String, file: CatalogFile, patience: Duration) {
        self.path = path
        self.file = file
        self.patience = patience
    }

    /// One statement that reads what is committed now.
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
