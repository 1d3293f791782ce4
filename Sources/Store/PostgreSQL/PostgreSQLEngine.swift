import Broker
import NIOConcurrencyHelpers

/// A catalog in PostgreSQL, which the brokers of several machines share.
///
/// Every write holds one advisory lock of the catalog from its first statement until it is committed, and reads what is
/// committed then: so writes run one after another, as with SQLite, and the time of each is the database's. A read is
/// answered by the server that can be written, and so sees every write that was answered before it began. A server that
/// was replaced by its standby may still answer, but nothing read there is disclosed: the audit record before each
/// disclosure can no longer be committed there if replication is synchronous, and is refused elsewhere (`epoch`).
final class PostgreSQLEngine: Engine {
    /// The longest wait for one statement. The server ends it sooner: after 3.5 s, or 3 s while it waits to write.
    static let patience = Duration.seconds(4)

    private let pool: PostgreSQLPool
    /// How far the database's clock is ahead of this machine's, in milliseconds, as of the last write.
    private let lead: NIOLockedValueBox<Int64>
    private let clock: @Sendable () -> Timestamp
    private let reading: @Sendable (Timestamp) -> Timestamp

    /// - Parameters:
    ///   - start: the database's time now.
    ///   - reading: changes the time that the database tells.
    init(
        _ pool: PostgreSQLPool, at start: Timestamp, clock: @escaping @Sendable () -> Timestamp,
        reading: @escaping @Sendable (Timestamp) -> Timestamp
    ) {
        self.pool = pool
        self.clock = clock
        self.reading = reading
        lead = NIOLockedValueBox(reading(start).milliseconds - clock().milliseconds)
    }

    var now: Timestamp { Timestamp(milliseconds: clock().milliseconds + lead.withLockedValue(\.self)) }

    var space: CatalogSpace? { nil }

    var epoch: Int? { pool.timeline }

    func query(_ sql: String, _ values: [(any SQLConvertible)?]) async throws(CatalogError) -> [Row] {
        try await run { connection in
            try connection.execute(sql, values, until: .now + Self.patience).rows
        }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Session) throws -> Value
    ) async throws(CatalogError) -> Value {
        try await run { connection in
            try connection.execute(PostgreSQLSchema.beginRead, until: .now + Self.patience)
            let value = try Self.finish(connection) { session in try body(session) }
            try connection.execute("COMMIT", until: .now + Self.patience)
            return value
        }
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any Session, Timestamp) throws -> Value,
        then done: @escaping @Sendable (Result<Value, CatalogError>) -> Void
    ) {
        let transaction: @Sendable (PostgreSQLConnection) throws -> Value = { [clock, lead, reading] connection in
            try Self.finish(connection) { session in
                let begin = PostgreSQLSchema.beginWrite
                let row = try connection.execute(begin, until: .now + Self.patience).first.orDamaged()
                guard try row.integer("oldest") <= PostgreSQLSchema.migrations.count else {
                    throw CatalogError.unavailable
                }
                try session.begin(with: row)
                let now = reading(try row.time("now"))
                lead.withLockedValue { $0 = now.milliseconds - clock().milliseconds }
                let value = try body(session, now)
                do throws(PostgreSQLError) {
                    try session.commit()
                } catch {
                    switch error {
                    case .lost, .notReplicated: throw Undecided()
                    case .refused: throw error
                    }
                }
                return value
            }
        }
        run(transaction, then: done)
    }

    func canWrite() async -> Bool {
        do throws(CatalogError) {
            // A lock on a row is logged, and waits for the disk and the standby as a record would.
            try await write { db, _ in _ = try db.rows("SELECT schema FROM catalog FOR UPDATE", []) }
            return true
        } catch {
            return false
        }
    }

    func close() { pool.close() }

    /// A commit that may or may not have taken effect.
    private struct Undecided: Error {}

    private func run<Value: Sendable>(
        _ body: @escaping @Sendable (PostgreSQLConnection) throws -> Value
    ) async throws(CatalogError) -> Value {
        try await BoundedWait.outcome { done in run(body, then: done) }.get()
    }

    private func run<Value: Sendable>(
        _ body: @escaping @Sendable (PostgreSQLConnection) throws -> Value,
        then done: @escaping @Sendable (Result<Value, CatalogError>) -> Void
    ) {
        let use: @Sendable (PostgreSQLConnection) -> (Result<Value, CatalogError>, Bool) = { connection in
            do {
                return (.success(try body(connection)), true)
            } catch is Undecided {
                return (.failure(.inDoubt), false)
            } catch {
                let isOver = (error as? PostgreSQLError)?.endsConnection ?? false
                return (.failure(CatalogError(postgreSQL: error)), !isOver)
            }
        }
        pool.use(use, then: done)
    }

    /// Runs `body`, and rolls back what it began if it fails.
    private static func finish<Value>(
        _ connection: PostgreSQLConnection, _ body: (PostgreSQLSession) throws -> Value
    ) throws -> Value {
        do {
            return try body(PostgreSQLSession(connection))
        } catch {
            if !(error is Undecided), (error as? PostgreSQLError)?.endsConnection != true {
                try connection.execute("ROLLBACK", until: .now + patience)
            }
            throw error
        }
    }
}
