package import Broker
import GRDB

extension SQLiteCatalog: CatalogReader {
    package func versions(
        of names: Set<SecretName>, in team: TeamName
    ) async throws(CatalogError) -> [SecretName: Version] {
        try read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT store, reference, pin, journaled_at, committed_at, owned FROM secret
                    WHERE team = ? AND name = ?
                    """)
            var versions: [SecretName: Version] = [:]
            for name in names {
                guard let row = try Row.fetchOne(statement, arguments: [team.text, name.text]) else { continue }
                versions[name] = try Version(row)
            }
            return versions
        }
    }

    package func secrets(in team: TeamName) async throws(CatalogError) -> [SecretRecord] {
        try read { db in
            let statement = try db.cachedStatement(
                sql: "SELECT \(SecretRecord.columns) FROM secret WHERE team = ? ORDER BY name")
            return try Row.fetchAll(statement, arguments: [team.text]).map(SecretRecord.init)
        }
    }

    package func secret(_ name: SecretName, in team: TeamName) async throws(CatalogError) -> SecretRecord? {
        try read { db in try Self.secret(name, in: team, db) }
    }

    package func usage(
        of name: SecretName, in team: TeamName, since: Timestamp
    ) async throws(CatalogError) -> [Usage] {
        try read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT automation, last_at FROM usage WHERE team = ? AND name = ? AND last_at >= ?
                    ORDER BY last_at DESC, automation
                    """)
            return try Row.fetchAll(statement, arguments: [team.text, name.text, since.milliseconds])
                .map { row in Usage(automation: try row.text("automation"), last: try row.time("last_at")) }
        }
    }

    package func assignedStore(of team: TeamName) async throws(CatalogError) -> StoreName? {
        try read { db in try Self.assignedStore(of: team, db) }
    }

    package func usage(in team: TeamName, since: Timestamp) async throws(CatalogError) -> [SecretName: [Usage]] {
        try read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT name, automation, last_at FROM usage WHERE team = ? AND last_at >= ?
                    ORDER BY last_at DESC, automation
                    """)
            let rows = try Row.fetchAll(statement, arguments: [team.text, since.milliseconds])
            return Dictionary(
                try rows.map { row in
                    let usage = Usage(automation: try row.text("automation"), last: try row.time("last_at"))
                    return (try SecretName(row.text("name")).orDamaged(), [usage])
                }, uniquingKeysWith: +)
        }
    }

    package func teams(limit: Int) async throws(CatalogError) -> [TeamName] {
        try read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT team FROM secret UNION SELECT team FROM webhook
                    UNION SELECT team FROM token WHERE team IS NOT NULL AND revoked_at IS NULL
                    ORDER BY team LIMIT ?
                    """)
            return try String.fetchAll(statement, arguments: [limit]).map { try TeamName($0).orDamaged() }
        }
    }

    package func secrets(
        after cursor: (team: TeamName, name: SecretName)?, limit: Int
    ) async throws(CatalogError) -> [SecretRecord] {
        try read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT \(SecretRecord.columns) FROM secret WHERE (team, name) > (?, ?) ORDER BY team, name LIMIT ?
                    """)
            // No team is the empty string, so that everything comes after it.
            return try Row.fetchAll(
                statement, arguments: [cursor?.team.text ?? "", cursor?.name.text ?? "", limit]
            ).map(SecretRecord.init)
        }
    }

    static func secret(_ name: SecretName, in team: TeamName, _ db: Database) throws -> SecretRecord? {
        let statement = try db.cachedStatement(
            sql: "SELECT \(SecretRecord.columns) FROM secret WHERE team = ? AND name = ?")
        return try Row.fetchOne(statement, arguments: [team.text, name.text]).map(SecretRecord.init)
    }
}
