import NIOConcurrencyHelpers

/// Waits that share one time limit, guarded by one timer: setting and cancelling a timer for each would cost more than
/// most of the waits.
package final class Deadlines: Sendable {
    private struct Wait {
        let end: ContinuousClock.Instant
        let expire: @Sendable () -> Void
    }

    private struct State {
        var waits: [UInt64: Wait] = [:]
        /// The number from which waits may be left. Waits are numbered in the order of their ends.
        var oldest: UInt64 = 0
        var next: UInt64 = 0
        var isWatched = false
    }

    private let limit: Duration
    private let state = NIOLockedValueBox(State())

    package init(after limit: Duration) {
        self.limit = limit
    }

    /// - Parameter expire: called when the time is over, unless the wait has ended by then.
    /// - Returns: the number to end the wait with.
    package func start(_ expire: @escaping @Sendable () -> Void) -> UInt64 {
        let (wait, isWatched) = state.withLockedValue { state in
            defer { (state.next, state.isWatched) = (state.next + 1, true) }
            state.waits[state.next] = Wait(end: .now + limit, expire: expire)
            return (state.next, state.isWatched)
        }
        if !isWatched { Task { await watch() } }
        return wait
    }

    package func end(_ wait: UInt64) {
        // What the closure holds is released only after the lock is.
        _ = state.withLockedValue { $0.waits.removeValue(forKey: wait) }
    }

    private func watch() async {
        // Only a wait's end is held here, nothing that its closure holds.
        while let end = firstEnd() {
            if end <= .now {
                expireFirst()
            } else {
                try? await Task.sleep(until: end)
            }
        }
    }

    private func expireFirst() {
        let first = state.withLockedValue { $0.waits.removeValue(forKey: $0.oldest) }
        first?.expire()
    }

    /// The end of the first wait. When nil, there is no wait, and whoever starts the next one watches.
    private func firstEnd() -> ContinuousClock.Instant? {
        state.withLockedValue { state in
            while state.oldest < state.next {
                if let wait = state.waits[state.oldest] { return wait.end }
                state.oldest += 1
            }
            state.isWatched = false
            return nil
        }
    }
}
