package import Broker

extension Catalog: DriftLog {
    /// Writes nothing if the catalog already knows it, as with all but the first of many resolves.
    package func note(
        _ drift: Drift?, of name: SecretName, in team: TeamName, version: Version
    ) async throws(CatalogError) {
        let known = try await query(Self.known, [version.reference.text]) { row in try row.text("kind") }.first
        guard known != drift?.rawValue else { return }
        try await write { db, now in
            guard try Self.secret(name, in: team, db)?.version == version,
                try Self.knownDrift(of: version, db) != drift?.rawValue
            else { return }
            if let drift {
                try db.run(
                    """
                    INSERT INTO drift (reference, kind, found_at) VALUES (?, ?, ?)
                    ON CONFLICT (reference) DO UPDATE SET kind = excluded.kind, found_at = excluded.found_at
                    """, [version.reference.text, drift.rawValue, now.milliseconds])
            } else {
                try db.run("DELETE FROM drift WHERE reference = ?", [version.reference.text])
            }
            let outcome = drift.map { AuditEvent.Outcome.failed(code: $0.rawValue) } ?? .done
            let event = AuditEvent(.drift, outcome, by: .broker, team: team, subject: .secret(name, version.id))
            try Self.append([event], at: now, db)
        }
    }

    package func drift(in team: TeamName) async throws(CatalogError) -> [SecretName: Drift] {
        let drifts = try await query(
            "SELECT name, kind FROM drift JOIN secret USING (reference) WHERE team = ?", [team.text]
        ) { row in
            (try SecretName(row.text("name")).orDamaged(), try Drift(rawValue: row.text("kind")).orDamaged())
        }
        return Dictionary(uniqueKeysWithValues: drifts)
    }

    package func driftCounts() async throws(CatalogError) -> [StoreName: Int] {
        let counts = try await query(
            "SELECT store, count(*) AS secrets FROM drift JOIN secret USING (reference) GROUP BY store"
        ) { row in (try StoreName(row.text("store")).orDamaged(), Int(try row.integer("secrets"))) }
        return Dictionary(uniqueKeysWithValues: counts)
    }

    private static let known = "SELECT kind FROM drift WHERE reference = ?"

    private static func knownDrift(of version: Version, _ db: any Session) throws -> String? {
        try db.row(known, [version.reference.text])?.text("kind")
    }
}
