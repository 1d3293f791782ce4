import Broker
import NIOConcurrencyHelpers

/// What records of the audit log say of the use of secrets: who used which when, and how often a day.
struct Uses: Sendable {
    private struct Key: Hashable {
        let team: TeamName
        let name: String
        let automation: String
        let day: Day
    }

    private var counts: [Key: (count: Int, last: Timestamp)] = [:]

    /// Of different ones.
    var count: Int { counts.count }

    mutating func add(_ event: AuditEvent, at time: Timestamp) {
        guard event.isUse, let team = event.team else { return }
        let automation = event.webhook?.text ?? event.actor.name
        let day = Day(of: time)
        for subject in event.subjects {
            let key = Key(team: team, name: subject.name, automation: automation, day: day)
            let known = counts[key]
            counts[key] = ((known?.count ?? 0) + 1, max(known?.last ?? time, time))
        }
    }

    /// Adds them to what the tables say.
    func write(_ db: any Session) throws {
        try db.run(
            """
            INSERT INTO usage (team, name, automation, last_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (team, name, automation) DO UPDATE SET last_at = excluded.last_at
            WHERE excluded.last_at > usage.last_at
            """,
            each: counts.map { [$0.key.team.text, $0.key.name, $0.key.automation, $0.value.last.milliseconds] })
        try db.run(
            """
            INSERT INTO uses_by_day (day, team, name, uses) VALUES (?, ?, ?, ?)
            ON CONFLICT (day, team, name) DO UPDATE SET uses = uses_by_day.uses + excluded.uses
            """, each: counts.map { [$0.key.day.number, $0.key.team.text, $0.key.name, $0.value.count] })
    }

    /// The last use by each automation, of each secret of the team.
    func last(in team: TeamName) -> [(name: String, usage: Usage)] {
        counts.filter { $0.key.team == team }
            .map { ($0.key.name, Usage(automation: $0.key.automation, last: $0.value.last)) }
    }

    /// Of one secret or all, of one team or all.
    func perDay(of name: SecretName?, in team: TeamName?) -> [Day: Int] {
        var days: [Day: Int] = [:]
        for (key, value) in counts {
            guard name == nil || name?.text == key.name, team == nil || team == key.team else { continue }
            days[key.day, default: 0] += value.count
        }
        return days
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

/// The uses in what this process has recorded and nobody has counted yet, so that the log need not be read for them.
final class RecentUses: Sendable {
    /// Records that follow each other.
    struct Run: Sendable {
        /// The record before the first.
        let after: Int64
        fileprivate(set) var through: Int64
        fileprivate(set) var uses = Uses()
        /// Handed out to be counted: what follows begins another.
        fileprivate var isClosed = false
    }

    /// Beyond these the log is read.
    private static let maximumRuns = 64
    private static let maximumUses = 10_000

    private let runs = NIOLockedValueBox<[Run]>([])
    /// The last record that was counted, or is being, from the log.
    private let read = NIOLockedValueBox<Int64>(0)

    /// - Parameter appended: events that have been made durable.
    func add(_ appended: AppendedEvents) {
        guard !appended.events.isEmpty else { return }
        let read = read.withLockedValue(\.self)
        runs.withLockedValue { runs in
            // What was counted in part is of no use to what follows it.
            let goesOn = runs.last.map { run in
                !run.isClosed && run.through == appended.after && run.after >= read
                    && run.uses.count < Self.maximumUses
            }
            if goesOn != true { runs.append(Run(after: appended.after, through: appended.after)) }
            if runs.count > Self.maximumRuns { runs.removeFirst() }
            let last = runs.count - 1
            for event in appended.events { runs[last].uses.add(event, at: appended.time) }
            runs[last].through += Int64(appended.events.count)
        }
    }

    /// What follows that record, to be counted; what comes before it is forgotten.
    func next(after seq: Int64) -> Run? {
        runs.withLockedValue { runs in
            runs.removeAll { $0.after < seq }
            guard let first = runs.first, first.after == seq else { return nil }
            runs[0].isClosed = true
            return first
        }
    }

    /// The log is about to be read through that record, to be counted.
    func logIsRead(through seq: Int64) { read.withLockedValue { $0 = max($0, seq) } }

    /// The first record after that one which is known here: up to it the log is to be read.
    func start(after seq: Int64) -> Int64? {
        runs.withLockedValue { runs in runs.first { $0.after > seq }?.after }
    }

    /// What may not be counted yet. To be taken before the tables are read: of these, those count that begin at what the
    /// tables say or later. Taken afterwards, what was counted in between would be missing from both.
    var all: [Run] { runs.withLockedValue(\.self) }
}
