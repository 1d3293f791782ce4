import Broker

/// What went wrong with a statement.
enum PostgreSQLError: Error, Sendable, Hashable {
    /// The connection is gone, or did not answer in time: what was asked may or may not have been done.
    case lost
    /// The server says that it was not done, with the code of the SQL standard and PostgreSQL's appendix A.
    case refused(code: String)
    /// The commit is on this server, which stopped waiting for the standby that was to have it as well.
    case notReplicated

    /// Whether the connection is of no use any more.
    var endsConnection: Bool {
        switch self {
        case .lost, .notReplicated: true
        // The server became a standby, shuts down, or knows our statements no more.
        case .refused(let code): ["25006", "0A000", "26000"].contains(code) || code.hasPrefix("57P")
        }
    }
}

extension CatalogError {
    init(postgreSQL error: any Error) {
        switch error {
        case let error as CatalogError: self = error
        case PostgreSQLError.lost, PostgreSQLError.notReplicated: self = .unavailable
        case PostgreSQLError.refused(let code): self = Self.isDamage(code) ? .damaged : .unavailable
        default: self = .damaged
        }
    }

    /// Constraints, types and tables that are not as the schema has them; the rest passes: locks, resources, shutdowns.
    private static func isDamage(_ code: String) -> Bool {
        ["22", "23", "42", "XX", "P0"].contains(String(code.prefix(2))) && code != "42501"
    }
}
