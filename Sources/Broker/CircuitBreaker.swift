/// Decides whether a store is worth a call. Pure, so that it is tested without a clock.
///
/// After `threshold` calls in a row that the store did not answer, or answered only by asking for fewer calls, it is
/// left alone for a while: callers get their stale value or their error at once instead of after a timeout each, and
/// the store can recover. Then one call finds out how it is. If it fails, the pause doubles.
package struct CircuitBreaker: Sendable {
    package struct Settings: Sendable {
        package var threshold = 8
        package var firstPause: Duration = .seconds(1)
        package var longestPause: Duration = .seconds(15)

        package init() {}
    }

    package typealias Instant = ContinuousClock.Instant

    private enum State {
        /// Calls are made; the last `failures` of them have failed.
        case closed(failures: Int)
        /// No call is made until `until`; afterwards one is.
        case open(until: Instant, pause: Duration)
        /// One call is under way to find out how the store is.
        case trying(pause: Duration)
    }

    private let settings: Settings
    private var state = State.closed(failures: 0)

    package init(_ settings: Settings = Settings()) {
        self.settings = settings
    }

    package var isClosed: Bool {
        switch state {
        case .closed: true
        case .open, .trying: false
        }
    }

    /// How long to leave the store alone; nil when a call may be made now.
    package func pause(at now: Instant) -> Duration? {
        switch state {
        case .closed: nil
        case .open(let end, _): end > now ? end - now : nil
        case .trying: settings.firstPause
        }
    }

    /// As `pause`. When nil, the caller makes a call and reports how it ended with one of the three functions below.
    package mutating func begin(at now: Instant) -> Duration? {
        if let pause = pause(at: now) { return pause }
        if case .open(_, let pause) = state { state = .trying(pause: pause) }
        return nil
    }

    /// Notes that the store answered, even if with a refusal.
    package mutating func answered() {
        state = .closed(failures: 0)
    }

    /// Notes that the store gave no answer, or asked for fewer calls.
    package mutating func failed(at now: Instant) {
        switch state {
        case .closed(let failures) where failures + 1 < settings.threshold: state = .closed(failures: failures + 1)
        case .closed: open(for: settings.firstPause, from: now)
        case .trying(let pause): open(for: min(pause * 2, settings.longestPause), from: now)
        // This call began before the pause and tells nothing new.
        case .open: break
        }
    }

    /// Notes that the call ended without telling anything about the store, because its caller had left.
    package mutating func abandoned(at now: Instant) {
        if case .trying(let pause) = state { state = .open(until: now, pause: pause) }
    }

    private mutating func open(for pause: Duration, from now: Instant) {
        state = .open(until: now + pause, pause: pause)
    }
}
