import Broker

/// A database that holds one catalog. Each write is a transaction that sees all writes before it, and is durable when
/// it returns; none runs beside another, in this process or elsewhere.
protocol Engine: Sendable {
    /// The time for leases and expiry: one clock for everybody that uses the catalog.
    var now: Timestamp { get }
    /// The space on the disk that holds the catalog; nil if that is not this machine's.
    var space: CatalogSpace? { get }

    /// What stood in the way of the last write; nil if nothing did, or if the engine does not tell.
    var trouble: CatalogTrouble? { get }

    /// The epoch of the server that answers now; nil where no other server can take its place. What was read from one
    /// server must not be acted on at another.
    var epoch: Int? { get }

    /// Runs one statement that reads what is committed now. It has no deadline of its own where the catalog is a file.
    func query(_ sql: String, _ values: [(any SQLConvertible)?]) async throws(CatalogError) -> [Row]

    /// Makes several reads of one moment.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Session) throws -> Value
    ) async throws(CatalogError) -> Value

    /// Runs one transaction, with the time at which it began. It ends alike even if its caller is cancelled.
    ///
    /// - Parameter done: called once, on any thread. Its error is `inDoubt` also when the end of the transaction, or
    ///   with a database server its commit, takes longer than a caller may wait.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any Session, Timestamp) throws -> Value,
        then done: @escaping @Sendable (Result<Value, CatalogError>) -> Void)

    /// Whether a transaction could be made durable now, as far as can be told without keeping anything.
    func canWrite() async -> Bool

    /// Makes later questions `unavailable`; what is under way ends.
    func close()
}

extension Engine {
    var trouble: CatalogTrouble? { nil }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any Session, Timestamp) throws -> Value
    ) async throws(CatalogError) -> Value {
        try await BoundedWait.outcome { done in write(body, then: done) }.get()
    }
}

/// A transaction, on the thread that runs it. Its SQL is what every engine understands: a `?` for each value in its
/// order, conflict targets with their columns, no function that only one engine has.
protocol Session {
    /// The access state with all transactions before this one.
    var accessState: AccessState { get throws }

    func rows(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> [Row]

    /// Runs a statement.
    /// - Returns: the number of rows that it changed.
    @discardableResult
    func run(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> Int

    /// Runs a statement once with each of the lists.
    func run(_ sql: String, each lists: [[(any SQLConvertible)?]]) throws
}

extension Session {
    func row(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> Row? {
        try rows(sql, values).first
    }
}

/// A value that a column can hold.
enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case text(String)
}

protocol SQLConvertible: Sendable {
    var sqlValue: SQLValue { get }
}

extension SQLValue: SQLConvertible {
    var sqlValue: SQLValue { self }
}

extension String: SQLConvertible {
    var sqlValue: SQLValue { .text(self) }
}

extension Int64: SQLConvertible {
    var sqlValue: SQLValue { .integer(self) }
}

extension Int: SQLConvertible {
    var sqlValue: SQLValue { .integer(Int64(self)) }
}

extension Bool: SQLConvertible {
    var sqlValue: SQLValue { .integer(self ? 1 : 0) }
}

/// A row that was read. A column that is not what it should be means that the catalog is damaged.
struct Row: Sendable {
    let columns: [String]
    let values: [SQLValue]

    func text(_ column: String) throws -> String { try optionalText(column).orDamaged() }

    func optionalText(_ column: String) throws -> String? {
        switch try value(column) {
        case .null: nil
        case .text(let text): text
        case .integer: throw CatalogError.damaged
        }
    }

    func integer(_ column: String) throws -> Int64 { try optionalInteger(column).orDamaged() }

    func optionalInteger(_ column: String) throws -> Int64? {
        switch try value(column) {
        case .null: nil
        case .integer(let number): number
        case .text: throw CatalogError.damaged
        }
    }

    func flag(_ column: String) throws -> Bool { try integer(column) != 0 }

    func time(_ column: String) throws -> Timestamp { Timestamp(milliseconds: try integer(column)) }

    private func value(_ column: String) throws -> SQLValue {
        guard let index = columns.firstIndex(of: column) else { throw CatalogError.damaged }
        return values[index]
    }
}

extension Optional {
    func orDamaged() throws -> Wrapped {
        guard let self else { throw CatalogError.damaged }
        return self
    }
}
