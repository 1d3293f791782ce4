/// A kind of call that the broker makes to a store.
package enum StoreOperation: String, Sendable, CaseIterable { case create, read, purge }

/// Stands between the broker and a store's provider: keeps to the provider's rate (`CallBudget`), bounds the calls that
/// are under way or wait (`Bulkhead`), leaves alone a store that does not answer (`CircuitBreaker`), and remembers how the
/// calls went.
package actor GuardedProvider: Provider {
    /// What was called and how it ended: `ok`, or the kind of the error.
    package struct Call: Sendable, Hashable {
        package let operation: StoreOperation
        package let outcome: String
    }

    /// Why a call was not made.
    package enum Refusal: String, Sendable, CaseIterable {
        /// The store has not answered for a while and is left alone.
        case breaker
        /// Within the provider's rate, the call's turn would come too late.
        case budget
        /// Too many calls wait already, or the call waited too long.
        case queue
    }

    package struct Health: Sendable {
        package var lastSuccess: Timestamp?
        package var lastFailure: (kind: ProviderError.Kind, at: Timestamp)?
        /// The operations that are called no more than now and then, because the store did not answer them lately.
        package var leftAlone: [StoreOperation] = []
    }

    package struct Limits: Sendable {
        package var width = 64
        package var queue = 1024
        /// How long a call may wait for its turn within the rate, and then for a place.
        package var wait: Duration = .seconds(5)
        package var breaker = CircuitBreaker.Settings()

        package init() {}
    }

    private let provider: any Provider
    private let limits: Limits
    private let now: @Sendable () -> Timestamp
    private let clock: @Sendable () -> ContinuousClock.Instant
    let bulkhead: Bulkhead
    private var breakers: [StoreOperation: CircuitBreaker]
    private var budgets: [StoreOperation: CallBudget]
    private var lastSuccess: Timestamp?
    private var lastFailure: (kind: ProviderError.Kind, at: Timestamp)?
    /// How long the calls took, without their wait for a place.
    package private(set) var latencies: [Call: Histogram] = [:]
    package private(set) var refusals: [StoreOperation: [Refusal: Int]] = [:]

    /// - Parameters:
    ///   - rates: the provider's documented quotas; an operation without one has no limit on its rate.
    ///   - now: the wall-clock time, to be shown to people.
    ///   - clock: the time for breaker and budget.
    package init(
        _ provider: any Provider, rates: [StoreOperation: CallRate] = [:], limits: Limits = Limits(),
        now: @escaping @Sendable () -> Timestamp,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.provider = provider
        self.limits = limits
        self.now = now
        self.clock = clock
        bulkhead = Bulkhead(width: limits.width, queue: limits.queue, patience: limits.wait)
        breakers = Dictionary(
            uniqueKeysWithValues: StoreOperation.allCases.map { ($0, CircuitBreaker(limits.breaker)) })
        budgets = rates.mapValues(CallBudget.init)
    }

    package var health: Health {
        Health(
            lastSuccess: lastSuccess, lastFailure: lastFailure,
            leftAlone: StoreOperation.allCases.filter { breakers[$0]?.isLeftAlone(at: clock()) == true })
    }

    package func create(
        _ value: Secret, at reference: Reference, note: ObjectNote
    ) async throws(ProviderError) -> Pin {
        try await run(.create) { () async throws(ProviderError) in
            try await self.provider.create(value, at: reference, note: note)
        }
    }

    package func read(_ reference: Reference, at pin: Pin) async throws(ProviderError) -> Secret {
        try await run(.read) { () async throws(ProviderError) in
            try await self.provider.read(reference, at: pin)
        }
    }

    package nonisolated var hasVersions: Bool { provider is any VersionedProvider }

    package nonisolated func object(named name: String) -> ForeignObject? {
        (provider as? any VersionedProvider)?.object(named: name)
    }

    /// The pin of the object's current version; nil if the provider's objects have no versions, or it cannot tell.
    package func currentPin(of reference: Reference) async throws(ProviderError) -> Pin? {
        guard let provider = provider as? any VersionedProvider else { return nil }
        return try await run(.read) { () async throws(ProviderError) in
            try await provider.currentPin(of: reference)
        }
    }

    package func purge(_ reference: Reference) async throws(ProviderError) -> Purge {
        try await run(.purge) { () async throws(ProviderError) in
            try await self.provider.purge(reference)
        }
    }

    package func check() async -> [Finding] {
        await provider.check()
    }

    private func run<Answer: Sendable>(
        _ operation: StoreOperation, _ call: () async throws(ProviderError) -> Answer
    ) async throws(ProviderError) -> Answer {
        try leaveAlone(operation, for: breakers[operation]?.pause(at: clock()))
        try await waitForTurn(operation)
        let answer = try await bulkhead.run { () async throws(ProviderError) in
            // The store may have stopped answering while this call waited.
            try leaveAlone(operation, for: breakers[operation]?.begin(at: clock()))
            return try await observe(operation, call)
        }
        guard let answer else { throw refuse(operation, .queue, retryAfter: .seconds(1)) }
        return answer
    }

    /// Makes the call, and remembers how it went.
    private func observe<Answer: Sendable>(
        _ operation: StoreOperation, _ call: () async throws(ProviderError) -> Answer
    ) async throws(ProviderError) -> Answer {
        let started = clock()
        do throws(ProviderError) {
            let answer = try await call()
            lastSuccess = now()
            breakers[operation]?.answered()
            record(operation, "ok", since: started)
            return answer
        } catch {
            lastFailure = (error.kind, now())
            note(error, of: operation, begun: started)
            record(operation, error.kind.rawValue, since: started)
            throw error
        }
    }

    private func note(_ error: ProviderError, of operation: StoreOperation, begun: ContinuousClock.Instant) {
        if Task.isCancelled {
            breakers[operation]?.abandoned(at: clock(), begun: begun)
        } else if error.isTransient, error.kind != .busy {
            breakers[operation]?.failed(at: clock(), begun: begun)
        } else {
            breakers[operation]?.answered()
        }
    }

    private func record(_ operation: StoreOperation, _ outcome: String, since started: ContinuousClock.Instant) {
        latencies[Call(operation: operation, outcome: outcome), default: Histogram()].record(clock() - started)
    }

    private func refuse(
        _ operation: StoreOperation, _ refusal: Refusal, retryAfter: Duration
    ) -> ProviderError {
        refusals[operation, default: [:]][refusal, default: 0] += 1
        return ProviderError(
            refusal == .breaker ? .unavailable : .overloaded, during: operation.rawValue, retryAfter: retryAfter)
    }

    private func leaveAlone(_ operation: StoreOperation, for pause: Duration?) throws(ProviderError) {
        if let pause { throw refuse(operation, .breaker, retryAfter: pause) }
    }

    private func waitForTurn(_ operation: StoreOperation) async throws(ProviderError) {
        switch budgets[operation]?.reserve(at: clock(), patience: limits.wait) {
        case nil, .after(.zero): return
        case .refused(let wait): throw refuse(operation, .budget, retryAfter: wait)
        case .after(let wait):
            guard (try? await Task.sleep(for: wait)) != nil else {
                throw refuse(operation, .queue, retryAfter: .seconds(1))
            }
        }
    }
}
