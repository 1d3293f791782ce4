import Logging
import NIOConcurrencyHelpers

/// Requests without a valid token: counted and logged, not put into the audit log one by one, since anybody can send
/// them as fast as they like.
final class SignInRefusals: Sendable {
    private let total = NIOLockedValueBox<Int64>(0)

    var count: Int64 { total.withLockedValue { $0 } }

    func record(address: String?, requestID: String, logger: Logger) {
        total.withLockedValue { $0 += 1 }
        logger.warning(
            "sign-in refused", metadata: ["address": "\(address ?? "unknown")", "request_id": "\(requestID)"])
    }
}
