import Broker

/// Why a statement failed.
enum PostgreSQLError: Error, Sendable, Hashable {
    /// The connection is gone, or did not answer in time: what was asked may or may not have been done.
    case lost
    /// The server says that it was not done, with a code of the SQL standard or of PostgreSQL's appendix A.
    case refused(code: String)
    /// The commit took effect on this server, which stopped waiting for the standby to have it as well.
    case notReplicated

    /// Whether the connection can no longer be used.
    var endsConnection: Bool {
        switch self {
        case .lost, .notReplicated: true
        // The server became a standby, is shutting down, or no longer knows our statements.
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

    /// Whether a constraint, type or table is not as in the schema. Anything else passes: locks, resources, shutdowns.
    private static func isDamage(_ code: String) -> Bool {
        ["22", "23", "42", "XX", "P0"].contains(String(code.prefix(2))) && code != "42501"
    }
}
