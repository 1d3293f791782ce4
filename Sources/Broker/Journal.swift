// What a write leaves in the catalog before it takes effect, and what remains to be done if it does not.

/// Why the state of the catalog does not allow a write.
package enum WriteRefusal: Sendable, Hashable {
    case secretExists
    case secretNotFound
    /// `If-Match` names a version other than the present one, or the secret changed since the write began.
    case versionConflict
}

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
    /// The object is as gone as the store allows. The row is kept until then, so that the date can be shown.
    case held(until: Timestamp)
}

package enum JournalOpening: Sendable {
    /// The row is written and belongs to this write. `base` is the version it found, which a commit must find again.
    case opened(base: Version?)
    /// The team's new versions go to another store by now.
    case storeChanged
    /// This broker is alive and does not have the target's store, so it could not read what is written there.
    case storeUnknown(to: String)
    case refused(WriteRefusal)
}

package enum WriteDecision<Record: Sendable>: Sendable {
    case committed(Record)
    case refused(WriteRefusal)
    /// The row was taken by recovery, or the write was settled as failed: it can no longer be committed.
    case lost
}

package protocol Journal: Sendable {
    /// Step 1: writes the row of `put.target` with a lease and records the attempt in the audit log. Unless it answers
    /// `opened` nothing is written.
    /// - Returns: nil: another write of the secret is undecided.
    func open(_ put: Put, lease: Duration) async throws(CatalogError) -> JournalOpening?

    /// Extends the lease. False: the row is not ours any more.
    func renew(_ put: Put, lease: Duration) async throws(CatalogError) -> Bool

    /// Step 3, the commit point of a create or rotate: compares and sets the secret's row, replaces the journal's row
    /// of the new reference by an obligation for the old one, and writes the audit record and the decision.
    /// - Parameter base: what `open` answered.
    /// - Returns: the record that is in force.
    func commit(_ put: Put, pin: Pin, base: Version?) async throws(CatalogError) -> WriteDecision<SecretRecord>

    /// Step 3 of a deletion: the secret's row goes and an obligation for its object appears, if the present version is
    /// the expected one.
    /// - Returns: nil: another write of the secret is undecided. Else the record that went; nil where that is not known
    ///   any more.
    func remove(_ deletion: Deletion) async throws(CatalogError) -> WriteDecision<SecretRecord?>?

    /// Makes the outcome final. If it was committed, says so; if not, its row is an obligation from now on, the failure
    /// is in the audit log, and the write can never come true.
    /// - Parameter code: the stable error code that the caller is about to be told.
    func settle(_ put: Put, failure code: String) async throws(CatalogError) -> WriteDecision<SecretRecord>
    func settle(_ deletion: Deletion, failure code: String) async throws(CatalogError) -> WriteDecision<SecretRecord?>

    /// Turns the rows of writers whose lease has expired into obligations, each decided once.
    /// - Returns: the number of rows.
    func expireLeases() async throws(CatalogError) -> Int

    /// The obligations to act on, oldest first. `all` includes those that wait for a later time, but never held ones.
    func obligations(all: Bool, limit: Int) async throws(CatalogError) -> [Obligation]

    /// Records the outcome of a purge. Changes the row only as it was read: another replica may have been faster.
    func advance(_ obligation: Obligation, _ step: ObligationStep) async throws(CatalogError)

    func depth() async throws(CatalogError) -> JournalDepth
}

package struct JournalDepth: Sendable, Hashable {
    /// The number of undecided writes.
    package let writing: Int
    /// The number of references to purge whose purge has not succeeded yet.
    package let purging: Int
    /// The number of references that were purged once and wait for a second purge.
    package let repeating: Int
    /// The number of references that the store holds back until a date.
    package let held: Int
    /// When the oldest undecided write was journaled.
    package let oldestWrite: Timestamp?
    /// When the oldest reference whose purge has not succeeded was journaled.
    package let oldestPurge: Timestamp?

    package init(
        writing: Int, purging: Int, repeating: Int, held: Int, oldestWrite: Timestamp?, oldestPurge: Timestamp?
    ) {
        self.writing = writing
        self.purging = purging
        self.repeating = repeating
        self.held = held
        self.oldestWrite = oldestWrite
        self.oldestPurge = oldestPurge
    }

    /// When the oldest row that is neither repeating nor held was journaled.
    package var oldest: Timestamp? { [oldestWrite, oldestPurge].compactMap(\.self).min() }
}
