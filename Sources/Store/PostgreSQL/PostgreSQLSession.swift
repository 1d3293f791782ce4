import Broker

/// A transaction on one of PostgreSQL's connections. A statement whose answer nobody reads is sent with the next one,
/// at the latest with the commit: a round trip under the catalog's lock holds up every other write.
final class PostgreSQLSession: Session {
    private let connection: PostgreSQLConnection
    /// The state that the statement which began the transaction told.
    private var begun: AccessState?
    private var pending: [PostgreSQLConnection.Batch] = []
    private var pendingLists = 0

    /// The number of lists of values at which what is kept back is sent.
    private static let limit = 2000

    init(_ connection: PostgreSQLConnection) {
        self.connection = connection
    }

    /// - Parameter row: the row that the first statement answered, with `AccessState.column`.
    func begin(with row: Row) throws {
        begun = try AccessState(row, epoch: connection.timeline)
    }

    var accessState: AccessState {
        get throws {
            try begun ?? AccessState(row("SELECT \(AccessState.column)", []).orDamaged(), epoch: connection.timeline)
        }
    }

    private var deadline: ContinuousClock.Instant { .now + PostgreSQLEngine.patience }

    func rows(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> [Row] {
        try sendPending()
        return try connection.execute(sql, values, until: deadline).rows
    }

    func run(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> Int {
        try sendPending()
        return try connection.execute(sql, values, until: deadline).changes
    }

    func run(_ sql: String, each lists: [[(any SQLConvertible)?]]) throws {
        guard !lists.isEmpty else { return }
        pending.append(PostgreSQLConnection.Batch(sql: sql, lists: lists))
        pendingLists += lists.count
        if pendingLists >= Self.limit { try sendPending() }
    }

    /// - Throws: `lost` when the transaction may have been committed, `refused` when it was not.
    func commit() throws(PostgreSQLError) {
        // Twice as long as for a statement: a synchronous standby may be slow.
        try connection.execute(pending, committing: true, patience: PostgreSQLEngine.patience * 2)
    }

    private func sendPending() throws {
        guard !pending.isEmpty else { return }
        defer { (pending, pendingLists) = ([], 0) }
        try connection.execute(pending, patience: PostgreSQLEngine.patience)
    }
}
