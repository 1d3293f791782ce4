import Logging
import NIOConcurrencyHelpers

/// Requests without a valid token: counted and logged, but not recorded in the audit log one by one, since anybody can
/// send them as fast as they like.
final class SignInRefusals: Sendable {
    private let total = NIOLockedValueBox<Int64>(0)
    private let lines = LineLimit()

    var count: Int64 { total.withLockedValue { $0 } }

    func record(address: String?, requestID: String, logger: Logger) {
        total.withLockedValue { $0 += 1 }
        guard let leftOut = lines.admit() else { return }
        var metadata: Logger.Metadata = ["address": "\(address ?? "unknown")", "request_id": "\(requestID)"]
        if leftOut > 0 { metadata["not_logged_before"] = "\(leftOut)" }
        logger.warning("sign-in refused", metadata: metadata)
    }
}
