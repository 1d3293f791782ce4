import Broker

/// A transaction on one of PostgreSQL's connections.
struct PostgreSQLSession: Session {
    let connection: PostgreSQLConnection
    /// Of each statement.
    let patience: Duration

    func rows(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> [Row] {
        try connection.execute(sql, values, until: .now + patience).rows
    }

    func run(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> Int {
        try connection.execute(sql, values, until: .now + patience).changes
    }

    func run(_ sql: String, each lists: [[(any SQLConvertible)?]]) throws {
        if lists.count == 1 {
            _ = try run(sql, lists[0])
        } else if !lists.isEmpty {
            try connection.execute(sql, each: lists, until: .now + patience)
        }
    }
}
