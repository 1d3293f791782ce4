package import Broker

/// Why the configured stores do not fit the catalog.
package enum StoreMismatch: Error, Sendable, Equatable {
    case notConfigured(StoreName, StoreContent)
    /// It has secrets, or objects still to be purged, where it was before.
    case moved(StoreName, from: String, to: String)
    /// Nothing is in the store yet, and a live broker has it at this place.
    case elsewhere(StoreName, at: String, broker: String)
    case catalog(CatalogError)

    /// What is wrong and what to do about it, in one sentence.
    package var sentence: String {
        switch self {
        case .notConfigured(let name, let content):
            "the store \(name) is not configured, and \(content.reasons.joined(separator: ", and ")): configure it again"
        case .moved(let name, let from, let to):
            "the store \(name) holds secrets at \(from) and is configured as \(to): "
                + "put it back, and configure the other place under a name of its own"
        case .elsewhere(let name, let place, let broker):
            "the broker \(broker) has the store \(name) at \(place): "
                + "configure it alike, or end every broker, wait for 30 seconds and start again"
        case .catalog(let error):
            "the catalog cannot be used to check the stores (\(error)): see whether its disk is full or damaged"
        }
    }
}

/// What keeps a store from being taken away.
package struct StoreContent: Sendable, Equatable {
    /// The number of secrets whose present version is in it.
    package let secrets: Int
    /// The number of objects in it that are still to be purged, or to be purged once more.
    package let owed: Int
    /// The teams whose new versions go to it since a migration.
    package let teams: [TeamName]

    package init(secrets: Int, owed: Int, teams: [TeamName]) {
        self.secrets = secrets
        self.owed = owed
        self.teams = teams
    }

    /// A clause for each, with what ends it.
    fileprivate var reasons: [String] {
        var reasons: [String] = []
        if secrets > 0 {
            reasons.append("has \(secrets) secret\(secrets == 1 ? "" : "s") (`secret-broker migrate` moves a team's)")
        }
        if owed > 0 {
            reasons.append(
                "has \(owed) object\(owed == 1 ? "" : "s") to be purged, some once more after 15 minutes"
                    + " (a broker that runs does that, `/v1/status` counts them)")
        }
        if !teams.isEmpty {
            let names = teams.prefix(5).map(\.text).joined(separator: ", ") + (teams.count > 5 ? " and more" : "")
            reasons.append("gets the new secrets of \(names) (`secret-broker migrate` to another store ends that)")
        }
        return reasons
    }
}

extension Catalog {
    /// Remembers where the configured stores are, at the start. Refuses, and changes nothing, when a store that has
    /// secrets or objects still to be purged is missing or was pointed elsewhere. No version can be written to a store
    /// that is not registered.
    ///
    /// - Parameters:
    ///   - identities: `SecretStore.identity` by name.
    ///   - announcement: the broker that is about to serve. It is announced in the same transaction, so that no
    ///     migration comes between what it learns of the stores and what the others learn of it.
    package func registerStores(
        _ identities: [StoreName: String], announcing announcement: (broker: String, lease: Duration)? = nil
    ) async throws(StoreMismatch) {
        try await withoutMismatch { db, now in
            if let mismatch = try Self.register(identities, at: now, db) { return mismatch }
            if let (broker, lease) = announcement {
                try Self.announce(broker, stores: Array(identities.keys), until: now.adding(lease), db)
            }
            return nil
        }
    }

    /// Why `registerStores` would refuse. Only reads.
    static func mismatch(
        with identities: [StoreName: String], at now: Timestamp, _ db: any Session
    ) throws -> StoreMismatch? {
        // A held row needs nothing more from its store.
        let used = try db.rows(
            """
            SELECT name, identity FROM store
            WHERE name IN (
                SELECT store FROM secret UNION SELECT store FROM team_store
                UNION SELECT store FROM journal WHERE state <> 'held')
            ORDER BY name
            """, [])
        for row in used {
            let name = try StoreName(row.text("name")).orDamaged()
            let recorded = try row.text("identity")
            guard let identity = identities[name] else { return .notConfigured(name, try content(of: name, db)) }
            guard identity == recorded else { return .moved(name, from: recorded, to: identity) }
        }
        return try disagreement(with: identities, at: now, db)
    }

    /// Nil: they are registered.
    private static func register(
        _ identities: [StoreName: String], at now: Timestamp, _ db: any Session
    ) throws -> StoreMismatch? {
        if let mismatch = try mismatch(with: identities, at: now, db) { return mismatch }
        for (name, identity) in identities {
            try db.run(
                """
                INSERT INTO store (name, identity) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET identity = excluded.identity
                """, [name.text, identity])
        }
        return nil
    }

    private static func content(of store: StoreName, _ db: any Session) throws -> StoreContent {
        func count(_ rows: String) throws -> Int {
            let row = try db.row("SELECT count(*) AS rows FROM \(rows) store = ?", [store.text]).orDamaged()
            return Int(try row.integer("rows"))
        }
        return StoreContent(
            secrets: try count("secret WHERE"), owed: try count("journal WHERE state <> 'held' AND"),
            teams: try db.rows("SELECT team FROM team_store WHERE store = ? ORDER BY team", [store.text]).map { row in
                try TeamName(row.text("team")).orDamaged()
            })
    }

    /// A store that a broker which is alive has elsewhere: what one of them wrote, the other would not find.
    private static func disagreement(
        with identities: [StoreName: String], at now: Timestamp, _ db: any Session
    ) throws -> StoreMismatch? {
        let alive = try alive(at: now, db)
        for row in try db.rows("SELECT name, identity FROM store ORDER BY name", []) {
            let name = try StoreName(row.text("name")).orDamaged()
            let recorded = try row.text("identity")
            guard let identity = identities[name], identity != recorded else { continue }
            if let broker = alive.first(where: { $0.stores.contains(name.text) }) {
                return .elsewhere(name, at: recorded, broker: broker.id)
            }
        }
        return nil
    }

    static func broker(aliveAt now: Timestamp, without store: StoreName, _ db: any Session) throws -> String? {
        try alive(at: now, db).first { !$0.stores.contains(store.text) }?.id
    }

    /// The longest that a broker announces itself for, with room to spare. What is further ahead is from before the clock
    /// was set back, and its broker may be long gone: one that is there announces itself anew within seconds.
    private static let longestPresence = Duration.seconds(120)

    static func alive(at now: Timestamp, _ db: any Session) throws -> [(id: String, stores: [String])] {
        try db.rows(
            "SELECT id, stores FROM broker WHERE seen_until > ? AND seen_until <= ? ORDER BY id",
            [now.milliseconds, now.adding(longestPresence).milliseconds]
        ).map { row in
            (try row.text("id"), try row.text("stores").split(separator: ",").map(String.init))
        }
    }
}

extension Catalog: StoreAssignments {
    package func announce(
        _ broker: String, stores identities: [StoreName: String], lease: Duration
    ) async throws(StoreMismatch) {
        try await withoutMismatch { db, now in
            let isKnown = try Self.alive(at: now, db).contains { $0.id == broker }
            if !isKnown, let mismatch = try Self.register(identities, at: now, db) { return mismatch }
            try db.run(
                "DELETE FROM broker WHERE seen_until <= ? OR seen_until > ?",
                [now.milliseconds, now.adding(Self.longestPresence).milliseconds])
            try Self.announce(broker, stores: Array(identities.keys), until: now.adding(lease), db)
            return nil
        }
    }

    private func withoutMismatch(
        _ body: @escaping @Sendable (any Session, Timestamp) throws -> StoreMismatch?
    ) async throws(StoreMismatch) {
        let mismatch: StoreMismatch?
        do throws(CatalogError) {
            mismatch = try await write(body)
        } catch {
            throw .catalog(error)
        }
        if let mismatch { throw mismatch }
    }

    private static func announce(_ broker: String, stores: [StoreName], until end: Timestamp, _ db: any Session) throws
    {
        try db.run(
            """
            INSERT INTO broker (id, stores, seen_until) VALUES (?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET stores = excluded.stores, seen_until = excluded.seen_until
            """, [broker, stores.map(\.text).sorted().joined(separator: ","), end.milliseconds])
    }

    /// Takes the broker for ended.
    package func withdraw(_ broker: String) async throws(CatalogError) {
        try await write { db, _ in
            _ = try db.run("DELETE FROM broker WHERE id = ?", [broker])
        }
    }

    /// Looks at which brokers are alive in the same transaction, so that one announced later sees the change.
    package func assign(
        _ store: StoreName, to team: TeamName, by actor: Principal
    ) async throws(CatalogError) -> Result<Void, AssignmentRefusal> {
        try await write { db, now in
            if let broker = try Self.broker(aliveAt: now, without: store, db) {
                return .failure(.storeUnknown(to: broker))
            }
            let present = try Self.assignedStore(of: team, db)
            guard present != store else { return .success(()) }
            try db.run(
                """
                INSERT INTO team_store (team, store) VALUES (?, ?)
                ON CONFLICT (team) DO UPDATE SET store = excluded.store
                """, [team.text, store.text])
            let event = AuditEvent(.assignStore, .done, by: actor, team: team, subject: .store(store))
            try Self.append([event], at: now, db)
            return .success(())
        }
    }
}
