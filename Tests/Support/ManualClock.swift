package import Broker
import NIOConcurrencyHelpers

/// A clock that stands still until a test moves it.
package final class ManualClock: Sendable {
    private let start = ContinuousClock.now
    private let elapsed = NIOLockedValueBox(Duration.zero)

    package init() {}

    package func advance(by duration: Duration) { elapsed.withLockedValue { $0 += duration } }

    package var instant: ContinuousClock.Instant { start + elapsed.withLockedValue { $0 } }
    package var timestamp: Timestamp {
        Timestamp(milliseconds: 1_800_000_000_000).adding(elapsed.withLockedValue { $0 })
    }
}
