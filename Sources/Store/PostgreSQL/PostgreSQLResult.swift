import CPostgreSQL

/// A result of libpq's, freed with the last reference.
@safe final class PostgreSQLResult {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        unsafe self.pointer = unsafe pointer
    }

    deinit { unsafe PQclear(pointer) }

    var status: ExecStatusType { unsafe PQresultStatus(pointer) }

    var refusal: PostgreSQLError? {
        switch status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_PIPELINE_SYNC: nil
        // A statement after the one that was refused.
        case PGRES_PIPELINE_ABORTED: .refused(.failedTransaction)
        default:
            unsafe sqlState(of: pointer).map(PostgreSQLError.refused) ?? .lost
        }
    }

    var command: String { unsafe String(cString: PQcmdStatus(pointer)) }

    var changes: Int { unsafe Int(String(cString: PQcmdTuples(pointer))) ?? 0 }

    var rows: [Row] {
        guard status == PGRES_TUPLES_OK else { return [] }
        let width = unsafe PQnfields(pointer)
        let columns = (0..<width).map { unsafe String(cString: PQfname(pointer, $0)) }
        let isInteger = (0..<width).map { unsafe Self.integers.contains(PQftype(pointer, $0)) }
        return unsafe (0..<PQntuples(pointer)).map { row in
            Row(columns: columns, values: (0..<width).map { value(row, $0, isInteger[Int($0)]) })
        }
    }

    /// The types in which whole numbers come: `bigint`, `smallint`, `integer`, `numeric`.
    private static let integers: Set<Oid> = [20, 21, 23, 1700]

    private func value(_ row: Int32, _ column: Int32, _ isInteger: Bool) -> SQLValue {
        guard unsafe PQgetisnull(pointer, row, column) == 0 else { return .null }
        let text = unsafe String(cString: PQgetvalue(pointer, row, column))
        return isInteger ? Int64(text).map(SQLValue.integer) ?? .text(text) : .text(text)
    }
}

/// The code of an error or a notice.
func sqlState(of result: OpaquePointer) -> SQLState? {
    unsafe PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { unsafe SQLState(code: String(cString: $0)) }
}
