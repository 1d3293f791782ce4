package import Broker
import GRDB

extension SQLiteCatalog {
    /// How many records one page looks at: what bounds a page whose filter wants next to nothing.
    static let activityReach = 2000

    package func activity(
        _ filter: ActivityFilter, before seq: Int64?, limit: Int
    ) async throws(CatalogError) -> ActivityPage {
        try read { db in
            let team = filter.team == nil ? "" : "team = :team AND"
            let statement = try db.cachedStatement(
                sql: "SELECT seq, record FROM audit WHERE \(team) seq < :seq ORDER BY seq DESC LIMIT :reach")
            var arguments: StatementArguments = ["seq": seq ?? .max, "reach": Self.activityReach]
            if let team = filter.team { arguments += ["team": team.text] }
            var events: [RecordedEvent] = []
            var seen: (count: Int, last: Int64) = (0, 0)
            let rows = try Row.fetchCursor(statement, arguments: arguments)
            while events.count < limit, let row = try rows.next() {
                let recorded = try AuditRecord.event(row.text("record")).orDamaged()
                if filter.wants(recorded.event) { events.append(recorded) }
                seen = (seen.count + 1, recorded.seq)
            }
            let isOver = try seen.count < Self.activityReach && rows.next() == nil
            return ActivityPage(events: events, next: isOver ? nil : seen.last)
        }
    }

    package func uses(
        of name: SecretName?, in team: TeamName?, since day: Day
    ) async throws(CatalogError) -> [Day: Int] {
        try read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT day, sum(uses) AS uses FROM daily_use
                    WHERE day >= :day AND (:team IS NULL OR team = :team) AND (:name IS NULL OR name = :name)
                    GROUP BY day
                    """)
            let rows = try Row.fetchAll(
                statement, arguments: ["day": day.number, "team": team?.text, "name": name?.text])
            var uses: [Day: Int] = [:]
            for row in rows {
                uses[Day(number: try row.decode(Int.self, forColumn: "day"))] =
                    try row.decode(Int.self, forColumn: "uses")
            }
            return uses
        }
    }
}
