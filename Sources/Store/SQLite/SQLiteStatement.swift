import Broker
import GRDB
import GRDBSQLite

/// A prepared statement, used directly: on the path of every resolve, GRDB's rows and arguments would cost more than
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
        // Its code is that of the last step, which has been reported.
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

    /// SQLITE_TRANSIENT: makes SQLite take a copy.
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
