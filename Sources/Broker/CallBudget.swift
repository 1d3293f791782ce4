/// How many calls a second a store's provider allows: the default quota that it documents.
package struct CallRate: Sendable, Equatable {
    package let perSecond: Double
    /// How many may come at once after a quiet time.
    package let burst: Int

    package init(perSecond: Double, burst: Int) {
        self.perSecond = perSecond
        self.burst = burst
    }
}

/// Keeps a broker's calls within a rate, so that what waits, waits here and in order, and is not throttled and repeated.
/// Pure: tested without a clock. Replicas share the provider's quota and not this: the provider has the last word.
package struct CallBudget: Sendable {
    package enum Reservation: Sendable, Equatable {
        /// The call has its turn after that time.
        case after(Duration)
        /// Its turn would come only after that time; nothing was reserved.
        case refused(Duration)
    }

    private let interval: Duration
    private let tolerance: Duration
    /// When the next call would be due if calls came evenly.
    private var due: ContinuousClock.Instant?

    package init(_ rate: CallRate) {
        interval = .seconds(1 / rate.perSecond)
        tolerance = interval * (rate.burst - 1)
    }

    /// - Parameter patience: how long the call may wait for its turn.
    package mutating func reserve(at now: ContinuousClock.Instant, patience: Duration) -> Reservation {
        let due = max(due ?? now, now)
        let wait = max(due - tolerance - now, .zero)
        guard wait <= patience else { return .refused(wait) }
        self.due = due + interval
        return .after(wait)
    }
}
