package import Broker

/// Decides when to repeat a call that failed in a way that may pass. Pure, so that it is tested without a clock.
package struct RetryRule: Sendable, Equatable {
    /// The number of attempts in all.
    package var attempts: Int
    /// The longest first delay; it doubles with each attempt.
    package var base: Duration
    package var cap: Duration

    package init(attempts: Int = 3, base: Duration = .milliseconds(100), cap: Duration = .seconds(5)) {
        self.attempts = attempts
        self.base = base
        self.cap = cap
    }

    /// How long to wait before attempt `n` (the first is 1); nil means to give up.
    ///
    /// - Parameters:
    ///   - retryAfter: how long the server asked to wait; the wait is never shorter.
    ///   - remaining: the time left until the deadline. A wait that would reach it is not begun.
    ///   - random: from 0 up to but not including 1, for full jitter.
    package func delay(
        beforeAttempt n: Int, retryAfter: Duration?, remaining: Duration, random: Double
    ) -> Duration? {
        guard n <= attempts else { return nil }
        guard n > 1 else { return remaining > .zero ? .zero : nil }
        let ceiling = min(cap, base * (1 << min(n - 2, 20)))
        let delay = max(ceiling * random, retryAfter ?? .zero)
        return delay < remaining ? delay : nil
    }
}

extension RetryRule {
    /// Reads `Retry-After`: seconds, or a date of RFC 9110. Nil when it is neither; at most a day.
    package static func retryAfter(_ header: String?, now: Timestamp) -> Duration? {
        guard let header, (1...64).contains(header.utf8.count) else { return nil }
        let day = Duration.seconds(86_400)
        if header.utf8.allSatisfy(\.isDigit) {
            return Int64(header).map { min(.seconds($0), day) } ?? day
        }
        return Timestamp(httpDate: header).map { min(max($0.since(now), .zero), day) }
    }
}
