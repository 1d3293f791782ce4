package import Broker

extension Catalog: RecoveryJournal {
    private static let decisionLifetime = Duration.seconds(24 * 60 * 60)

    /// The longest that a writer's row is ever leased for, and the longest that an obligation waits, each with room to
    /// spare (`Writer.Timing`, `Recovery.Timing`). A time further ahead is from before the clock was set back, and has
    /// come.
    private static let (longestLease, longestWait) = (Duration.seconds(60), Duration.seconds(1200))

    /// Also drops decisions older than a day.
    package func expireLeases() async throws(CatalogError) -> Int {
        try await write { db, now in
            let expired = try db.rows(
                """
                UPDATE journal SET state = 'purge', write_id = NULL, due_at = ?, owed_at = ?
                WHERE state = 'writing' AND (due_at <= ? OR due_at > ?)
                RETURNING reference, team, name, action
                """, [now.milliseconds, now.milliseconds, now.milliseconds, now.adding(Self.longestLease).milliseconds])
            try Self.append(expired.map(Self.leaseExpired), at: now, db)
            try db.run(
                "UPDATE journal SET state = 'purge', failures = 0, owed_at = ? WHERE state = 'held' AND due_at <= ?",
                [now.milliseconds, now.milliseconds])
            try db.run(
                "DELETE FROM decision WHERE decided_at < ?",
                [now.milliseconds - Self.decisionLifetime.components.seconds * 1000])
            return expired.count
        }
    }

    /// Empty in a catalog that was restored and not taken over.
    package func obligations(all: Bool, limit: Int) async throws(CatalogError) -> [Obligation] {
        let now = engine.now
        let (latest, furthest) = (all ? Int64.max : now.milliseconds, now.adding(Self.longestWait).milliseconds)
        return try await read { db in
            guard try Self.restoredFrom(db) == nil else { return [] }
            return try db.rows(
                """
                SELECT reference, store, team, name, state, journaled_at, due_at, failures FROM journal
                WHERE state IN ('purge', 'repeat') AND (due_at <= ? OR due_at > ?)
                ORDER BY due_at, journaled_at, reference LIMIT ?
                """, [latest, furthest, limit]
            ).map(Obligation.init)
        }
    }

    package func advance(_ obligation: Obligation, _ step: ObligationStep) async throws(CatalogError) {
        try await write { db, now in
            guard try Self.change(obligation, step, db), let outcome = step.outcome(of: obligation) else { return }
            let event = AuditEvent(
                .purge, outcome, by: .broker, team: obligation.team,
                subject: .secret(obligation.name, obligation.reference.id))
            try Self.append([event], at: now, db)
        }
    }

    package func journalDepth() async throws(CatalogError) -> JournalDepth {
        try await read { db in
            var rows: [String: Int] = [:]
            var oldest: [String: Timestamp] = [:]
            for row in try db.rows(
                """
                SELECT state, count(*) AS rows, min(coalesce(owed_at, journaled_at)) AS oldest FROM journal
                GROUP BY state
                """, [])
            {
                let state = try row.text("state")
                rows[state] = Int(try row.integer("rows"))
                oldest[state] = try row.time("oldest")
            }
            return JournalDepth(
                writing: rows["writing", default: 0], purging: rows["purge", default: 0],
                repeating: rows["repeat", default: 0], held: rows["held", default: 0],
                oldestWrite: oldest["writing"], oldestPurge: oldest["purge"])
        }
    }

    /// - Returns: false if the row is no longer as it was read; it then stays as it is.
    private static func change(_ obligation: Obligation, _ step: ObligationStep, _ db: any Session) throws -> Bool {
        let due = step.due?.milliseconds
        let (change, values): (String, [(any SQLConvertible)?]) =
            switch step {
            case .discharged: ("DELETE FROM journal", [])
            case .again: ("UPDATE journal SET state = 'repeat', failures = 0, due_at = ?", [due])
            case .failed: ("UPDATE journal SET failures = failures + 1, due_at = ?", [due])
            case .held: ("UPDATE journal SET state = 'held', due_at = ?", [due])
            }
        let asRead: [(any SQLConvertible)?] = [
            obligation.reference.text, obligation.isRepeat ? "repeat" : "purge", obligation.failures,
        ]
        return try db.run(change + " WHERE reference = ? AND state = ? AND failures = ?", values + asRead) == 1
    }

    private static func leaseExpired(_ row: Row) throws -> AuditEvent {
        let version = Reference(recorded: try row.text("reference")).id
        return AuditEvent(
            try AuditEvent.Action(rawValue: row.text("action")).orDamaged(), .failed(code: "lease_expired"),
            by: .broker, team: try TeamName(row.text("team")).orDamaged(),
            subject: .secret(try SecretName(row.text("name")).orDamaged(), version))
    }
}

extension ObligationStep {
    fileprivate var due: Timestamp? {
        switch self {
        case .discharged: nil
        case .again(let date), .failed(let date), .held(let date): date
        }
    }

    /// The outcome for the audit log, which is told once that an object has gone, however often it is purged.
    fileprivate func outcome(of obligation: Obligation) -> AuditEvent.Outcome? {
        switch self {
        case .discharged, .again: obligation.isRepeat ? nil : .done
        case .failed: nil
        case .held(let date): .held(until: date)
        }
    }
}
