import Broker

// Decodes rows into the rules' types. A column that cannot be what it should be means that the catalog is damaged.

extension SecretRecord {
    static let columns = """
        team, name, store, reference, pin, journaled_at, committed_at, created_at, created_by, updated_at, updated_by,
            owned
        """

    init(_ row: Row) throws {
        self.init(
            team: try TeamName(row.text("team")).orDamaged(),
            name: try SecretName(row.text("name")).orDamaged(),
            version: try Version(row),
            created: Change(at: try row.time("created_at"), by: try row.text("created_by")),
            updated: Change(at: try row.time("updated_at"), by: try row.text("updated_by")))
    }
}

extension Version {
    convenience init(_ row: Row) throws {
        self.init(
            store: try StoreName(row.text("store")).orDamaged(),
            reference: Reference(recorded: try row.text("reference")),
            pin: Pin(try row.text("pin")),
            journaled: try row.time("journaled_at"),
            committed: try row.time("committed_at"),
            isOwned: try row.flag("owned"))
    }
}

extension AccessState {
    /// A column for any statement, which tells the state at the moment of its rows.
    static let column = "(SELECT changes FROM access_state) AS changes"

    init(_ row: Row, epoch: Int?) throws {
        self.init(changes: try row.integer("changes"), epoch: epoch)
    }
}

extension Obligation {
    init(_ row: Row) throws {
        self.init(
            team: try TeamName(row.text("team")).orDamaged(),
            name: try SecretName(row.text("name")).orDamaged(),
            store: try StoreName(row.text("store")).orDamaged(),
            reference: Reference(recorded: try row.text("reference")),
            journaled: try row.time("journaled_at"),
            due: try row.time("due_at"),
            failures: Int(try row.integer("failures")),
            isRepeat: try row.text("state") == "repeat")
    }
}

extension Token {
    static let columns = "id, name, role, team, secrets, webhook, created_at, expires_at, minted_by"

    init(_ row: Row) throws {
        self.init(
            id: try row.text("id"),
            name: try row.text("name"),
            grant: try Grant(row),
            created: try row.time("created_at"),
            expires: try row.optionalInteger("expires_at").map(Timestamp.init(milliseconds:)),
            mintedBy: try row.optionalText("minted_by"))
    }
}

extension Grant {
    /// Columns that form no grant are damage, too: which of them to believe is not for the broker to guess.
    fileprivate init(_ row: Row) throws {
        let role = try Role(rawValue: row.text("role")).orDamaged()
        let team = try row.optionalText("team").map { try TeamName($0).orDamaged() }
        let secrets = try row.optionalText("secrets").map(Self.names)
        let webhook = try row.optionalText("webhook").map { try WebhookName($0).orDamaged() }
        self = try (try? Grant(role, team: team, secrets: secrets, webhook: webhook)).orDamaged()
    }

    private static func names(_ text: String) throws -> Set<SecretName> {
        Set(try text.split(separator: ",").map { try SecretName(String($0)).orDamaged() })
    }
}
