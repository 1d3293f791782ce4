package import Broker
import NIOConcurrencyHelpers

/// A clock that stands still until a test moves it.
package final class ManualClock: Sendable {
    private let start: Timestamp
    private let begin = ContinuousClock.now
    private let elapsed = NIOLockedValueBox(Duration.zero)

    package init(at start: Timestamp = Timestamp(milliseconds: 1_800_000_000_000)) {
        self.start = start
    }

    package func advance(by duration: Duration) { elapsed.withLockedValue { $0 += duration } }

    package var instant: ContinuousClock.Instant { begin + elapsed.withLockedValue { $0 } }
    package var timestamp: Timestamp { start.adding(elapsed.withLockedValue { $0 }) }
}
