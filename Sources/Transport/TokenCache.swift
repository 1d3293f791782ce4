package import Broker

/// A cache for credentials that expire, fetched once for everybody who needs them.
///
/// A fetch belongs to no caller: one that is cancelled stops waiting and harms nobody. A failure is never kept. Shortly
/// before a value expires, a new one is fetched while the old one still serves.
package actor TokenCache<Value: Sendable> {
    package typealias Fetched = (value: Value, expires: Timestamp?)

    /// A handle to one fetch, to report later that its value was refused, or accepted.
    package struct Fetch: Hashable, Sendable {
        fileprivate let number: Int
    }

    private typealias Waiter = CheckedContinuation<Result<Value, ProviderError>, Never>

    /// Between two early refreshes, and between two replacements of refused values of which none was accepted.
    private static var pause: Duration { .seconds(30) }

    private let refreshAhead: Duration
    private let clock: @Sendable () -> Timestamp
    private let fetch: @concurrent @Sendable () async throws(ProviderError) -> Fetched
    private var present: (fetched: Fetched, fetch: Fetch)?
    /// The fetch under way, if its result is still wanted.
    private var fetching: Fetch?
    private var waiters: [Int: (fetch: Fetch, waiter: Waiter)] = [:]
    /// The earliest time for the next early refresh, so that neither failures nor values that live shorter than
    /// `refreshAhead` cause a storm.
    private var nextEarlyRefresh: Timestamp?
    /// The earliest time for the next replacement of a refused value. Nil once a value was accepted after the last one.
    private var nextReplacement: Timestamp?
    private var lastNumber = 0

    /// - Parameter refreshAhead: how long before it expires a value is replaced.
    package init(
        refreshAhead: Duration, clock: @escaping @Sendable () -> Timestamp,
        fetch: @escaping @concurrent @Sendable () async throws(ProviderError) -> Fetched
    ) {
        self.refreshAhead = refreshAhead
        self.clock = clock
        self.fetch = fetch
    }

    /// - Throws: the error of the fetch that it waited for; `unavailable` when the caller is cancelled.
    package func value() async throws(ProviderError) -> Value {
        try await valueAndFetch().value
    }

    /// - Parameter end: of the wait, which is then over for this caller alone; nil: the fetch's own.
    /// - Throws: as `value` does; `unavailable`, with the phase `timeout`, at `end`.
    package func valueAndFetch(
        until end: ContinuousClock.Instant? = nil
    ) async throws(ProviderError) -> (value: Value, fetch: Fetch) {
        guard let present, present.fetched.expires.map({ $0 > clock() }) ?? true else {
            let fetch = fetching ?? startFetch()
            return (try await outcome(of: fetch, until: end).get(), fetch)
        }
        if isNearItsEnd(present.fetched), fetching == nil, nextEarlyRefresh.map({ $0 <= clock() }) ?? true {
            _ = startFetch()
        }
        return (present.fetched.value, present.fetch)
    }

    /// Reports that the value of this fetch was refused. If it is still the present value, the next caller starts a new
    /// fetch; one that began before serves only those who already wait for it. But a value that replaced a refused one
    /// a moment ago, and was not accepted either, stays: what is wrong is not the value.
    ///
    /// - Returns: false if the value stays.
    package func invalidate(_ refused: Fetch) -> Bool {
        guard present?.fetch == refused else { return true }
        // One further ahead is from before the clock was set back.
        let now = clock()
        if let nextReplacement, nextReplacement > now, nextReplacement <= now.adding(Self.pause) { return false }
        present = nil
        fetching = nil
        nextReplacement = now.adding(Self.pause)
        return true
    }

    /// Reports that the value of this fetch was accepted. If it is the present value, it is replaced at once when it is
    /// refused later.
    package func confirm(_ accepted: Fetch) {
        if present?.fetch == accepted { nextReplacement = nil }
    }

    /// How many wait for a fetch.
    var waiting: Int { waiters.count }
    /// Whether a fetch is under way whose value would be the present one.
    var isFetching: Bool { fetching != nil }

    private func isNearItsEnd(_ fetched: Fetched) -> Bool {
        fetched.expires.map { $0 <= clock().adding(refreshAhead) } ?? false
    }

    private func startFetch() -> Fetch {
        let started = Fetch(number: nextNumber())
        fetching = started
        Task {
            do throws(ProviderError) {
                settle(started, .success(try await fetch()))
            } catch {
                settle(started, .failure(error))
            }
        }
        return started
    }

    private func settle(_ fetch: Fetch, _ result: Result<Fetched, ProviderError>) {
        if fetching == fetch {
            fetching = nil
            nextEarlyRefresh = clock().adding(Self.pause)
            if case .success(let fetched) = result { present = (fetched, fetch) }
        }
        for (key, waiting) in waiters where waiting.fetch == fetch {
            waiters[key] = nil
            waiting.waiter.resume(returning: result.map(\.value))
        }
    }

    private func outcome(
        of fetch: Fetch, until end: ContinuousClock.Instant?
    ) async -> Result<Value, ProviderError> {
        let key = nextNumber()
        let limit = end.map { abandonment(of: key, at: $0) }
        defer { limit?.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                if Task.isCancelled {
                    waiter.resume(returning: .failure(Self.cancelled))
                } else {
                    waiters[key] = (fetch, waiter)
                }
            }
        } onCancel: {
            Task { await abandon(key, with: Self.cancelled) }
        }
    }

    /// Cancelled when the wait ends before.
    private func abandonment(of key: Int, at end: ContinuousClock.Instant) -> Task<Void, Never> {
        Task {
            guard (try? await Task.sleep(until: end)) != nil else { return }
            abandon(key, with: Self.timedOut)
        }
    }

    private func abandon(_ key: Int, with error: ProviderError) {
        waiters.removeValue(forKey: key)?.waiter.resume(returning: .failure(error))
    }

    private func nextNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }

    private static var cancelled: ProviderError { ProviderError(.unavailable, during: "sign-in") }
    /// What `valueAndFetch` throws at the end of a caller's wait.
    package static var timedOut: ProviderError { ProviderError(.unavailable, during: "sign-in", phase: .timeout) }
}
