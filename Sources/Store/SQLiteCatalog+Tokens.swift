package import Broker
import Cryptography
import GRDB

extension SQLiteCatalog: Tokens {
    private static let isValid = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)"

    package func token(hashed hash: TokenHash) async throws(CatalogError) -> Token? {
        try read { db in
            let statement = try db.cachedStatement(
                sql: "SELECT \(Token.columns) FROM token WHERE hash = :hash AND \(Self.isValid)")
            return try Row.fetchOne(
                statement, arguments: ["hash": Hex.encode(hash.bytes), "now": clock().milliseconds]
            ).map(Token.init)
        }
    }

    package func tokens(of team: TeamName?) async throws(CatalogError) -> [Token] {
        try read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT \(Token.columns) FROM token WHERE \(Self.isValid) AND (:team IS NULL OR team = :team)
                    ORDER BY created_at, id
                    """)
            return try Row.fetchAll(statement, arguments: ["now": clock().milliseconds, "team": team?.text])
                .map(Token.init)
        }
    }

    package func add(_ token: Token, hash: TokenHash, by actor: Actor) async throws(CatalogError) -> TokenRefusal? {
        try await write { db, now in
            if let minter = token.mintedBy {
                let valid = try db.cachedStatement(sql: "SELECT 1 FROM token WHERE id = :id AND \(Self.isValid)")
                guard try Row.fetchOne(valid, arguments: ["id": minter, "now": now.milliseconds]) != nil else {
                    return .minterEnded
                }
            }
            if let webhook = token.scope.webhook {
                guard let team = token.scope.team, try Self.webhook(webhook, in: team, db) != nil else {
                    return .webhookNotFound
                }
            }
            try Self.insert(token, hash, db)
            try Self.append([Self.event(.createToken, of: token.id, in: token.scope.team, by: actor)], at: now, db)
            return nil
        }
    }

    package func revoke(id: String, by actor: Actor) async throws(CatalogError) -> Bool {
        try await write { db, now in
            let unrevoked = try db.cachedStatement(sql: "SELECT 1 FROM token WHERE id = ? AND revoked_at IS NULL")
            guard try Row.fetchOne(unrevoked, arguments: [id]) != nil else { return false }
            let revoked = try Row.fetchAll(db.cachedStatement(sql: revocation), arguments: [now.milliseconds, id])
            let events = try revoked.map { row in
                let team = try row.optionalText("team").map { try TeamName($0).orDamaged() }
                return Self.event(.revokeToken, of: try row.text("id"), in: team, by: actor)
            }
            try Self.append(events, at: now, db)
            return true
        }
    }

    private static func insert(_ token: Token, _ hash: TokenHash, _ db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO token (id, hash, name, role, team, secrets, webhook, created_at, expires_at, minted_by)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            token.id, Hex.encode(hash.bytes), token.name, token.role.rawValue, token.scope.team?.text,
            token.scope.secrets?.map(\.text).sorted().joined(separator: ","), token.scope.webhook?.text,
            token.created.milliseconds, token.expires?.milliseconds, token.mintedBy,
        ])
    }

    /// The tokens of a webhook that goes.
    static func revokeTokens(
        of webhook: WebhookName, in team: TeamName, by actor: Actor, at now: Timestamp, _ db: Database
    ) throws {
        let revoked = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    UPDATE token SET revoked_at = ? WHERE team = ? AND webhook = ? AND revoked_at IS NULL RETURNING id
                    """), arguments: [now.milliseconds, team.text, webhook.text])
        let events = try revoked.map { row in Self.event(.revokeToken, of: try row.text("id"), in: team, by: actor) }
        try append(events, at: now, db)
    }

    private static func event(
        _ action: AuditEvent.Action, of id: String, in team: TeamName?, by actor: Actor
    ) -> AuditEvent {
        AuditEvent(action, .done, by: actor, team: team, subjects: [.init(name: id, version: nil)])
    }
}

/// The token and, through all generations, the human-role tokens that it minted.
private let revocation: String = {
    let roles = Role.allCases.filter(\.isHuman).map { "'\($0.rawValue)'" }.joined(separator: ", ")
    return """
        WITH RECURSIVE descendant (id) AS (
            VALUES (?2)
            UNION SELECT token.id FROM token JOIN descendant ON token.minted_by = descendant.id
            WHERE token.role IN (\(roles))
        )
        UPDATE token SET revoked_at = ?1 WHERE revoked_at IS NULL AND id IN (SELECT id FROM descendant)
        RETURNING id, team
        """
}()
