package import Broker

/// Credentials that expire, fetched once for all who need them.
///
/// The fetch belongs to no caller: one that is cancelled stops waiting and harms nobody. A failure is never kept.
/// Shortly before the end a new one is fetched while the present one still serves.
package actor TokenCache<Value: Sendable> {
    package typealias Fetched = (value: Value, expires: Timestamp?)

    private typealias Waiter = CheckedContinuation<Result<Value, ProviderError>, Never>

    private static var pauseBetweenEarlyRefreshes: Duration { .seconds(30) }

    private let refreshAhead: Duration
    private let clock: @Sendable () -> Timestamp
    private let fetch: @Sendable () async throws(ProviderError) -> Fetched
    private var present: Fetched?
    /// The fetch under way, if its result is still wanted.
    private var fetching: Int?
    private var waiters: [Int: (fetch: Int, waiter: Waiter)] = [:]
    /// Neither failures nor tokens that live shorter than `refreshAhead` may cause a storm.
    private var nextEarlyRefresh: Timestamp?
    private var lastNumber = 0

    /// - Parameter refreshAhead: how long before its end a value is replaced.
    package init(
        refreshAhead: Duration, clock: @escaping @Sendable () -> Timestamp,
        fetch: @escaping @Sendable () async throws(ProviderError) -> Fetched
    ) {
        self.refreshAhead = refreshAhead
        self.clock = clock
        self.fetch = fetch
    }

    /// - Throws: what the fetch threw that it waited for; `unavailable` when the caller is cancelled.
    package func value() async throws(ProviderError) -> Value {
        guard let present, present.expires.map({ $0 > clock() }) ?? true else {
            return try await outcome(of: fetching ?? startFetch()).get()
        }
        if isNearItsEnd(present), fetching == nil, nextEarlyRefresh.map({ $0 <= clock() }) ?? true {
            _ = startFetch()
        }
        return present.value
    }

    /// The present value was refused: the next caller fetches another. A fetch that began before serves only those who
    /// wait for it already.
    package func invalidate() {
        present = nil
        fetching = nil
        nextEarlyRefresh = nil
    }

    private func isNearItsEnd(_ fetched: Fetched) -> Bool {
        fetched.expires.map { $0 <= clock().adding(refreshAhead) } ?? false
    }

    private func startFetch() -> Int {
        let number = nextNumber()
        fetching = number
        Task {
            do throws(ProviderError) {
                settle(number, .success(try await fetch()))
            } catch {
                settle(number, .failure(error))
            }
        }
        return number
    }

    private func settle(_ number: Int, _ result: Result<Fetched, ProviderError>) {
        if fetching == number {
            fetching = nil
            nextEarlyRefresh = clock().adding(Self.pauseBetweenEarlyRefreshes)
            if case .success(let fetched) = result { present = fetched }
        }
        for (key, waiting) in waiters where waiting.fetch == number {
            waiters[key] = nil
            waiting.waiter.resume(returning: result.map(\.value))
        }
    }

    private func outcome(of fetch: Int) async -> Result<Value, ProviderError> {
        let key = nextNumber()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                if Task.isCancelled {
                    waiter.resume(returning: .failure(Self.cancelled))
                } else {
                    waiters[key] = (fetch, waiter)
                }
            }
        } onCancel: {
            Task { await abandon(key) }
        }
    }

    private func abandon(_ key: Int) {
        waiters.removeValue(forKey: key)?.waiter.resume(returning: .failure(Self.cancelled))
    }

    private func nextNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }

    private static var cancelled: ProviderError { ProviderError(.unavailable, during: "sign-in") }
}
