import Broker

/// What the metrics tell of the listener.
struct Listener: Sendable {
    /// When the certificate ends that is in use; nil where the broker does no TLS.
    var certificateEnd: (@Sendable () -> Timestamp)?
}
