import Broker

/// How a write ended, as its decision's row tells for a day.
enum DecidedOutcome: String {
    case committed
    /// It can never be committed.
    case failed = "settled"
}

// The steps that make up the journal's transactions.
extension Catalog {
    /// Whether another write of the same secret is undecided.
    static func isLocked(_ name: SecretName, in team: TeamName, _ db: any Session) throws -> Bool {
        return try db.row(
            "SELECT 1 FROM journal WHERE team = ? AND name = ? AND state = 'writing'",
            [team.text, name.text]) != nil
    }

    /// Who keeps the secret from being deleted; nil: nobody. What another process recorded in the last second or two may
    /// not be counted yet.
    static func inUse(
        _ deletion: Deletion, since: Timestamp, besides recent: [RecentUses.Run], _ db: any Session
    ) throws -> WriteRefusal? {
        let place = [deletion.team.text, deletion.name.text]
        let used = try lastUses(
            where: "team = ? AND name = ?", place, in: deletion.team, since: since, besides: recent, db)
        let users = used[deletion.name] ?? []
        let webhooks = try webhooks(naming: deletion.name, in: deletion.team, db)
        return users.isEmpty && webhooks.isEmpty ? nil : .inUse(users, webhooks)
    }

    /// When the reference was journaled, if its row is undecided and this write's.
    static func journaled(_ reference: Reference, by put: Put, _ db: any Session) throws -> Timestamp? {
        return try db.row(
            "SELECT journaled_at FROM journal WHERE reference = ? AND write_id = ? AND state = 'writing'",
            [reference.text, put.id])?.time("journaled_at")
    }

    /// How the write ended, if that is decided and less than a day ago.
    static func decision(of write: some Write, _ db: any Session) throws -> Result<SecretRecord, WriteRefusal>? {
        guard
            let row = try db.row(
                "SELECT outcome, \(SecretRecord.columns) FROM decision WHERE write_id = ?", [write.id])
        else { return nil }
        let isCommitted = try row.text("outcome") == DecidedOutcome.committed.rawValue
        return try isCommitted ? .success(SecretRecord(row)) : .failure(.lost)
    }

    /// Keeps the decision, and with a commit the secret's row: as it is in force from now on, or about to go.
    static func decide(_ write: some Write, _ outcome: DecidedOutcome, at now: Timestamp, _ db: any Session) throws {
        try db.run(
            "INSERT INTO decision (write_id, outcome, decided_at) VALUES (?, ?, ?)",
            [write.id, outcome.rawValue, now.milliseconds])
        guard outcome == .committed else { return }
        try db.run(
            """
            UPDATE decision SET (\(SecretRecord.columns)) =
                (SELECT \(SecretRecord.columns) FROM secret WHERE team = ? AND name = ?)
            WHERE write_id = ?
            """, [write.team.text, write.name.text, write.id])
    }

    static func keep(_ record: SecretRecord, _ db: any Session) throws {
        let version = record.version
        try db.run(
            """
            INSERT INTO secret (\(SecretRecord.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (team, name) DO UPDATE SET
                store = excluded.store, reference = excluded.reference, pin = excluded.pin,
                journaled_at = excluded.journaled_at, committed_at = excluded.committed_at,
                updated_at = excluded.updated_at, updated_by = excluded.updated_by, owned = excluded.owned
            """,
            [
                record.team.text, record.name.text, version.store.text, version.reference.text, version.pin.text,
                version.journaled.milliseconds, version.committed.milliseconds, record.created.at.milliseconds,
                record.created.by, record.updated.at.milliseconds, record.updated.by, version.isOwned,
            ])
    }

    static func forget(_ reference: Reference, _ db: any Session) throws {
        try db.run("DELETE FROM journal WHERE reference = ?", [reference.text])
    }

    /// The object of a version that is not in force any more is to be purged at once, unless it is somebody else's.
    static func oblige(_ version: Version, of write: some Write, at now: Timestamp, _ db: any Session) throws {
        guard version.isOwned else { return }
        try db.run(
            """
            INSERT INTO journal (reference, store, team, name, state, journaled_at, due_at, owed_at)
            VALUES (?, ?, ?, ?, 'purge', ?, ?, ?)
            """,
            [
                version.reference.text, version.store.text, write.team.text, write.name.text,
                version.journaled.milliseconds, now.milliseconds, now.milliseconds,
            ])
    }

    /// The object of a write that failed is to be purged. Where the row has gone, it is written again as if it were
    /// new, so that it is purged twice: its create may still arrive.
    static func obligeTarget(of put: Put, at now: Timestamp, _ db: any Session) throws {
        try db.run(
            """
            INSERT INTO journal (reference, store, team, name, state, journaled_at, due_at, owed_at)
            VALUES (?, ?, ?, ?, 'purge', ?, ?, ?)
            ON CONFLICT (reference) DO UPDATE SET
                state = 'purge', write_id = NULL, action = NULL, due_at = excluded.due_at, owed_at = excluded.owed_at
            WHERE journal.state = 'writing'
            """,
            [
                put.target.reference.text, put.target.store.text, put.team.text, put.name.text, now.milliseconds,
                now.milliseconds, now.milliseconds,
            ])
    }
}
