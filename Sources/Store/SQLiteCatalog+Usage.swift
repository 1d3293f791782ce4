package import Broker
import GRDB

// Who used a secret last when, and how often a day. The audit log says it; the tables say it fast.
extension SQLiteCatalog {
    private struct Use: Hashable {
        let team: TeamName
        let name: String
        let automation: String
    }

    private struct Count: Hashable {
        let team: TeamName
        let name: String
    }

    static func recordUses(in events: [AuditEvent], at now: Timestamp, _ db: Database) throws {
        var uses: Set<Use> = []
        var counts: [Count: Int] = [:]
        for event in events where event.isUse {
            guard let team = event.team else { continue }
            for subject in event.subjects {
                let automation = event.webhook?.text ?? event.actor.name
                uses.insert(Use(team: team, name: subject.name, automation: automation))
                counts[Count(team: team, name: subject.name), default: 0] += 1
            }
        }
        guard !uses.isEmpty else { return }
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO usage (team, name, automation, last_at) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET last_at = max(last_at, excluded.last_at)
                """)
        for use in uses {
            try statement.execute(arguments: [use.team.text, use.name, use.automation, now.milliseconds])
        }
        let counting = try db.cachedStatement(
            sql: """
                INSERT INTO daily_use (day, team, name, uses) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET uses = uses + excluded.uses
                """)
        for (count, times) in counts {
            try counting.execute(arguments: [Day(of: now).number, count.team.text, count.name, times])
        }
    }

    /// Derives the tables from the audit log anew.
    package func rebuildUsage() async throws(CatalogError) {
        try await write { db, _ in
            try db.execute(
                sql: """
                    DELETE FROM usage;
                    INSERT INTO usage (team, name, automation, last_at)
                    SELECT audit.team, secret.value ->> 'name',
                        coalesce(audit.record ->> 'webhook', audit.record ->> 'actor_name'),
                        max(strftime('%s', audit.record ->> 'timestamp') * 1000
                            + substr(audit.record ->> 'timestamp', 21, 3))
                    FROM audit, json_each(audit.record, '$.secrets') AS secret
                    WHERE audit.team IS NOT NULL AND \(Schema.isUse)
                    GROUP BY 1, 2, 3;
                    DELETE FROM daily_use;
                    \(Schema.dailyUseFromLog)
                    """)
        }
    }
}

extension AuditEvent {
    /// Whether values leave the broker once it is recorded.
    fileprivate var isUse: Bool {
        switch action {
        case .resolve, .readValues: outcome == .done
        case .relay, .testWebhook: outcome == .attempted
        case .create, .rotate, .delete, .migrate, .purge, .adopt, .drift, .prune, .backUp, .assignStore, .createToken,
            .revokeToken, .createWebhook, .updateWebhook, .deleteWebhook, .confirmWebhook:
            false
        }
    }
}
