/// A key of the cloud's key service, as far as its secret manager meets it.
package enum KMSKeyState: Sendable {
    case enabled
    case disabled
    case pendingDeletion
    /// The key is enabled, but its policy denies the caller.
    case accessDenied
}
