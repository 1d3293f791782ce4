package import Broker

extension Catalog: PresentVersions, CatalogView {
    package func versions(
        of names: [SecretName], in team: TeamName
    ) async throws(CatalogError) -> [SecretName: Version] {
        guard !names.isEmpty else { return [:] }
        let epoch = engine.epoch
        // One look-up for each name: for `IN`, SQLite first makes a table of the names, which costs more than they do.
        let one = """
            SELECT name, store, reference, pin, journaled_at, committed_at, owned, \(AccessState.column)
            FROM secret WHERE team = ? AND name = ?
            """
        let found = try await query(
            Array(repeating: one, count: names.count).joined(separator: " UNION ALL "),
            names.flatMap { [team.text, $0.text] }
        ) { row in
            (try SecretName(row.text("name")).orDamaged(), try Version(row), try AccessState(row, epoch: epoch))
        }
        let versions = Dictionary(uniqueKeysWithValues: found.map { ($0.0, $0.1) })
        if let state = found.first?.2 { memory.keep(versions, of: team, as: state) }
        return versions
    }

    package func remembered(
        _ names: [SecretName], in team: TeamName, as state: AccessState
    ) -> [Version]? {
        memory.versions(of: names, in: team, as: state)
    }

    package func secrets(in team: TeamName) async throws(CatalogError) -> [SecretRecord] {
        try await query(
            "SELECT \(SecretRecord.columns) FROM secret WHERE team = ? ORDER BY name", [team.text],
            as: SecretRecord.init)
    }

    package func secret(_ name: SecretName, in team: TeamName) async throws(CatalogError) -> SecretRecord? {
        try await query(Self.oneSecret, [team.text, name.text], as: SecretRecord.init).first
    }

    package func assignedStore(of team: TeamName) async throws(CatalogError) -> StoreName? {
        try await query(Self.storeOfTeam, [team.text], as: StoreName.init(assigned:)).first
    }

    package func teams(limit: Int) async throws(CatalogError) -> [TeamName] {
        try await query(
            """
            SELECT team FROM secret UNION SELECT team FROM webhook
            UNION SELECT team FROM token WHERE team IS NOT NULL AND revoked_at IS NULL
            ORDER BY team LIMIT ?
            """, [limit]
        ) { row in try TeamName(row.text("team")).orDamaged() }
    }

    /// Whether the team has a secret, a webhook or a token, or a migration has sent its new versions somewhere.
    package func isKnown(_ team: TeamName) async throws(CatalogError) -> Bool {
        let places = try await query(
            """
            SELECT 1 AS place FROM secret WHERE team = ? UNION SELECT 2 FROM webhook WHERE team = ?
            UNION SELECT 3 FROM token WHERE team = ? AND revoked_at IS NULL UNION SELECT 4 FROM team_store WHERE team = ?
            """, [team.text, team.text, team.text, team.text]
        ) { row in try row.integer("place") }
        return !places.isEmpty
    }

    package func secrets(
        after cursor: (team: TeamName, name: SecretName)?, limit: Int
    ) async throws(CatalogError) -> [SecretRecord] {
        // No team is the empty string, so that everything comes after it.
        try await query(
            """
            SELECT \(SecretRecord.columns) FROM secret WHERE (team, name) > (?, ?) ORDER BY team, name LIMIT ?
            """, [cursor?.team.text ?? "", cursor?.name.text ?? "", limit], as: SecretRecord.init)
    }

    private static let oneSecret = "SELECT \(SecretRecord.columns) FROM secret WHERE team = ? AND name = ?"
    private static let storeOfTeam = "SELECT store FROM team_store WHERE team = ?"

    static func secret(_ name: SecretName, in team: TeamName, _ db: any Session) throws -> SecretRecord? {
        try db.row(oneSecret, [team.text, name.text]).map(SecretRecord.init)
    }

    static func assignedStore(of team: TeamName, _ db: any Session) throws -> StoreName? {
        try db.row(storeOfTeam, [team.text]).map(StoreName.init(assigned:))
    }
}

extension StoreName {
    fileprivate init(assigned row: Row) throws {
        self = try StoreName(row.text("store")).orDamaged()
    }
}
