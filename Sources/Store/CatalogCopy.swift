import Broker
import NIOConcurrencyHelpers

/// Copies what one catalog holds into an empty one, whatever their engines: all but the live brokers and a seal.
struct CatalogCopy: Sendable {
    private let refusedBySource = NIOLockedValueBox(false)

    /// Whether the copy failed because its source could not be read. The transactions that enclose it do not tell.
    var isSourceAtFault: Bool { refusedBySource.withLockedValue(\.self) }

    private struct Table {
        let name: String
        let key: [String]
        let columns: [String]
        /// A column that refers to the table itself, and is filled in once all rows are there.
        var later: String?

        var all: [String] { key + columns }
    }

    /// The tables, each after those that it refers to.
    private static let tables = [
        Table(name: "store", key: ["name"], columns: ["identity"]),
        Table(
            name: "secret", key: ["team", "name"],
            columns: [
                "store", "reference", "pin", "journaled_at", "committed_at", "created_at", "created_by", "updated_at",
                "updated_by", "owned",
            ]),
        Table(
            name: "journal", key: ["reference"],
            columns: [
                "store", "team", "name", "state", "write_id", "action", "journaled_at", "due_at", "failures", "owed_at",
            ]),
        Table(
            name: "decision", key: ["write_id"],
            columns: [
                "outcome", "decided_at", "team", "name", "store", "reference", "pin", "journaled_at", "committed_at",
                "created_at", "created_by", "updated_at", "updated_by", "owned",
            ]),
        Table(name: "audit_segment", key: ["last_seq"], columns: ["hash", "last_at", "pruned_at"]),
        Table(name: "audit", key: ["seq"], columns: ["record", "hash"]),
        Table(name: "usage", key: ["team", "name", "automation"], columns: ["last_at"]),
        Table(name: "uses_by_day", key: ["day", "team", "name"], columns: ["uses"]),
        Table(name: "counted", key: ["through"], columns: []),
        Table(
            name: "token", key: ["id"],
            columns: [
                "hash", "name", "role", "team", "secrets", "webhook", "created_at", "expires_at", "minted_by",
                "revoked_at",
            ], later: "minted_by"),
        Table(name: "team_store", key: ["team"], columns: ["store"]),
        Table(
            name: "webhook", key: ["team", "name"],
            columns: [
                "revision", "confirmed", "url", "access_token", "signing_secret", "signature_encoding", "verify_with",
                "answer", "created_at", "created_by", "updated_at", "updated_by",
            ]),
        Table(name: "webhook_header", key: ["team", "webhook", "name"], columns: ["value"]),
        Table(name: "webhook_payload_secret", key: ["team", "webhook", "at"], columns: ["secret"]),
        Table(name: "drift", key: ["reference"], columns: ["kind", "found_at"]),
        Table(name: "restored", key: ["backed_up_at"], columns: []),
    ]

    private static let stride = 1000

    /// Copies within one transaction of each catalog.
    func run(from source: any Session, to target: any Session) throws {
        for table in Self.tables {
            try pages(of: table, source) { rows in try Self.insert(rows, into: table, target) }
            if let later = table.later {
                try pages(of: table, source) { rows in try Self.fill(later, of: rows, table, target) }
            }
        }
    }

    /// Whether the catalog holds nothing but its schema.
    static func isEmpty(_ session: any Session) throws -> Bool {
        try tables.allSatisfy { try session.row("SELECT 1 AS there FROM \($0.name) LIMIT 1", []) == nil }
    }

    private func pages(of table: Table, _ source: any Session, _ body: ([Row]) throws -> Void) throws {
        let key = table.key.joined(separator: ", ")
        let marks = table.key.map { _ in "?" }.joined(separator: ", ")
        let columns = table.all.joined(separator: ", ")
        let end = "ORDER BY \(key) LIMIT \(Self.stride)"
        var rows = try read(source, "SELECT \(columns) FROM \(table.name) \(end)", [])
        while let last = rows.last {
            try body(rows)
            if rows.count < Self.stride { return }
            rows = try read(
                source, "SELECT \(columns) FROM \(table.name) WHERE (\(key)) > (\(marks)) \(end)",
                last.values.prefix(table.key.count).map(\.self))
        }
    }

    private func read(_ source: any Session, _ sql: String, _ values: [any SQLConvertible]) throws -> [Row] {
        do {
            return try source.rows(sql, values)
        } catch {
            refusedBySource.withLockedValue { $0 = true }
            throw error
        }
    }

    private static func insert(_ rows: [Row], into table: Table, _ target: any Session) throws {
        let marks = table.all.map { _ in "?" }.joined(separator: ", ")
        let later = table.later.flatMap(table.all.firstIndex(of:))
        try target.run(
            "INSERT INTO \(table.name) (\(table.all.joined(separator: ", "))) VALUES (\(marks))",
            each: rows.map { row in row.values.enumerated().map { $0.offset == later ? SQLValue.null : $0.element } })
    }

    private static func fill(_ column: String, of rows: [Row], _ table: Table, _ target: any Session) throws {
        let condition = table.key.map { "\($0) = ?" }.joined(separator: " AND ")
        guard let index = table.all.firstIndex(of: column) else { return }
        try target.run(
            "UPDATE \(table.name) SET \(column) = ? WHERE \(condition)",
            each: rows.filter { $0.values[index] != .null }
                .map { row in [row.values[index]] + row.values.prefix(table.key.count).map(\.self) })
    }
}
