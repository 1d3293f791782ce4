/// Which tokens are valid, which versions are the present ones and what the webhooks are. As long as the state is the
/// same, nothing that was read of them has been revoked, replaced or deleted; what was added since may be missing.
package struct AccessState: Hashable, Sendable {
    /// How often a token, a secret or a webhook that was there was changed or removed.
    package let changes: Int64
    /// Of the server that has the catalog, where another one can take its place.
    package let epoch: Int?

    package init(changes: Int64, epoch: Int?) {
        self.changes = changes
        self.epoch = epoch
    }
}

/// What a permission, and the versions that are used under it, were read from. A use is recorded only while that holds, so
/// that a value that leaves is one that the catalog still allows at that moment.
package enum Basis: Hashable, Sendable {
    /// The catalog was asked for this request, in this epoch.
    case asked(epoch: Int?)
    /// An earlier request asked, in this state.
    case remembered(AccessState)
}
