package import Broker

/// The catalog: what the rules keep, in the SQL that every engine understands.
package final class Catalog: Sendable {
    let engine: any Engine
    /// Whether it was made as it was opened, and holds nothing yet.
    package let isNew: Bool
    let memory = AccessMemory()
    let recentUses = RecentUses()

    init(_ engine: any Engine, isNew: Bool = false) {
        self.engine = engine
        self.isNew = isNew
    }

    /// What leases and expiry go by: one clock for all that use the catalog.
    package var now: Timestamp { engine.now }

    /// Of the disk that holds the catalog. Nil where it is not this machine's, or the system does not tell.
    package var space: CatalogSpace? { engine.space }

    /// What is asked afterwards is `unavailable`; what is under way ends.
    package func close() { engine.close() }

    /// The rows of one statement, as what they mean.
    func query<Element>(
        _ sql: String, _ values: [(any SQLConvertible)?] = [], as element: (Row) throws -> Element
    ) async throws(CatalogError) -> [Element] {
        let rows = try await engine.query(sql, values)
        do {
            return try rows.map(element)
        } catch {
            throw .damaged
        }
    }

    /// Several reads of one moment.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Session) throws -> Value
    ) async throws(CatalogError) -> Value {
        try await engine.read(body)
    }

    /// One transaction, with the time at which it began.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any Session, Timestamp) throws -> Value
    ) async throws(CatalogError) -> Value {
        try await engine.write(body)
    }
}
