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

    /// The time for leases and expiry: one clock for everybody that uses the catalog.
    package var now: Timestamp { engine.now }

    /// The space on the disk that holds the catalog; nil if that is not this machine's, or the system does not tell.
    package var space: CatalogSpace? { engine.space }

    /// What stood in the way of the last write, of a catalog in a file; nil if nothing did. The catalog logs it itself.
    package var trouble: CatalogTrouble? { engine.trouble }

    /// The space on the disk of a catalog that is not opened, or of the folder that it would be made in; nil if that is not
    /// this machine's, or the system does not tell. What is free within the file is not counted.
    package static func space(of place: CatalogPlace) -> CatalogSpace? {
        guard case .file(let path) = place else { return nil }
        return CatalogFile(at: path).space ?? CatalogFile.space(inFolderOf: path)
    }

    /// Makes later questions `unavailable`; what is under way ends.
    package func close() { engine.close() }

    /// Runs one statement and decodes its rows.
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

    /// Makes several reads of one moment.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Session) throws -> Value
    ) async throws(CatalogError) -> Value {
        try await engine.read(body)
    }

    /// Runs one transaction, with the time at which it began.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any Session, Timestamp) throws -> Value
    ) async throws(CatalogError) -> Value {
        try await engine.write(body)
    }
}
