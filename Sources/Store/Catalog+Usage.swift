import Broker

// Who used a secret last when, and how often a day: what the audit log says, in tables that say it fast.
extension Catalog {
    private struct Use: Hashable {
        let team: TeamName
        let name: String
        let automation: String
    }

    private struct Count: Hashable {
        let team: TeamName
        let name: String
    }

    static func recordUses(in events: [AuditEvent], at now: Timestamp, _ db: any Session) throws {
        var uses: [Use: Int] = [:]
        for event in events where event.isUse {
            guard let team = event.team else { continue }
            for subject in event.subjects {
                let automation = event.webhook?.text ?? event.actor.name
                uses[Use(team: team, name: subject.name, automation: automation), default: 0] += 1
            }
        }
        var counts: [Count: Int] = [:]
        for (use, count) in uses { counts[Count(team: use.team, name: use.name), default: 0] += count }
        try db.run(
            """
            INSERT INTO usage (team, name, automation, last_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (team, name, automation) DO UPDATE SET last_at = excluded.last_at
            WHERE excluded.last_at > usage.last_at
            """, each: uses.keys.map { [$0.team.text, $0.name, $0.automation, now.milliseconds] })
        try db.run(
            """
            INSERT INTO daily_use (day, team, name, uses) VALUES (?, ?, ?, ?)
            ON CONFLICT (day, team, name) DO UPDATE SET uses = daily_use.uses + excluded.uses
            """, each: counts.map { [Day(of: now).number, $0.key.team.text, $0.key.name, $0.value] })
    }
}

extension AuditEvent {
    /// Whether values leave the broker once it is recorded.
    var isUse: Bool {
        switch action {
        case .resolve, .readValues: outcome == .done
        case .relay, .testWebhook: outcome == .attempted
        case .create, .rotate, .delete, .migrate, .purge, .adopt, .drift, .prune, .backUp, .assignStore, .createToken,
            .revokeToken, .createWebhook, .updateWebhook, .deleteWebhook, .confirmWebhook:
            false
        }
    }
}
