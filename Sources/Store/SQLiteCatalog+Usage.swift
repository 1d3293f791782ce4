package import Broker
import GRDB

// Who used a secret last when. The audit log says it; the table says it fast.
extension SQLiteCatalog {
    private struct Use: Hashable {
        let team: TeamName
        let name: String
        let automation: String
    }

    static func recordUses(in events: [AuditEvent], at now: Timestamp, _ db: Database) throws {
        var uses: Set<Use> = []
        for event in events where event.isUse {
            guard let team = event.team else { continue }
            for subject in event.subjects {
                let automation = event.webhook?.text ?? event.actor.name
                uses.insert(Use(team: team, name: subject.name, automation: automation))
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
    }

    /// Derives the table from the audit log anew.
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
                    WHERE audit.team IS NOT NULL AND (
                        (audit.record ->> 'action' IN ('secret:resolve', 'secret:read_values')
                            AND audit.record ->> 'outcome' = 'done')
                        OR (audit.record ->> 'action' IN ('webhook:relay', 'webhook:test')
                            AND audit.record ->> 'outcome' = 'attempted'))
                    GROUP BY 1, 2, 3
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
        case .create, .rotate, .delete, .purge, .createToken, .revokeToken, .createWebhook, .updateWebhook,
            .deleteWebhook, .confirmWebhook:
            false
        }
    }
}
