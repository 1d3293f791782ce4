/// A code of the SQL standard or of PostgreSQL's appendix A. Those by name are the ones that the catalog tells apart.
struct SQLState: Sendable, Hashable {
    static let warning = SQLState(code: "01000")
    static let featureNotSupported = SQLState(code: "0A000")
    static let characterNotInRepertoire = SQLState(code: "22021")
    static let readOnlyTransaction = SQLState(code: "25006")
    static let failedTransaction = SQLState(code: "25P02")
    static let invalidStatementName = SQLState(code: "26000")
    static let insufficientPrivilege = SQLState(code: "42501")
    static let undefinedColumn = SQLState(code: "42703")
    static let undefinedFunction = SQLState(code: "42883")
    static let lockNotAvailable = SQLState(code: "55P03")
    static let adminShutdown = SQLState(code: "57P01")

    let code: String

    /// What it means that a statement was refused.
    enum Meaning: Sendable {
        /// The server became a standby, is shutting down, or no longer knows our statements.
        case connectionOver
        /// A constraint, type or table is not as in the schema.
        case damage
        /// Locks, resources, permissions: what may pass.
        case passing
    }

    var meaning: Meaning {
        switch (self, code.prefix(2)) {
        case (.readOnlyTransaction, _), (.featureNotSupported, _), (.invalidStatementName, _): .connectionOver
        case (_, "57") where code.hasPrefix("57P"): .connectionOver
        case (.insufficientPrivilege, _): .passing
        // Data, constraints, names and rights, the server itself, PL/pgSQL.
        case (_, "22"), (_, "23"), (_, "42"), (_, "XX"), (_, "P0"): .damage
        default: .passing
        }
    }
}
