import Broker

/// Why a statement failed.
enum PostgreSQLError: Error, Sendable, Hashable {
    /// The connection is gone, or did not answer in time: what was asked may or may not have been done.
    case lost
    /// The server says that it was not done.
    case refused(SQLState)
    /// The commit took effect on this server, which stopped waiting for the standby to have it as well.
    case notReplicated

    /// Whether the connection can no longer be used.
    var endsConnection: Bool {
        switch self {
        case .lost, .notReplicated: true
        case .refused(let state): state.meaning == .connectionOver
        }
    }
}

extension PostgreSQLError: CustomStringConvertible {
    var description: String {
        switch self {
        case .lost: "lost"
        case .refused(let state): "refused(code: \"\(state.code)\")"
        case .notReplicated: "notReplicated"
        }
    }
}

extension CatalogError {
    init(postgreSQL error: any Error) {
        switch error {
        case let error as CatalogError: self = error
        case PostgreSQLError.lost, PostgreSQLError.notReplicated: self = .unavailable
        case PostgreSQLError.refused(let state): self = state.meaning == .damage ? .damaged : .unavailable
        default: self = .damaged
        }
    }
}
