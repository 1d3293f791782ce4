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
        /// How long after a pause a store that nobody has called since is still taken for one that does not answer.
        package var memory: Duration = .seconds(600)

        package init() {}
    }

    package typealias Instant = ContinuousClock.Instant

    private enum State {
        /// Calls are made; the last `failures` of them have failed.
        case closed(failures: Int)
        /// No call is made until `until`; afterwards one is.
        case open(until: Instant, pause: Duration)
        /// One call is under way, since `since`, to find out how the store is.
        case trying(pause: Duration, since: Instant)
    }

    private let settings: Settings
    private var state = State.closed(failures: 0)

    package init(_ settings: Settings = Settings()) {
        self.settings = settings
    }

    /// Whether the store did not answer when it was last called, and that is not long ago.
    package func isLeftAlone(at now: Instant) -> Bool {
        switch state {
        case .closed: false
        case .open(let end, _): now < end + settings.memory
        case .trying: true
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
        if case .open(_, let pause) = state { state = .trying(pause: pause, since: now) }
        return nil
    }

    /// Notes that the store answered, even if with a refusal.
    package mutating func answered() {
        state = .closed(failures: 0)
    }

    /// Notes that the store gave no answer, or asked for fewer calls, to a call that was made at `begun`.
    package mutating func failed(at now: Instant, begun: Instant) {
        switch state {
        case .closed(let failures) where failures + 1 < settings.threshold: state = .closed(failures: failures + 1)
        case .closed: open(for: settings.firstPause, from: now)
        case .trying(let pause, let since) where begun >= since:
            open(for: min(pause * 2, settings.longestPause), from: now)
        // The call was made before the pause and tells nothing new.
        case .trying, .open: break
        }
    }

    /// Notes that the call ended without telling anything about the store, because its caller had left.
    package mutating func abandoned(at now: Instant, begun: Instant) {
        if case .trying(let pause, let since) = state, begun >= since { state = .open(until: now, pause: pause) }
    }

    private mutating func open(for pause: Duration, from now: Instant) {
        state = .open(until: now + pause, pause: pause)
    }
}
