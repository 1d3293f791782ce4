package import Broker

// Who used a secret last and when, and how often a day: what the audit log says, in tables that tell it fast. They lag
// behind the latest records, since keeping them in step would double what a commit writes.
extension Catalog {
    /// The number of records of the log, or rows to drop, that are taken at once.
    private static let stride = 1000
    /// The number of days that counts per day are kept: more than anybody is shown.
    static let daysKept = 60

    /// Brings the tables up to the present end of the log. Called every second or so, by any number of brokers.
    package func countUses() async throws(CatalogError) {
        let end = try await auditHead().seq
        var last: Int64 = -1
        while true {
            let counted = try await query(Self.lastCounted) { row in try row.integer("through") }.first ?? 0
            guard counted > last, counted < end, let (through, uses) = try await uses(after: counted, through: end)
            else { return }
            try await count(uses, after: counted, through: through)
            last = counted
        }
    }

    private func count(_ uses: Uses, after counted: Int64, through: Int64) async throws(CatalogError) {
        try await write { db, now in
            // Another broker may have counted them meanwhile.
            guard try Self.counted(db) == counted else { return }
            try db.run("DELETE FROM counted", [])
            try db.run("INSERT INTO counted (through) VALUES (?)", [through])
            try uses.write(db)
            // A few at a time, since nobody else can write meanwhile.
            try db.run(
                """
                DELETE FROM uses_by_day WHERE (day, team, name) IN
                (SELECT day, team, name FROM uses_by_day WHERE day < ? ORDER BY day LIMIT ?)
                """, each: [[Day(of: now).adding(-Self.daysKept).number, Self.stride]])
        }
    }

    private func uses(
        after counted: Int64, through end: Int64
    ) async throws(CatalogError) -> (through: Int64, uses: Uses)? {
        if let run = recentUses.next(after: counted, epoch: engine.epoch) { return (run.through, run.uses) }
        let end = min(end, recentUses.start(after: counted) ?? end)
        recentUses.noteRead(through: end)
        let records = try await query(
            "SELECT seq, record FROM audit WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
            [counted, end, Self.stride]
        ) { row in (seq: try row.integer("seq"), json: try row.text("record")) }
        guard let last = records.last else { return nil }
        var uses = Uses()
        // What is no record counts for nothing; `verifyAudit` finds it.
        for recorded in records.compactMap({ AuditRecord.event($0.json) }) {
            uses.add(recorded.event, at: recorded.at)
        }
        return (last.seq, uses)
    }

    private static let lastCounted = "SELECT through FROM counted"

    private static func counted(_ db: any Session) throws -> Int64 {
        try db.row(lastCounted, [])?.integer("through") ?? 0
    }

    package func usage(
        of name: SecretName, in team: TeamName, since: Timestamp
    ) async throws(CatalogError) -> [Usage] {
        try await usage(where: "team = ? AND name = ?", [team.text, name.text], in: team, since: since)[name] ?? []
    }

    package func usage(in team: TeamName, since: Timestamp) async throws(CatalogError) -> [SecretName: [Usage]] {
        try await usage(where: "team = ?", [team.text], in: team, since: since)
    }

    private func usage(
        where condition: String, _ values: [any SQLConvertible], in team: TeamName, since: Timestamp
    ) async throws(CatalogError) -> [SecretName: [Usage]] {
        let recent = recentUses.all
        return try await read { db in
            try Self.lastUses(where: condition, values, in: team, since: since, besides: recent, db)
        }
    }

    /// The last uses that the tables have, and those of the team that nobody has counted yet.
    ///
    /// - Parameter recent: taken before, or within a transaction that writes.
    static func lastUses(
        where condition: String, _ values: [any SQLConvertible], in team: TeamName, since: Timestamp,
        besides recent: [RecentUses.Run], _ db: any Session
    ) throws -> [SecretName: [Usage]] {
        var last: [SecretName: [String: Timestamp]] = [:]
        func take(_ name: SecretName, _ automation: String, _ time: Timestamp) {
            guard time >= since else { return }
            last[name, default: [:]][automation] = max(last[name]?[automation] ?? time, time)
        }
        let sql = "SELECT name, automation, last_at FROM usage WHERE \(condition) AND last_at >= ?"
        for row in try db.rows(sql, values + [since.milliseconds]) {
            take(try SecretName(row.text("name")).orDamaged(), try row.text("automation"), try row.time("last_at"))
        }
        // A run that another broker has counted in part may be taken again: the last use does not get later by that.
        let counted = try counted(db)
        for run in recent where run.through > counted {
            for use in run.uses.last(in: team) { take(use.name, use.usage.automation, use.usage.last) }
        }
        return last.mapValues { automations in
            automations.map { Usage(automation: $0.key, last: $0.value) }
                .sorted { ($1.last, $0.automation) < ($0.last, $1.automation) }
        }
    }

    package func uses(
        of name: SecretName?, in team: TeamName?, since day: Day
    ) async throws(CatalogError) -> [Day: Int] {
        var conditions = ["day >= ?"]
        var values: [(any SQLConvertible)?] = [day.number]
        if let team {
            // Names each day, since a range of days would be read whole, with all teams.
            let days = Array(day.number..<max(day.number, Day(of: engine.now).number + 2))
            conditions = ["day IN (\(days.map { _ in "?" }.joined(separator: ", ")))", "team = ?"]
            values = days + [team.text]
        }
        if let name {
            conditions.append("name = ?")
            values.append(name.text)
        }
        let recent = recentUses.all
        let (counted, rows) = try await read { [conditions, values] db in
            let condition = conditions.joined(separator: " AND ")
            let sql = "SELECT day, sum(uses) AS uses FROM uses_by_day WHERE \(condition) GROUP BY day"
            return (try Self.counted(db), try db.rows(sql, values))
        }
        var days: [Day: Int] = [:]
        do {
            for row in rows { days[Day(number: Int(try row.integer("day")))] = Int(try row.integer("uses")) }
        } catch {
            throw .damaged
        }
        for run in recent where run.after >= counted {
            for (used, count) in run.uses.perDay(of: name, in: team) where used >= day {
                days[used, default: 0] += count
            }
        }
        return days
    }
}
