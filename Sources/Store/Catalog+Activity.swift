package import Broker

extension Catalog {
    /// The number of records that one page looks at, which bounds a page whose filter matches next to nothing.
    static let activityReach = 2000
    /// The number of them that are read at once.
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
}
