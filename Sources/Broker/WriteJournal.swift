/// Why a write is not allowed.
package enum WriteRefusal: Error, Sendable, Hashable {
    case secretExists
    case secretNotFound
    /// `If-Match` names a version other than the present one, or the secret changed since the write began.
    case versionConflict
    /// These used the secret since `Deletion.usedSince`, as far as that is counted, and these name it.
    case inUse([Usage], [WebhookName])
    /// Another write of the secret is undecided.
    case busy
    /// The team's new versions go to another store by now.
    case storeChanged
    /// This broker is alive and does not have the target's store, so it could not read what is written there.
    case storeUnknown(StoreName, to: String)
    /// The row was taken by recovery, or the write was settled as failed: it can no longer be committed.
    case lost
}

/// The journal as a write uses it: a row from before anything can exist until the write is decided.
package protocol WriteJournal: Sendable {
    /// Step 1: writes the row of `put.target` with a lease and records the attempt in the audit log.
    /// - Returns: the version that it found, which a commit must find again.
    func open(_ put: Put, lease: Duration) async throws(CatalogError) -> Result<Version?, WriteRefusal>

    /// Extends the lease. False: the row is not ours any more.
    func renew(_ put: Put, lease: Duration) async throws(CatalogError) -> Bool

    /// Step 3, the commit point of a create or rotate: compares and sets the secret's row, replaces the journal's row
    /// of the new reference by an obligation for the old one, and writes the audit record and the decision. What is
    /// created disarms the webhooks that have named it since before they had to name what is there.
    /// - Parameter base: what `open` answered.
    /// - Returns: the record that is in force.
    func commit(
        _ put: Put, pin: Pin, base: Version?
    ) async throws(CatalogError) -> Result<SecretRecord, WriteRefusal>

    /// Step 3 of a deletion: the secret's row goes and an obligation for its object appears, if the present version is
    /// the expected one. The webhooks that name it, where it is forced, are disarmed.
    /// - Returns: the record that went.
    func remove(_ deletion: Deletion) async throws(CatalogError) -> Result<SecretRecord, WriteRefusal>

    /// Makes the outcome final. If it was committed, says so; if not, its row is an obligation from now on, the failure
    /// is in the audit log, and the write can never come true.
    /// - Parameter code: the stable error code that the caller is about to be told.
    /// - Returns: what the commit answered; `lost` of a write that has ended as failed.
    func settle(_ put: Put, failure code: String) async throws(CatalogError) -> Result<SecretRecord, WriteRefusal>
    func settle(
        _ deletion: Deletion, failure code: String
    ) async throws(CatalogError) -> Result<SecretRecord, WriteRefusal>
}
