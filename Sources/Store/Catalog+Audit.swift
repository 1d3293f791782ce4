package import Broker

extension Catalog: AuditStore, AuditSink, AuditReader {
    package func append(
        _ events: [AuditEvent], then done: @escaping @Sendable (Result<[Bool], CatalogError>) -> Void
    ) {
        let write: @Sendable (any Session, Timestamp) throws -> AppendedEvents = { db, now in
            try Self.appendHolding(events, at: now, db)
        }
        engine.write(write) { [recentUses] result in
            if case .success(let appended) = result { recentUses.add(appended) }
            done(result.map(\.isAppended))
        }
    }

    package func append(_ event: AuditEvent) async throws(CatalogError) { try await append([event]) }

    /// Appends in one transaction for these events alone. Where many callers append at once, `AuditLog` comes first.
    package func append(_ events: [AuditEvent]) async throws(CatalogError) {
        let appended = try await write { db, now in try Self.appendHolding(events, at: now, db) }
        recentUses.add(appended)
        guard appended.isAppended.allSatisfy(\.self) else { throw .outdated }
    }

    /// Appends those whose basis holds.
    private static func appendHolding(
        _ events: [AuditEvent], at now: Timestamp, _ db: any Session
    ) throws -> AppendedEvents {
        let state = try db.accessState
        let isHolding = events.map { $0.holds(in: state) }
        let held = isHolding.contains(false) ? zip(events, isHolding).filter(\.1).map(\.0) : events
        let last = try append(held, at: now, db)
        return AppendedEvents(events: held, after: last.seq, time: now, epoch: state.epoch, isAppended: isHolding)
    }

    package func canAppend() async -> Bool { await engine.canWrite() }

    package func auditRecords(
        team: TeamName?, after seq: Int64, limit: Int
    ) async throws(CatalogError) -> [AuditEntry] {
        let place: [(any SQLConvertible)?] = [seq, limit]
        return try await query(
            "SELECT seq, record FROM audit WHERE \(team == nil ? "" : "team = ? AND ")seq > ? ORDER BY seq LIMIT ?",
            (team.map { [$0.text] } ?? []) + place
        ) { row in AuditEntry(seq: try row.integer("seq"), json: try row.text("record")) }
    }

    package func auditHead() async throws(CatalogError) -> AuditHead {
        try await read(Self.head)
    }

    /// Reads the whole log, in pages, and recomputes its chain from the end of what was pruned.
    ///
    /// - Parameter kept: a head that was kept elsewhere. Without one, a lost end and a recomputed chain go unseen,
    ///   except as far as the catalog still has sealed segments.
    package func verifyAudit(against kept: AuditHead? = nil) async throws(CatalogError) -> AuditVerdict {
        while true {
            let segments = try await auditSegments()
            let verdict = try await verify(after: segments, against: kept)
            if case .intact = verdict { return verdict }
            // What was pruned meanwhile is not missing.
            if try await auditSegments().map(\.isPruned) == segments.map(\.isPruned) { return verdict }
        }
    }

    private func verify(
        after segments: [AuditSegment], against kept: AuditHead?
    ) async throws(CatalogError) -> AuditVerdict {
        let start = segments.last(where: \.isPruned)?.end ?? .start
        var chain = AuditChain(from: start, against: segments.map(\.end) + [kept].compactMap(\.self))
        // If nothing was ever pruned, records before the first number do not belong there, and are read too.
        var last = start == .start ? Int64.min : start.seq
        while true {
            let page = try await auditPage(after: last)
            for entry in page {
                if let fault = chain.verify(entry.json, hash: entry.hash, at: entry.seq) { return fault }
                last = entry.seq
            }
            if page.isEmpty { return chain.conclusion() }
            await Task.yield()
        }
    }

    private func auditPage(
        after seq: Int64
    ) async throws(CatalogError) -> [(seq: Int64, json: String, hash: String)] {
        try await query("SELECT seq, record, hash FROM audit WHERE seq > ? ORDER BY seq LIMIT 1000", [seq]) { row in
            (try row.integer("seq"), try row.text("record"), try row.text("hash"))
        }
    }

    /// The last record's head, or the end of what was pruned if no record follows it.
    static func head(_ db: any Session) throws -> AuditHead {
        try lastRecord(db)?.head ?? auditSegments(db).last?.end ?? .start
    }

    private static func lastRecord(_ db: any Session) throws -> (head: AuditHead, json: String)? {
        try db.row("SELECT seq, hash, record FROM audit ORDER BY seq DESC LIMIT 1", []).map { row in
            (AuditHead(seq: try row.integer("seq"), hash: try row.text("hash")), try row.text("record"))
        }
    }

    /// Appends within a transaction. Reads the head there, since other processes append as well.
    ///
    /// - Returns: the head before these events; the log's start if there are none.
    @discardableResult
    static func append(_ events: [AuditEvent], at now: Timestamp, _ db: any Session) throws -> AuditHead {
        guard !events.isEmpty else { return .start }
        let last = try lastRecord(db)
        if let last, let at = AuditRecord.time(of: last.json), Day(of: at) < Day(of: now) {
            try seal(last.head, at: at, db)
        }
        let end = try last?.head ?? auditSegments(db).last?.end ?? .start
        var head = end
        let time = now.rfc3339
        var records: [[(any SQLConvertible)?]] = []
        for event in events {
            let record = AuditRecord.json(event, seq: head.seq + 1, at: time)
            head = head.appending(record)
            records.append([head.seq, record, head.hash])
        }
        try db.run("INSERT INTO audit (seq, record, hash) VALUES (?, ?, ?)", each: records)
        return end
    }
}

/// The events that were appended of those given.
struct AppendedEvents: Sendable {
    let events: [AuditEvent]
    /// The number of the record before the first of them.
    let after: Int64
    let time: Timestamp
    /// The epoch of the server that has them.
    let epoch: Int?
    /// Whether each of the given events was appended.
    let isAppended: [Bool]
}

extension AuditEvent {
    /// Whether the event's basis still holds. An event whose basis was asked for this very request fails only if it is
    /// a use and another server has taken over since: other events may always come a moment late.
    fileprivate func holds(in state: AccessState) -> Bool {
        switch actor.basis {
        case .asked(let epoch): !isUse || epoch == nil || epoch == state.epoch
        case .remembered(let before): before == state
        }
    }
}
