package import Broker

/// Credentials that expire, fetched once for all who need them.
///
/// The fetch belongs to no caller: one that is cancelled harms nobody. A failure is never kept. Shortly before the end
/// a new one is fetched while the present one still serves.
package actor TokenCache<Value: Sendable> {
    package typealias Fetched = (value: Value, expires: Timestamp?)

    private static var pauseAfterFailure: Duration { .seconds(30) }

    private let refreshAhead: Duration
    private let clock: @Sendable () -> Timestamp
    private let fetch: @Sendable () async throws(ProviderError) -> Fetched
    private var present: Fetched?
    private var refresh: Task<Result<Value, ProviderError>, Never>?
    /// After an early refresh has failed: when the next may begin.
    private var nextEarlyRefresh: Timestamp?
    /// Counts invalidations, so that a fetch begun before one is not kept.
    private var generation = 0

    /// - Parameter refreshAhead: how long before its end a value is replaced.
    package init(
        refreshAhead: Duration, clock: @escaping @Sendable () -> Timestamp,
        fetch: @escaping @Sendable () async throws(ProviderError) -> Fetched
    ) {
        self.refreshAhead = refreshAhead
        self.clock = clock
        self.fetch = fetch
    }

    package func value() async throws(ProviderError) -> Value {
        guard let present, present.expires.map({ $0 > clock() }) ?? true else {
            return try await (refresh ?? startRefresh()).value.get()
        }
        if isNearItsEnd(present), refresh == nil, nextEarlyRefresh.map({ $0 <= clock() }) ?? true { _ = startRefresh() }
        return present.value
    }

    /// The present value was refused: the next caller fetches another.
    package func invalidate() {
        present = nil
        refresh = nil
        nextEarlyRefresh = nil
        generation += 1
    }

    private func isNearItsEnd(_ fetched: Fetched) -> Bool {
        fetched.expires.map { $0 <= clock().adding(refreshAhead) } ?? false
    }

    private func startRefresh() -> Task<Result<Value, ProviderError>, Never> {
        let begun = generation
        let task = Task {
            let result = await fetched()
            keep(result, begun: begun)
            return result.map(\.value)
        }
        refresh = task
        return task
    }

    private func fetched() async -> Result<Fetched, ProviderError> {
        do throws(ProviderError) {
            return .success(try await fetch())
        } catch {
            return .failure(error)
        }
    }

    private func keep(_ result: Result<Fetched, ProviderError>, begun: Int) {
        guard begun == generation else { return }
        refresh = nil
        switch result {
        case .success(let fetched):
            present = fetched
            nextEarlyRefresh = nil
        case .failure: nextEarlyRefresh = clock().adding(Self.pauseAfterFailure)
        }
    }
}
