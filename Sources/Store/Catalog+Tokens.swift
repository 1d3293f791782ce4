package import Broker
import Cryptography

extension Catalog: Tokens {
    /// The number of valid tokens of a team, or for all teams, at which tokens make no more. The operator's shell still
    /// does, so that nobody who may make tokens takes the last place from it.
    static let maximumTokens = 1000

    package var epoch: Int? { engine.epoch }

    private static let isValid = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)"

    package func token(hashed hash: TokenHash) async throws(CatalogError) -> Token? {
        let epoch = engine.epoch
        let found = try await query(
            "SELECT \(Token.columns), \(AccessState.column) FROM token WHERE hash = ? AND \(Self.isValid)",
            [Hex.encode(hash.bytes), engine.now.milliseconds]
        ) { row in (token: try Token(row), state: try AccessState(row, epoch: epoch)) }.first
        guard let found else { return nil }
        memory.keep(found.token, hashed: hash, as: found.state)
        return found.token
    }

    package func remembered(_ hash: TokenHash) -> (token: Token, state: AccessState)? {
        guard let found = memory.token(hashed: hash) else { return nil }
        return found.token.expires.map { $0 <= engine.now } ?? false ? nil : found
    }

    package func tokens(of team: TeamName?) async throws(CatalogError) -> [Token] {
        try await query(
            """
            SELECT \(Token.columns) FROM token WHERE \(Self.isValid)\(team == nil ? "" : " AND team = ?")
            ORDER BY created_at, id
            """, [engine.now.milliseconds] + (team.map { [$0.text] } ?? []), as: Token.init)
    }

    package func add(
        _ token: Token, hash: TokenHash, by actor: Principal
    ) async throws(CatalogError) -> Result<Void, TokenRefusal> {
        try await write { db, now in
            if let minter = token.mintedBy {
                guard
                    try db.row("SELECT 1 FROM token WHERE id = ? AND \(Self.isValid)", [minter, now.milliseconds])
                        != nil
                else {
                    return .failure(.minterEnded)
                }
                let present = try db.row(
                    "SELECT count(*) AS present FROM token WHERE coalesce(team, '') = ? AND \(Self.isValid)",
                    [token.grant.team?.text ?? "", now.milliseconds])
                guard try present.orDamaged().integer("present") < Self.maximumTokens else { return .failure(.tooMany) }
            }
            let grant = token.grant
            if case .relay(let team, let webhook) = grant, try Self.webhook(webhook, in: team, db) == nil {
                return .failure(.webhookNotFound)
            }
            try Self.insert(token, hash, db)
            let made = AuditEvent.MadeToken(
                name: token.name, role: grant.role, expires: token.expires, secrets: grant.secrets?.sorted())
            let event = AuditEvent(
                .createToken, .done, by: actor, team: grant.team, subject: .token(id: token.id, made),
                webhook: grant.webhook)
            try Self.append([event], at: now, db)
            return .success(())
        }
    }

    package func revoke(id: String, by actor: Principal) async throws(CatalogError) -> Revocation? {
        try await write { db, now in
            let named = try db.row("SELECT id, name FROM token WHERE id = ? AND revoked_at IS NULL", [id])
            guard let named else { return nil }
            let revoked = try db.rows(revocation, [id, now.milliseconds])
            let events = try revoked.map { row in
                let team = try row.optionalText("team").map { try TeamName($0).orDamaged() }
                return Self.revoked(try row.text("id"), in: team, by: actor)
            }
            try Self.append(events, at: now, db)
            let relays = try db.rows(
                """
                \(descendants) SELECT id, name FROM token
                WHERE role = 'relay' AND minted_by IN (SELECT id FROM descendant) AND \(Self.isValid)
                ORDER BY created_at, id
                """, [id, now.milliseconds])
            let token = try Revocation.Named(named)
            let made = try revoked.map(Revocation.Named.init).filter { $0 != token }
            return Revocation(
                token: token, made: made.sorted { ($0.name, $0.id) < ($1.name, $1.id) },
                relays: try relays.map(Revocation.Named.init))
        }
    }

    private static func insert(_ token: Token, _ hash: TokenHash, _ db: any Session) throws {
        let grant = token.grant
        try db.run(
            """
            INSERT INTO token (id, hash, name, role, team, secrets, webhook, created_at, expires_at, minted_by)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                token.id, Hex.encode(hash.bytes), token.name, grant.role.rawValue, grant.team?.text,
                grant.secrets?.map(\.text).sorted().joined(separator: ","), grant.webhook?.text,
                token.created.milliseconds, token.expires?.milliseconds, token.mintedBy,
            ])
    }

    /// Revokes the tokens of a webhook that is removed.
    static func revokeTokens(
        of webhook: WebhookName, in team: TeamName, by actor: Principal, at now: Timestamp, _ db: any Session
    ) throws {
        let revoked = try db.rows(
            """
            UPDATE token SET revoked_at = ? WHERE team = ? AND webhook = ? AND revoked_at IS NULL RETURNING id
            """, [now.milliseconds, team.text, webhook.text])
        let events = try revoked.map { row in Self.revoked(try row.text("id"), in: team, by: actor) }
        try append(events, at: now, db)
    }

    private static func revoked(_ id: String, in team: TeamName?, by actor: Principal) -> AuditEvent {
        AuditEvent(.revokeToken, .done, by: actor, team: team, subject: .token(id: id))
    }
}

extension Revocation.Named {
    fileprivate init(_ row: Row) throws {
        self.init(id: try row.text("id"), name: try row.text("name"))
    }
}

/// The beginning of a statement about a token and, through all generations, the human-role tokens that it minted.
private let descendants: String = {
    let roles = Role.allCases.filter(\.isHuman).map { "'\($0.rawValue)'" }.joined(separator: ", ")
    return """
        WITH RECURSIVE descendant (id) AS (
            SELECT id FROM token WHERE id = ?
            UNION SELECT token.id FROM token JOIN descendant ON token.minted_by = descendant.id
            WHERE token.role IN (\(roles))
        )
        """
}()

/// The statement that revokes them.
private let revocation = """
    \(descendants) UPDATE token SET revoked_at = ? WHERE revoked_at IS NULL AND id IN (SELECT id FROM descendant)
    RETURNING id, name, team
    """
