package import Broker
import GRDB

/// Why the configured stores do not fit the catalog.
package enum StoreMismatch: Error, Sendable, Equatable {
    /// Secrets are in it, or objects still to be purged.
    case notConfigured(StoreName)
    /// It has secrets, or objects still to be purged, where it was before.
    case moved(StoreName, from: String, to: String)
    case catalog(CatalogError)

    /// What is wrong and what to do, in one sentence.
    package var sentence: String {
        switch self {
        case .notConfigured(let name):
            "The store \(name) still holds secrets and is not configured; "
                + "configure it, and move its secrets with `secret-broker migrate` before it is taken away."
        case .moved(let name, let from, let to):
            "The store \(name) holds secrets at \(from) and is configured as \(to); "
                + "put it back, and configure the other place under a name of its own."
        case .catalog(let error):
            "The catalog cannot be used to check the stores (\(error)); see whether its disk is full or damaged."
        }
    }
}

extension SQLiteCatalog {
    /// Remembers where the configured stores are. Refuses when one that has secrets, or objects still to be purged,
    /// is missing or was pointed elsewhere; then nothing is changed. Blocks; for the start. No version can be written
    /// to a store that is not registered.
    ///
    /// - Parameter identities: `SecretStore.identity` by name.
    package func registerStores(_ identities: [StoreName: String]) throws(StoreMismatch) {
        let outcome = pool.writeWithoutTransaction { db in
            Self.transaction(on: db) { db in try Self.register(identities, db) }
        }
        switch outcome {
        case .success(nil): return
        case .success(let mismatch?): throw mismatch
        case .failure(let error): throw .catalog(error)
        }
    }

    private static func register(_ identities: [StoreName: String], _ db: Database) throws -> StoreMismatch? {
        // A held row asks nothing of its store any more.
        let used = try Row.fetchAll(
            db,
            sql: """
                SELECT name, identity FROM store
                WHERE name IN (SELECT store FROM secret UNION SELECT store FROM journal WHERE state <> 'held')
                ORDER BY name
                """)
        for row in used {
            let name = try StoreName(row.text("name")).orDamaged()
            let recorded = try row.text("identity")
            guard let identity = identities[name] else { return .notConfigured(name) }
            guard identity == recorded else { return .moved(name, from: recorded, to: identity) }
        }
        for (name, identity) in identities {
            try db.execute(
                sql: """
                    INSERT INTO store (name, identity) VALUES (?, ?)
                    ON CONFLICT (name) DO UPDATE SET identity = excluded.identity
                    """, arguments: [name.text, identity])
        }
        return nil
    }
}
