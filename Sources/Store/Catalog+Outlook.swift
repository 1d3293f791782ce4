package import Broker

/// What a start would come to with a catalog, and with the stores that are configured for it.
package enum CatalogOutlook: Sendable, Equatable {
    /// There is none: it will be made.
    case toBeMade
    /// An earlier version of this program wrote it: its schema will be brought on, and the stores compared then.
    case toBeMigrated(schema: Int, known: Int)
    case sound
    case notOpened(CatalogOpenError)
    case mismatched(StoreMismatch)
}

extension Catalog {
    /// Looks without making, migrating or writing anything, and whether or not a broker has the catalog open. Blocks.
    ///
    /// - Parameters:
    ///   - identities: `SecretStore.identity` by name.
    ///   - now: the time, where the database has none of its own.
    package static func outlook(
        of place: CatalogPlace, stores identities: [StoreName: String], at now: Timestamp
    ) -> CatalogOutlook {
        do throws(CatalogOpenError) {
            return switch place {
            case .file(let path): try SQLiteEngine.outlook(path: path, stores: identities, at: now)
            case .postgreSQL(let url): try PostgreSQLEngine.outlook(url, stores: identities)
            }
        } catch {
            return .notOpened(error)
        }
    }
}

extension SQLiteEngine {
    fileprivate static func outlook(
        path: String, stores identities: [StoreName: String], at now: Timestamp
    ) throws(CatalogOpenError) -> CatalogOutlook {
        try CatalogFile.requireUsable(path)
        try CatalogFile.requireUnmoved(path)
        let file = CatalogFile(at: path)
        guard file.isInPlace else { return .toBeMade }
        try CatalogFile.requireOwnLog(path)
        do {
            let reader =
                try file.hasLog
                ? SQLiteReader(path: path, patience: .seconds(5)) : SQLiteReader(immutable: path)
            let known = SQLiteSchema.migrations.count
            guard let schema = try SQLiteSchema.version(of: reader, path: path) else { return .toBeMade }
            guard schema == known else { return .toBeMigrated(schema: schema, known: known) }
            if let seal = try Seal.read(reader) { throw CatalogOpenError.sealed(path: path, successor: seal.successor) }
            return try Catalog.mismatch(with: identities, at: now, reader).map { .mismatched($0) } ?? .sound
        } catch let error as CatalogOpenError {
            throw error
        } catch {
            throw CatalogOpenError(error, path: path)
        }
    }
}

extension PostgreSQLEngine {
    fileprivate static func outlook(
        _ url: PostgreSQLURL, stores identities: [StoreName: String]
    ) throws(CatalogOpenError) -> CatalogOutlook {
        do {
            let connection = try PostgreSQLConnection(url).prepared()
            try connection.execute(PostgreSQLSchema.beginRead, until: .now + patience)
            let known = PostgreSQLSchema.migrations.count
            guard let schema = try PostgreSQLSchema.version(of: connection, place: url.place) else { return .toBeMade }
            guard schema >= known else { return .toBeMigrated(schema: schema, known: known) }
            let session = PostgreSQLSession(connection)
            let now = try session.row("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now", [])
                .orDamaged().time("now")
            return try Catalog.mismatch(with: identities, at: now, session).map { .mismatched($0) } ?? .sound
        } catch {
            throw CatalogOpenError(error, of: url)
        }
    }
}

/// One that reads and refuses to do more.
extension SQLiteReader: Session {
    var accessState: AccessState {
        get throws { throw CatalogError.unavailable }
    }

    func run(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> Int { throw CatalogError.unavailable }

    func run(_ sql: String, each lists: [[(any SQLConvertible)?]]) throws { throw CatalogError.unavailable }
}
