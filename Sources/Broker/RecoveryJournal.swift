/// A reference that is not committed, so that it must not exist at its provider, and is now to be purged.
package struct Obligation: Sendable, Hashable {
    package let team: TeamName
    package let name: SecretName
    package let store: StoreName
    package let reference: Reference
    package let journaled: Timestamp
    package let due: Timestamp
    /// The number of purges that have failed so far.
    package let failures: Int
    /// Whether a purge has already succeeded, and this is the second one, for a create that arrived late.
    package let isRepeat: Bool

    package init(
        team: TeamName, name: SecretName, store: StoreName, reference: Reference, journaled: Timestamp, due: Timestamp,
        failures: Int, isRepeat: Bool
    ) {
        self.team = team
        self.name = name
        self.store = store
        self.reference = reference
        self.journaled = journaled
        self.due = due
        self.failures = failures
        self.isRepeat = isRepeat
    }
}

/// What the journal does with an obligation after a purge was tried. `Recovery` decides.
package enum ObligationStep: Sendable, Hashable {
    /// The reference can no longer exist: the row goes.
    case discharged
    /// The object is gone; it is purged once more at this time.
    case again(at: Timestamp)
    /// The purge failed; it is tried again at this time.
    case failed(retryAt: Timestamp)
    /// The object is as gone as the store allows until then. It is purged again at that date, since whoever may do so at
    /// the store can bring it back before.
    case held(until: Timestamp)
}

/// The journal as recovery uses it: the rows that a write left behind.
package protocol RecoveryJournal: JournalGauge {
    /// Turns the rows of writers whose lease has expired into obligations, each decided once, and held ones whose date
    /// has come.
    /// - Returns: the number of writers.
    func expireLeases() async throws(CatalogError) -> Int

    /// The obligations to act on, oldest first. `all` includes those that wait for a later time, but never held ones.
    func obligations(all: Bool, limit: Int) async throws(CatalogError) -> [Obligation]

    /// Records the outcome of a purge. Changes the row only as it was read: another replica may have been faster.
    func advance(_ obligation: Obligation, _ step: ObligationStep) async throws(CatalogError)
}
