package import Broker
package import Logging

/// Where a catalog is.
package enum CatalogPlace: Sendable, Hashable {
    case file(path: String)
    case postgreSQL(PostgreSQLURL)

    /// Reads `sqlite:///path` or a PostgreSQL URL. Nil if the text is neither.
    package init?(_ text: String) {
        if text.hasPrefix("sqlite://") {
            let path = String(text.dropFirst("sqlite://".count))
            guard path.hasPrefix("/"), !path.hasSuffix("/") else { return nil }
            self = .file(path: path)
        } else {
            guard let url = PostgreSQLURL(text) else { return nil }
            self = .postgreSQL(url)
        }
    }

    /// The place for messages, without user and password.
    package var text: String {
        switch self {
        case .file(let path): "sqlite://\(path)"
        case .postgreSQL(let url): url.place
        }
    }

    /// What the catalog's operator should know.
    package var warnings: [String] {
        switch self {
        case .file: []
        case .postgreSQL(let url): url.warnings
        }
    }
}

/// What opening a catalog may change.
package enum CatalogPreparation: Sendable {
    /// Nothing: it has to be there already, as this version of the program keeps it.
    case none
    /// Makes a catalog where there is none.
    case creation
    /// Makes one, or brings that of an earlier version forward, which that version cannot open any more. For a broker that
    /// starts: a command would take the catalog from a broker that is still to be replaced.
    case upgrade
}

extension Catalog {
    /// Opens the catalog. Blocks.
    ///
    /// - Parameters:
    ///   - clock: the time for leases and expiry, where the database has none of its own.
    package static func open(
        _ place: CatalogPlace, allowing preparation: CatalogPreparation, logger: Logger,
        clock: @escaping @Sendable () -> Timestamp
    ) throws(CatalogOpenError) -> Catalog {
        switch place {
        case .file(let path): try open(path: path, allowing: preparation, clock: clock, logger: logger)
        case .postgreSQL(let url): try open(url, allowing: preparation, logger: logger, clock: clock)
        }
    }

    /// As `open`, for a file.
    ///
    /// - Parameters:
    ///   - patience: how long to wait, here and in every later transaction, while another process has the file locked.
    ///     Writes wait three times as long.
    ///   - evenSealed: whether to open a sealed catalog, for whoever goes on with a copy.
    ///   - logger: told once when it cannot be written, and why, and once when it can again.
    package static func open(
        path: String, allowing preparation: CatalogPreparation = .upgrade, clock: @escaping @Sendable () -> Timestamp,
        patience: Duration = .seconds(5), evenSealed: Bool = false, logger: Logger? = nil
    ) throws(CatalogOpenError) -> Catalog {
        let engine = try SQLiteEngine.open(
            path: path, allowing: preparation, clock: clock, patience: patience, logger: logger)
        guard !evenSealed else { return Catalog(engine, isNew: engine.isNew) }
        let seal: Seal?
        do {
            seal = try engine.readNow(Seal.read)
        } catch {
            throw .damaged(path: path)
        }
        if let seal { throw .sealed(path: path, successor: seal.successor) }
        return Catalog(engine, isNew: engine.isNew)
    }

    /// As `open`, in PostgreSQL.
    package static func open(
        _ url: PostgreSQLURL, allowing preparation: CatalogPreparation = .upgrade, logger: Logger,
        clock: @escaping @Sendable () -> Timestamp
    ) throws(CatalogOpenError) -> Catalog {
        try open(url, allowing: preparation, connections: 16, logger: logger, clock: clock) { $0 }
    }

    /// - Parameters:
    ///   - connections: the maximum number at once.
    ///   - reading: changes the time that the database tells.
    static func open(
        _ url: PostgreSQLURL, allowing preparation: CatalogPreparation = .upgrade, connections: Int, logger: Logger,
        clock: @escaping @Sendable () -> Timestamp, reading: @escaping @Sendable (Timestamp) -> Timestamp
    ) throws(CatalogOpenError) -> Catalog {
        let connection: PostgreSQLConnection
        let (now, isNew): (Timestamp, Bool)
        do {
            connection = try PostgreSQLConnection(url).prepared()
            (now, isNew) = try PostgreSQLSchema.prepare(connection, place: url.place, allowing: preparation)
        } catch {
            throw CatalogOpenError(error, of: url)
        }
        let pool = PostgreSQLPool(url, first: connection, limit: connections, logger: logger)
        return Catalog(PostgreSQLEngine(pool, at: now, clock: clock, reading: reading), isNew: isNew)
    }
}

extension CatalogOpenError {
    init(_ error: any Error, of url: PostgreSQLURL) {
        self =
            switch error {
            case let error as CatalogOpenError: error
            case let error as PostgreSQLConnection.Unreachable where error == .notDurable: .notDurable(place: url.place)
            case let error as PostgreSQLConnection.Unreachable: .unreachable(place: url.place, why: error.why)
            case PostgreSQLError.refused(.insufficientPrivilege): .permissionDenied(path: url.place)
            case PostgreSQLError.refused(.undefinedColumn): .notACatalog(path: url.place)
            case PostgreSQLError.refused(.lockNotAvailable): .locked(path: url.place)
            default: .unreachable(place: url.place, why: "\(error)")
            }
    }
}
