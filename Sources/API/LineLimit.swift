import NIOConcurrencyHelpers

/// Bounds how often a line that comes again and again is logged: twenty times a minute. The next one tells how many were
/// left out.
package final class LineLimit: Sendable {
    private struct State {
        var began: ContinuousClock.Instant
        var count = 0
        var leftOut = 0
    }

    private static let perMinute = 20

    private let clock: @Sendable () -> ContinuousClock.Instant
    private let state: NIOLockedValueBox<State>

    package init(clock: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }) {
        self.clock = clock
        state = NIOLockedValueBox(State(began: clock()))
    }

    /// The number of lines that were left out before this one; nil if this one is left out too.
    package func admit() -> Int? {
        let now = clock()
        return state.withLockedValue { state in
            if now - state.began >= .seconds(60) { (state.began, state.count) = (now, 0) }
            state.count += 1
            guard state.count <= Self.perMinute else {
                state.leftOut += 1
                return nil
            }
            defer { state.leftOut = 0 }
            return state.leftOut
        }
    }
}
