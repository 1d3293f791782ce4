/// Whether a store is worth a call: pure, so that it is tested without a clock.
///
/// After `threshold` calls in a row to which the store gave no answer, or only asked for fewer, it is left alone for a
/// while: callers get their stale value or their error at once, not after a timeout each, and the store can recover.
/// Then one call finds out how it is. Each time in vain the pause doubles.
package struct CircuitBreaker: Sendable {
    package struct Settings: Sendable {
        package var threshold = 8
        package var firstPause: Duration = .seconds(1)
        package var longestPause: Duration = .seconds(15)

        package init() {}
    }

    package typealias Instant = ContinuousClock.Instant

    private enum State {
        /// With how many calls in a row have failed.
        case closed(failures: Int)
        /// Nobody calls until then; afterwards one does.
        case open(until: Instant, pause: Duration)
        /// One call is under way that will tell.
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

    /// Nil when a call may be made now; else how long to leave the store alone.
    package func pause(at now: Instant) -> Duration? {
        switch state {
        case .closed: nil
        case .open(let end, _): end > now ? end - now : nil
        case .trying: settings.firstPause
        }
    }

    /// As `pause`. When it is nil, the caller makes a call and says what it came to, with one of the three below.
    package mutating func begin(at now: Instant) -> Duration? {
        if let pause = pause(at: now) { return pause }
        if case .open(_, let pause) = state { state = .trying(pause: pause) }
        return nil
    }

    /// The store answered, be it with a refusal.
    package mutating func answered() {
        state = .closed(failures: 0)
    }

    /// The store gave no answer, or asked for fewer calls.
    package mutating func failed(at now: Instant) {
        switch state {
        case .closed(let failures) where failures + 1 < settings.threshold: state = .closed(failures: failures + 1)
        case .closed: open(for: settings.firstPause, from: now)
        case .trying(let pause): open(for: min(pause * 2, settings.longestPause), from: now)
        // A call that began before: it says nothing new.
        case .open: break
        }
    }

    /// The call ended without saying anything about the store: its caller had left.
    package mutating func abandoned(at now: Instant) {
        if case .trying(let pause) = state { state = .open(until: now, pause: pause) }
    }

    private mutating func open(for pause: Duration, from now: Instant) {
        state = .open(until: now + pause, pause: pause)
    }
}
