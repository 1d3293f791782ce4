/// The audit log as the rules write it.
package protocol AuditSink: Sendable {
    /// Appends the event to the chain; it is on durable storage on return.
    /// - Throws: `outdated` when the event's basis does not hold: then it is not appended.
    func append(_ event: AuditEvent) async throws(CatalogError)
}

extension AuditSink {
    /// Records the event, which is on durable storage on return.
    /// - Throws: `outdated` when what the event relies on no longer holds; `auditUnavailable`.
    func record(_ event: AuditEvent) async throws(BrokerError) {
        do throws(CatalogError) {
            try await append(event)
        } catch {
            throw error == .outdated ? .outdated : .auditUnavailable
        }
    }
}

/// The store that `AuditLog` writes to.
package protocol AuditStore: Sendable {
    /// Appends, in one transaction and in order, the events whose basis holds, and says of each whether it did.
    ///
    /// - Parameter done: called once, on any thread, when the transaction is durable or has failed; with one answer for
    ///   each event.
    func append(_ events: [AuditEvent], then done: @escaping @Sendable (Result<[Bool], CatalogError>) -> Void)
    /// Whether a record could be written now, as far as can be told without writing one.
    func canAppend() async -> Bool
}

/// A record of the audit log.
package struct AuditEntry: Sendable, Hashable {
    package let seq: Int64
    /// One JSON object, without a line break.
    package let json: String

    package init(seq: Int64, json: String) {
        self.seq = seq
        self.json = json
    }
}

/// The audit log as people read it.
package protocol AuditReader: Sendable {
    /// The records after number `seq`, in order, of one team or of all.
    func auditRecords(team: TeamName?, after seq: Int64, limit: Int) async throws(CatalogError) -> [AuditEntry]
    /// The records before number `seq` (nil: the last ones) that match the filter, latest first. Looks at a bounded
    /// number of records only, so a page can be empty and yet have a next one.
    func activity(_ filter: ActivityFilter, before seq: Int64?, limit: Int) async throws(CatalogError) -> ActivityPage
}
