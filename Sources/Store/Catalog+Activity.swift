package import Broker

extension Catalog {
    /// How many records one page looks at: what bounds a page whose filter wants next to nothing.
    static let activityReach = 2000
    /// How many of them are read at once.
    private static let stride = 250

    package func activity(
        _ filter: ActivityFilter, before seq: Int64?, limit: Int
    ) async throws(CatalogError) -> ActivityPage {
        let sql = """
            SELECT seq, record FROM audit WHERE \(filter.team == nil ? "" : "team = ? AND ")seq < ?
            ORDER BY seq DESC LIMIT ?
            """
        return try await read { db in
            var events: [RecordedEvent] = []
            var (looked, last) = (0, seq ?? .max)
            while looked < Self.activityReach {
                let place: [(any SQLConvertible)?] = [last, Self.stride]
                let rows = try db.rows(sql, (filter.team.map { [$0.text] } ?? []) + place)
                for row in rows {
                    if events.count == limit { return ActivityPage(events: events, next: last) }
                    let recorded = try AuditRecord.event(row.text("record")).orDamaged()
                    if filter.wants(recorded.event) { events.append(recorded) }
                    (looked, last) = (looked + 1, recorded.seq)
                }
                if rows.count < Self.stride { return ActivityPage(events: events, next: nil) }
            }
            return ActivityPage(events: events, next: last)
        }
    }

    package func uses(
        of name: SecretName?, in team: TeamName?, since day: Day
    ) async throws(CatalogError) -> [Day: Int] {
        var conditions = ["day >= ?"]
        var values: [(any SQLConvertible)?] = [day.number]
        if let team {
            conditions.append("team = ?")
            values.append(team.text)
        }
        if let name {
            conditions.append("name = ?")
            values.append(name.text)
        }
        let days = try await query(
            """
            SELECT day, sum(uses) AS uses FROM daily_use WHERE \(conditions.joined(separator: " AND ")) GROUP BY day
            """, values
        ) { row in (Day(number: Int(try row.integer("day"))), Int(try row.integer("uses"))) }
        return Dictionary(uniqueKeysWithValues: days)
    }
}
