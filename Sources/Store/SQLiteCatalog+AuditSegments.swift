package import Broker
import GRDB

/// A part of the audit log that is complete: it ends with the last record of a day (UTC).
package struct AuditSegment: Sendable, Hashable {
    /// The last record, and the hash that covers the log up to it.
    package let end: AuditHead
    /// When the last record was written.
    package let last: Timestamp
    /// Its records are gone; what follows is verified from its end on.
    package let isPruned: Bool
}

extension SQLiteCatalog {
    /// In order.
    package func auditSegments() async throws(CatalogError) -> [AuditSegment] {
        try read(Self.auditSegments)
    }

    static func auditSegments(_ db: Database) throws -> [AuditSegment] {
        let statement = try db.cachedStatement(
            sql: "SELECT last_seq, hash, last_at, pruned_at IS NOT NULL AS pruned FROM audit_segment ORDER BY last_seq")
        return try Row.fetchAll(statement).map { row in
            AuditSegment(
                end: AuditHead(seq: try row.decode(Int64.self, forColumn: "last_seq"), hash: try row.text("hash")),
                last: try row.time("last_at"), isPruned: try row.decode(Bool.self, forColumn: "pruned"))
        }
    }

    /// Within the transaction that appends the first record of a later day.
    static func seal(_ head: AuditHead, at last: Timestamp, _ db: Database) throws {
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO audit_segment (last_seq, hash, last_at) VALUES (?, ?, ?)")
            .execute(arguments: [head.seq, head.hash, last.milliseconds])
    }

    /// Removes a sealed segment's records, and what is left of those before it, and records that. The segment's end
    /// stays as the anchor of what follows.
    ///
    /// - Parameter actor: who asked for it.
    package func prune(_ segment: AuditSegment, by actor: Actor) async throws(CatalogError) {
        try await write { db, now in
            try db.cachedStatement(
                sql: "UPDATE audit_segment SET pruned_at = ? WHERE last_seq <= ? AND pruned_at IS NULL"
            ).execute(arguments: [now.milliseconds, segment.end.seq])
            try db.cachedStatement(sql: "DELETE FROM audit WHERE seq <= ?").execute(arguments: [segment.end.seq])
            let subject = AuditEvent.Subject(name: "through \(segment.end.seq)", version: nil)
            try Self.append([AuditEvent(.prune, .done, by: actor, team: nil, subjects: [subject])], at: now, db)
        }
    }
}
