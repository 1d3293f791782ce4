package import Broker

/// A complete part of the audit log, which ends with the last record of a day (UTC).
package struct AuditSegment: Sendable, Hashable {
    /// The last record, and the hash that covers the log up to it.
    package let end: AuditHead
    /// When the last record was written.
    package let last: Timestamp
    /// Whether its records are gone; what follows is verified from its end on.
    package let isPruned: Bool
}

extension Catalog {
    /// The segments, in order.
    package func auditSegments() async throws(CatalogError) -> [AuditSegment] {
        try await query(Self.segments, as: AuditSegment.init)
    }

    private static let segments = "SELECT last_seq, hash, last_at, pruned_at FROM audit_segment ORDER BY last_seq"

    static func auditSegments(_ db: any Session) throws -> [AuditSegment] {
        try db.rows(segments, []).map(AuditSegment.init)
    }

    /// Seals a segment, within the transaction that appends the first record of a later day.
    static func seal(_ head: AuditHead, at last: Timestamp, _ db: any Session) throws {
        try db.run(
            "INSERT INTO audit_segment (last_seq, hash, last_at) VALUES (?, ?, ?) ON CONFLICT (last_seq) DO NOTHING",
            [head.seq, head.hash, last.milliseconds])
    }

    /// Removes the records of a sealed segment, with what is left of those before it, and records that. The segment's
    /// end stays: what follows is verified from it on.
    ///
    /// - Parameter actor: who asked for it.
    package func prune(_ segment: AuditSegment, by actor: Principal) async throws(CatalogError) {
        // Uses that are not counted yet cannot be counted once their records are gone.
        try await countUses()
        try await write { db, now in
            try db.run(
                "UPDATE audit_segment SET pruned_at = ? WHERE last_seq <= ? AND pruned_at IS NULL",
                [now.milliseconds, segment.end.seq])
            let pruned = AuditEvent.Subject.records(through: segment.end.seq)
            try Self.append([AuditEvent(.prune, .done, by: actor, team: nil, subject: pruned)], at: now, db)
        }
        while try await removeSlice(upTo: segment.end.seq) {}
    }

    /// Removes a few records a transaction, since nobody else can write meanwhile, and since all that is removed goes
    /// through the write-ahead log: a thousand of the longest are less than `CatalogSpace.log`. What an interruption
    /// leaves is read by nobody, and goes with the next segment.
    private func removeSlice(upTo end: Int64) async throws(CatalogError) -> Bool {
        try await write { db, _ in
            guard let first = try db.row("SELECT seq FROM audit ORDER BY seq LIMIT 1", [])?.integer("seq"), first <= end
            else { return false }
            try db.run("DELETE FROM audit WHERE seq <= ?", [min(first + 999, end)])
            return true
        }
    }
}

extension AuditSegment {
    fileprivate init(_ row: Row) throws {
        self.init(
            end: AuditHead(seq: try row.integer("last_seq"), hash: try row.text("hash")),
            last: try row.time("last_at"), isPruned: try row.optionalInteger("pruned_at") != nil)
    }
}
