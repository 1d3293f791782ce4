package import Broker
import NIOConcurrencyHelpers

/// The system's time, plus what a test adds to it.
package final class ShiftedClock: Sendable {
    private let shift = NIOLockedValueBox(Duration.zero)

    package init() {}

    package func now() -> Timestamp { TestCatalog.systemTime().adding(shift.withLockedValue { $0 }) }

    package func advance(by duration: Duration) { shift.withLockedValue { $0 += duration } }
}
