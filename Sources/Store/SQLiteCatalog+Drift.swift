package import Broker
import GRDB

extension SQLiteCatalog: DriftLog {
    /// Writes nothing where the catalog knows it already, as it does at all but the first of many resolves.
    package func note(
        _ drift: Drift?, of name: SecretName, in team: TeamName, version: Version
    ) async throws(CatalogError) {
        let known = try read { db in try Self.knownDrift(of: version, db) }
        guard known != drift?.rawValue else { return }
        try await write { db, now in
            guard try Self.secret(name, in: team, db)?.version == version,
                try Self.knownDrift(of: version, db) != drift?.rawValue
            else { return }
            if let drift {
                try db.cachedStatement(sql: "INSERT OR REPLACE INTO drift (reference, kind, found_at) VALUES (?, ?, ?)")
                    .execute(arguments: [version.reference.text, drift.rawValue, now.milliseconds])
            } else {
                try db.cachedStatement(sql: "DELETE FROM drift WHERE reference = ?")
                    .execute(arguments: [version.reference.text])
            }
            let outcome = drift.map { AuditEvent.Outcome.failed(code: $0.rawValue) } ?? .done
            let subject = AuditEvent.Subject(name: name.text, version: version.id)
            try Self.append(
                [AuditEvent(.drift, outcome, by: .broker, team: team, subjects: [subject])], at: now, db)
        }
    }

    package func drift(in team: TeamName) async throws(CatalogError) -> [SecretName: Drift] {
        try read { db in
            let statement = try db.cachedStatement(
                sql: "SELECT name, kind FROM drift JOIN secret USING (reference) WHERE team = ?")
            return Dictionary(
                uniqueKeysWithValues: try Row.fetchAll(statement, arguments: [team.text]).map { row in
                    (try SecretName(row.text("name")).orDamaged(), try Drift(rawValue: row.text("kind")).orDamaged())
                })
        }
    }

    package func driftCounts() async throws(CatalogError) -> [StoreName: Int] {
        try read { db in
            let statement = try db.cachedStatement(
                sql: "SELECT store, count(*) AS secrets FROM drift JOIN secret USING (reference) GROUP BY store")
            return Dictionary(
                uniqueKeysWithValues: try Row.fetchAll(statement).map { row in
                    (try StoreName(row.text("store")).orDamaged(), try row.decode(Int.self, forColumn: "secrets"))
                })
        }
    }

    private static func knownDrift(of version: Version, _ db: Database) throws -> String? {
        try String.fetchOne(
            db.cachedStatement(sql: "SELECT kind FROM drift WHERE reference = ?"),
            arguments: [version.reference.text])
    }
}
