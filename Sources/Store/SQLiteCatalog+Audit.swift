package import Broker
import GRDB

extension SQLiteCatalog: AuditSink, AuditReader {
    /// One transaction for these events. Where many callers append at once, `AuditLog` stands before it.
    package func append(_ events: [AuditEvent]) async throws(CatalogError) {
        try await write { db, now in try Self.append(events, at: now, db) }
    }

    /// Writes a page with what it holds already: what a full, read-only or missing disk refuses shows.
    package func canAppend() async -> Bool {
        do throws(CatalogError) {
            try await write { db, _ in
                try db.execute(sql: "PRAGMA user_version = \(Schema.migrations.count)")
            }
            return true
        } catch {
            return false
        }
    }

    package func auditRecords(
        team: TeamName?, after seq: Int64, limit: Int
    ) async throws(CatalogError) -> [AuditEntry] {
        try read { db in
            let filter = team == nil ? "" : "team = :team AND"
            let statement = try db.cachedStatement(
                sql: "SELECT seq, record FROM audit WHERE \(filter) seq > :seq ORDER BY seq LIMIT :limit")
            var arguments: StatementArguments = ["seq": seq, "limit": limit]
            if let team { arguments += ["team": team.text] }
            return try Row.fetchAll(statement, arguments: arguments).map { row in
                AuditEntry(seq: try row.decode(Int64.self, forColumn: "seq"), json: try row.text("record"))
            }
        }
    }

    package func auditHead() async throws(CatalogError) -> AuditHead {
        try read(Self.head)
    }

    /// Reads the whole log, in pages, and computes its chain again, from the end of what was pruned.
    ///
    /// - Parameter anchor: a head that was kept elsewhere; without one, a lost end and a chain that was computed anew
    ///   cannot be seen, but as far as the segments are sealed that the catalog still has.
    package func verifyAudit(anchor: AuditHead?) async throws(CatalogError) -> AuditVerdict {
        let segments = try await auditSegments()
        let start = segments.last(where: \.isPruned)?.end ?? .start
        var chain = AuditChain(from: start, anchors: segments.map(\.end) + (anchor.map { [$0] } ?? []))
        var last = Int64.min
        while true {
            let page = try auditPage(after: last)
            for entry in page {
                if let fault = chain.verify(entry.json, hash: entry.hash, at: entry.seq) { return fault }
                last = entry.seq
            }
            if page.isEmpty { return chain.conclusion() }
            await Task.yield()
        }
    }

    private func auditPage(after seq: Int64) throws(CatalogError) -> [(seq: Int64, json: String, hash: String)] {
        try read { db in
            let statement = try db.cachedStatement(
                sql: "SELECT seq, record, hash FROM audit WHERE seq > ? ORDER BY seq LIMIT 1000")
            return try Row.fetchAll(statement, arguments: [seq]).map { row in
                (try row.decode(Int64.self, forColumn: "seq"), try row.text("record"), try row.text("hash"))
            }
        }
    }

    /// The last record, or the end of what was pruned where there is none after it.
    static func head(_ db: Database) throws -> AuditHead {
        try lastRecord(db)?.head ?? auditSegments(db).last?.end ?? .start
    }

    /// With the time of the record, as it has it.
    private static func lastRecord(_ db: Database) throws -> (head: AuditHead, at: String)? {
        let statement = try db.cachedStatement(
            sql: "SELECT seq, hash, record ->> 'timestamp' AS at FROM audit ORDER BY seq DESC LIMIT 1")
        return try Row.fetchOne(statement).map { row in
            (
                AuditHead(seq: try row.decode(Int64.self, forColumn: "seq"), hash: try row.text("hash")),
                try row.text("at")
            )
        }
    }

    /// Appends within a transaction, and keeps who used what in step with it. The head is read there, since other
    /// processes append as well.
    static func append(_ events: [AuditEvent], at now: Timestamp, _ db: Database) throws {
        guard !events.isEmpty else { return }
        let last = try lastRecord(db)
        if let last, let at = Timestamp(rfc3339: last.at), Day(of: at) < Day(of: now) {
            try seal(last.head, at: at, db)
        }
        var head = try last?.head ?? auditSegments(db).last?.end ?? .start
        let statement = try db.cachedStatement(sql: "INSERT INTO audit (seq, record, hash) VALUES (?, ?, ?)")
        for event in events {
            let record = AuditRecord.json(event, seq: head.seq + 1, at: now)
            head = head.appending(record)
            try statement.execute(arguments: [head.seq, record, head.hash])
        }
        try recordUses(in: events, at: now, db)
    }
}
