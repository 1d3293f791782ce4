import Broker
import NIOConcurrencyHelpers

/// What records of the audit log tell of the use of secrets: who used which when, and how often a day.
struct Uses: Sendable {
    private struct Key: Hashable {
        let team: TeamName
        let name: SecretName
        let automation: String
        let day: Day
    }

    private struct Count {
        var count = 0
        var last: Timestamp

        mutating func add(at time: Timestamp) {
            count += 1
            last = max(last, time)
        }
    }

    private var counts: [Key: Count] = [:]

    /// The number of different keys.
    var keyCount: Int { counts.count }

    mutating func add(_ event: AuditEvent, at time: Timestamp) {
        guard event.isUse, let team = event.team else { return }
        let automation = event.webhook?.text ?? event.actor.name
        let day = Day(of: time)
        for secret in event.secrets {
            let key = Key(team: team, name: secret.name, automation: automation, day: day)
            counts[key, default: Count(last: time)].add(at: time)
        }
    }

    /// Adds the uses to the tables.
    func write(_ db: any Session) throws {
        try db.run(
            """
            INSERT INTO usage (team, name, automation, last_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (team, name, automation) DO UPDATE SET last_at = excluded.last_at
            WHERE excluded.last_at > usage.last_at
            """,
            each: counts.map { [$0.key.team.text, $0.key.name.text, $0.key.automation, $0.value.last.milliseconds] })
        try db.run(
            """
            INSERT INTO uses_by_day (day, team, name, uses) VALUES (?, ?, ?, ?)
            ON CONFLICT (day, team, name) DO UPDATE SET uses = uses_by_day.uses + excluded.uses
            """, each: counts.map { [$0.key.day.number, $0.key.team.text, $0.key.name.text, $0.value.count] })
    }

    /// The last use by each automation, of each secret of the team.
    func last(in team: TeamName) -> [(name: SecretName, usage: Usage)] {
        counts.filter { $0.key.team == team }
            .map { ($0.key.name, Usage(automation: $0.key.automation, last: $0.value.last)) }
    }

    /// The number of uses per day, of one secret or all, in one team or all.
    func perDay(of name: SecretName?, in team: TeamName?) -> [Day: Int] {
        var days: [Day: Int] = [:]
        for (key, value) in counts {
            guard name == nil || name == key.name, team == nil || team == key.team else { continue }
            days[key.day, default: 0] += value.count
        }
        return days
    }
}

/// The uses that this process has recorded and nobody has counted yet, so that the log need not be read for them.
final class RecentUses: Sendable {
    /// The uses in records that follow each other.
    struct Run: Sendable {
        /// The number of the record before the first.
        let after: Int64
        fileprivate(set) var through: Int64
        fileprivate(set) var uses = Uses()
        /// Whether it was handed out for counting, or counted in part by another broker: what follows begins another.
        fileprivate var isClosed = false
    }

    private struct State {
        var runs: [Run] = []
        /// The number of the last record that was counted, or is being counted, from the log.
        var read: Int64 = 0
        /// The epoch of the server that has the log. A server that takes its place may have lost the end of the log,
        /// and then gives its numbers to other records.
        var epoch: Int?

        mutating func keep(to epoch: Int?) {
            guard epoch != self.epoch else { return }
            self = State(epoch: epoch)
        }
    }

    /// The maximum number of keys in one run, which is counted in one transaction.
    private static let maximumKeys = 10_000
    /// The maximum number of keys in all runs: more than a process records between two counts. Beyond it, the log is
    /// read.
    private static let maximumTotal = 100_000
    private static let maximumRuns = 10_000

    private let state = NIOLockedValueBox(State())

    /// - Parameter appended: events that are durable.
    func add(_ appended: AppendedEvents) {
        guard !appended.events.isEmpty else { return }
        state.withLockedValue { state in
            state.keep(to: appended.epoch)
            // A run that was counted in part is of no use to what follows it.
            let goesOn = state.runs.last.map { run in
                !run.isClosed && run.through == appended.after && run.after >= state.read
                    && run.uses.keyCount < Self.maximumKeys
            }
            if goesOn != true {
                let total = state.runs.reduce(0) { $0 + $1.uses.keyCount }
                if total > Self.maximumTotal || state.runs.count >= Self.maximumRuns { state.runs.removeFirst() }
                state.runs.append(Run(after: appended.after, through: appended.after))
            }
            let last = state.runs.count - 1
            for event in appended.events { state.runs[last].uses.add(event, at: appended.time) }
            state.runs[last].through += Int64(appended.events.count)
        }
    }

    /// The run that follows record `seq`, to be counted. Runs before it are forgotten.
    ///
    /// - Parameter epoch: the epoch of the server that told what is counted.
    func next(after seq: Int64, epoch: Int?) -> Run? {
        state.withLockedValue { state in
            state.keep(to: epoch)
            state.runs.removeAll { $0.through <= seq }
            guard let first = state.runs.first, first.after <= seq else { return nil }
            state.runs[0].isClosed = true
            return first.after == seq ? first : nil
        }
    }

    /// Notes that the log is about to be read through record `seq`, to be counted.
    func noteRead(through seq: Int64) { state.withLockedValue { $0.read = max($0.read, seq) } }

    /// The number of the record before the first run that begins after `seq`: the log has to be read up to it.
    func start(after seq: Int64) -> Int64? {
        state.withLockedValue { state in state.runs.first { $0.after > seq }?.after }
    }

    /// The runs that may not be counted yet. Take them before reading the tables: afterwards, what was counted in
    /// between would be missing from both.
    var all: [Run] { state.withLockedValue(\.runs) }
}
