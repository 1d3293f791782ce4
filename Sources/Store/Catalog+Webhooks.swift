package import Broker
import Cryptography

extension Catalog: Webhooks {
    /// The maximum number of webhooks of a team.
    static let maximumWebhooks = 1000
    /// The maximum of `Webhook.size` over all webhooks of a team: a list of them is one answer.
    static let maximumSizeOfWebhooks = 1 << 20

    package func webhooks(in team: TeamName) async throws(CatalogError) -> [WebhookRecord] {
        try await read { db in try Self.webhooks(in: team, db) }
    }

    package func webhook(_ name: WebhookName, in team: TeamName) async throws(CatalogError) -> WebhookRecord? {
        let found = try await read { db in
            try Self.webhook(name, in: team, db).map { (record: $0, state: try db.accessState) }
        }
        guard let found else { return nil }
        memory.keep(found.record, as: found.state)
        return found.record
    }

    package func remembered(
        _ name: WebhookName, in team: TeamName, as state: AccessState
    ) -> WebhookRecord? {
        memory.webhook(name, in: team, as: state)
    }

    package func webhooks(naming name: SecretName, in team: TeamName) async throws(CatalogError) -> [WebhookName] {
        try await read { db in try Self.webhooks(naming: name, in: team, db) }
    }

    static func webhooks(naming name: SecretName, in team: TeamName, _ db: any Session) throws -> [WebhookName] {
        let (team, placeholder) = (team.text, "${\(name)}")
        let named = try db.rows(
            """
            SELECT name FROM webhook WHERE team = ? AND (access_token = ? OR signing_secret = ? OR verify_with = ?)
            UNION SELECT webhook FROM webhook_payload_secret WHERE team = ? AND secret = ?
            """, [team, name.text, name.text, name.text, team, name.text]
        ).map { try $0.text("name") }
        let inHeaders = try db.rows(
            "SELECT webhook, name, value FROM webhook_header WHERE team = ? AND replace(value, ?, '') <> value",
            [team, placeholder]
        ).filter {
            // In `$${NAME}` it is only text.
            try WebhookHeader($0.text("name"), $0.text("value")).secrets.contains(name)
        }.map { try $0.text("webhook") }
        return try Set(named + inHeaders).map { try WebhookName($0).orDamaged() }.sorted()
    }

    package func add(
        _ webhook: Webhook, to team: TeamName, confirmed: Bool, by actor: Principal
    ) async throws(CatalogError) -> Result<WebhookRecord, WebhookRefusal> {
        try await write { db, now in
            guard try Self.webhook(webhook.name, in: team, db) == nil else { return .failure(.exists) }
            let present = try db.row("SELECT count(*) AS present FROM webhook WHERE team = ?", [team.text])
            guard try present.orDamaged().integer("present") < Self.maximumWebhooks else { return .failure(.tooMany) }
            if let refusal = try Self.refusal(of: webhook, confirmed: confirmed, in: team, db) {
                return .failure(refusal)
            }
            let change = SecretRecord.Change(at: now, by: actor.name)
            let record = WebhookRecord(
                team: team, webhook: webhook, revision: Self.newRevision(), isConfirmed: confirmed, created: change,
                updated: change)
            try Self.keep(record, as: .createWebhook, by: actor, at: now, db)
            return .success(record)
        }
    }

    package func replace(
        _ webhook: Webhook, in team: TeamName, revision: String?, confirmed: Bool, by actor: Principal
    ) async throws(CatalogError) -> Result<WebhookRecord, WebhookRefusal> {
        try await write { db, now in
            guard let present = try Self.webhook(webhook.name, in: team, db) else { return .failure(.notFound) }
            guard revision == nil || revision == present.revision else { return .failure(.changed) }
            if let refusal = try Self.refusal(of: webhook, confirmed: confirmed, in: team, db) {
                return .failure(refusal)
            }
            let record = WebhookRecord(
                team: team, webhook: webhook, revision: Self.newRevision(), isConfirmed: confirmed,
                created: present.created, updated: .init(at: now, by: actor.name))
            try Self.keep(record, as: .updateWebhook, by: actor, at: now, db)
            return .success(record)
        }
    }

    package func confirm(
        _ name: WebhookName, in team: TeamName, url: WebhookURL, revision: String?, by actor: Principal
    ) async throws(CatalogError) -> Result<WebhookRecord, WebhookRefusal> {
        try await write { db, now in
            guard let present = try Self.webhook(name, in: team, db) else { return .failure(.notFound) }
            guard present.webhook.url == url, revision == nil || revision == present.revision else {
                return .failure(.changed)
            }
            if let refusal = try Self.refusal(ofConfirming: present.webhook, in: team, db) { return .failure(refusal) }
            let record = WebhookRecord(
                team: team, webhook: present.webhook, revision: Self.newRevision(), isConfirmed: true,
                created: present.created, updated: present.updated)
            try Self.keep(record, as: .confirmWebhook, by: actor, at: now, db)
            return .success(record)
        }
    }

    package func remove(
        _ name: WebhookName, from team: TeamName, revision: String?, by actor: Principal
    ) async throws(CatalogError) -> Result<WebhookRecord, WebhookRefusal> {
        try await write { db, now in
            guard let record = try Self.webhook(name, in: team, db) else { return .failure(.notFound) }
            guard revision == nil || revision == record.revision else { return .failure(.changed) }
            try Self.delete(name, from: team, db)
            try Self.append([Self.event(.deleteWebhook, of: record, by: actor)], at: now, db)
            try Self.revokeTokens(of: name, in: team, by: actor, at: now, db)
            return .success(record)
        }
    }
}

extension Catalog {
    static func webhook(_ name: WebhookName, in team: TeamName, _ db: any Session) throws -> WebhookRecord? {
        let place = [team.text, name.text]
        guard let row = try db.row("SELECT \(WebhookRecord.columns) FROM webhook WHERE team = ? AND name = ?", place)
        else { return nil }
        return try WebhookRecord(
            row,
            headers: db.rows(
                "SELECT name, value FROM webhook_header WHERE team = ? AND webhook = ? ORDER BY name", place),
            secrets: db.rows(
                "SELECT secret, at FROM webhook_payload_secret WHERE team = ? AND webhook = ? ORDER BY at", place))
    }

    private static func webhooks(in team: TeamName, _ db: any Session) throws -> [WebhookRecord] {
        func byWebhook(_ sql: String) throws -> [String: [Row]] {
            Dictionary(grouping: try db.rows(sql, [team.text])) { (try? $0.text("webhook")) ?? "" }
        }
        let headers = try byWebhook("SELECT webhook, name, value FROM webhook_header WHERE team = ? ORDER BY name")
        let secrets = try byWebhook("SELECT webhook, secret, at FROM webhook_payload_secret WHERE team = ? ORDER BY at")
        let rows = try db.rows("SELECT \(WebhookRecord.columns) FROM webhook WHERE team = ? ORDER BY name", [team.text])
        return try rows.map { row in
            let name = try row.text("name")
            return try WebhookRecord(row, headers: headers[name] ?? [], secrets: secrets[name] ?? [])
        }
    }

    /// Disarms the webhooks that name the secret: nobody has confirmed where a value that comes under its name goes.
    static func disarmWebhooks(
        naming name: SecretName, in team: TeamName, by actor: Principal, at now: Timestamp, _ db: any Session
    ) throws {
        for name in try webhooks(naming: name, in: team, db) {
            guard let present = try webhook(name, in: team, db), present.isConfirmed else { continue }
            let record = WebhookRecord(
                team: team, webhook: present.webhook, revision: newRevision(), isConfirmed: false,
                created: present.created, updated: .init(at: now, by: actor.name))
            try keep(record, as: .updateWebhook, by: actor, at: now, db)
        }
    }

    /// Nil if the team has all secrets that the webhook names.
    private static func refusal(
        ofConfirming webhook: Webhook, in team: TeamName, _ db: any Session
    ) throws -> WebhookRefusal? {
        let missing = try webhook.secrets.sorted().filter { try secret($0, in: team, db) == nil }
        return missing.isEmpty ? nil : .secretsMissing(missing)
    }

    /// Nil if the webhook, in the place of the one of its name, is small enough by itself and with the team's others, and
    /// may be confirmed if it is to be.
    private static func refusal(
        of webhook: Webhook, confirmed: Bool, in team: TeamName, _ db: any Session
    ) throws -> WebhookRefusal? {
        guard webhook.size <= Webhook.maximumSize else { return .tooLarge }
        let others: [(any SQLConvertible)?] = [team.text, webhook.name.text]
        let row = try db.row(
            """
            SELECT (SELECT coalesce(sum(length(url)), 0) FROM webhook WHERE team = ? AND name <> ?)
                + (SELECT coalesce(sum(length(name) + length(value)), 0) FROM webhook_header
                    WHERE team = ? AND webhook <> ?)
                + (SELECT coalesce(sum(length(secret) + length(at)), 0) FROM webhook_payload_secret
                    WHERE team = ? AND webhook <> ?)
                AS size
            """, others + others + others)
        let size = try row.orDamaged().integer("size")
        guard size + Int64(webhook.size) <= Self.maximumSizeOfWebhooks else { return .noRoom }
        return confirmed ? try refusal(ofConfirming: webhook, in: team, db) : nil
    }

    /// Makes a random revision, so that a webhook that is deleted and made again does not look like the one before.
    private static func newRevision() -> String { Hex.encode(SecureRandom().bytes(8)) }

    private static func delete(_ name: WebhookName, from team: TeamName, _ db: any Session) throws {
        try db.run("DELETE FROM webhook WHERE team = ? AND name = ?", [team.text, name.text])
    }

    /// Writes the whole webhook anew, with its audit record.
    private static func keep(
        _ record: WebhookRecord, as action: AuditEvent.Action, by actor: Principal, at now: Timestamp, _ db: any Session
    ) throws {
        let webhook = record.webhook
        try delete(webhook.name, from: record.team, db)
        try db.run(
            "INSERT INTO webhook (\(WebhookRecord.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                record.team.text, webhook.name.text, record.revision, record.isConfirmed, webhook.url.text,
                webhook.accessToken?.text, webhook.signingSecret?.text, webhook.signatureEncoding.rawValue,
                webhook.verifyWith?.text, webhook.answer.rawValue, record.created.at.milliseconds, record.created.by,
                record.updated.at.milliseconds, record.updated.by,
            ])
        let place: [(any SQLConvertible)?] = [record.team.text, webhook.name.text]
        try db.run(
            "INSERT INTO webhook_header (team, webhook, name, value) VALUES (?, ?, ?, ?)",
            each: webhook.headers.map { place + [$0.name, $0.value] })
        try db.run(
            "INSERT INTO webhook_payload_secret (team, webhook, secret, at) VALUES (?, ?, ?, ?)",
            each: webhook.payloadSecrets.map { place + [$0.name.text, $0.at.text] })
        var events = [event(action, of: record, by: actor)]
        if record.isConfirmed, action != .confirmWebhook {
            events.append(event(.confirmWebhook, of: record, by: actor))
        }
        try append(events, at: now, db)
    }

    private static func event(
        _ action: AuditEvent.Action, of record: WebhookRecord, by actor: Principal
    ) -> AuditEvent {
        AuditEvent(
            action, .done, by: actor, team: record.team,
            subject: .secrets(record.webhook.secrets.sorted().map { .init(name: $0, version: nil) }),
            webhook: record.webhook.name, destination: record.webhook.url.authority)
    }
}

extension WebhookRecord {
    fileprivate static let columns = """
        team, name, revision, confirmed, url, access_token, signing_secret, signature_encoding, verify_with, answer,
        created_at, created_by, updated_at, updated_by
        """

    fileprivate init(_ row: Row, headers: [Row], secrets: [Row]) throws {
        func secret(_ column: String) throws -> SecretName? {
            try row.optionalText(column).map { try SecretName($0).orDamaged() }
        }
        let webhook = try Webhook(
            name: WebhookName(row.text("name")).orDamaged(), url: WebhookURL(row.text("url")).orDamaged(),
            accessToken: secret("access_token"), signingSecret: secret("signing_secret"),
            signatureEncoding: Webhook.SignatureEncoding(rawValue: row.text("signature_encoding")).orDamaged(),
            headers: headers.map { try WebhookHeader($0.text("name"), $0.text("value")) },
            payloadSecrets: secrets.map {
                .init(
                    name: try SecretName($0.text("secret")).orDamaged(),
                    at: try JSONPointer($0.text("at")).orDamaged())
            },
            verifyWith: secret("verify_with"), answer: Webhook.Answer(rawValue: row.text("answer")).orDamaged())
        self.init(
            team: try TeamName(row.text("team")).orDamaged(), webhook: webhook, revision: try row.text("revision"),
            isConfirmed: Int(try row.integer("confirmed")) == 1,
            created: .init(at: try row.time("created_at"), by: try row.text("created_by")),
            updated: .init(at: try row.time("updated_at"), by: try row.text("updated_by")))
    }
}
