/// The state of the tokens, the present versions and the webhooks. While it stays the same, nothing that was read of
/// them has been revoked, replaced or deleted; what was added since may be missing.
package struct AccessState: Hashable, Sendable {
    /// The number of times that an existing token, secret or webhook was changed or removed.
    package let changes: Int64
    /// The epoch of the server that has the catalog; nil where no other server can take its place.
    package let epoch: Int?

    package init(changes: Int64, epoch: Int?) {
        self.changes = changes
        self.epoch = epoch
    }
}

/// Where a permission, and the versions used under it, were read. A use is recorded only while its basis holds, so that
/// a value leaves only if the catalog still allows it at that moment.
package enum Basis: Hashable, Sendable {
    /// The catalog was asked for this request, in this epoch.
    case asked(epoch: Int?)
    /// An earlier request asked, while the catalog was in this state.
    case remembered(AccessState)
}
