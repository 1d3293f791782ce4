/// The rate of calls that a store's provider allows: the default quota that it documents.
package struct CallRate: Sendable, Equatable {
    package let perSecond: Double
    /// The number of calls that may come at once after a quiet time.
    package let burst: Int

    package init(perSecond: Double, burst: Int) {
        self.perSecond = perSecond
        self.burst = burst
    }
}

/// Keeps a broker's calls within a rate, so that calls wait here, in order, rather than being throttled and repeated.
/// Pure, so that it is tested without a clock. Replicas share the provider's quota but not this budget: the provider
/// has the last word.
package struct CallBudget: Sendable {
    package enum Reservation: Sendable, Equatable {
        /// The call's turn comes after this time.
        case after(Duration)
        /// The call's turn would come only after this time; nothing was reserved.
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
