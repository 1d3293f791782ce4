import Broker
import Support
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct TokenCacheTests {
    /// A sign-in service that answers when the test says so.
    actor Service {
        private(set) var calls = 0
        private var pending: [CheckedContinuation<Result<(value: Int, expires: Timestamp?), ProviderError>, Never>] = []
        private var isCalled: Bool { !pending.isEmpty }

        func fetch() async throws(ProviderError) -> (value: Int, expires: Timestamp?) {
            calls += 1
            return try await withCheckedContinuation { pending.append($0) }.get()
        }

        /// Waits until somebody asks, and answers.
        func answer(_ result: Result<(value: Int, expires: Timestamp?), ProviderError>) async throws {
            try await called()
            pending.removeFirst().resume(returning: result)
        }

        nonisolated func called() async throws {
            try await eventually("a call of the sign-in service") { await isCalled }
        }
    }

    let clock = ManualClock()
    let service = Service()
    let cache: TokenCache<Int>
    let failure = ProviderError(.throttled, during: "SignIn")

    init() {
        let (clock, service) = (clock, service)
        cache = TokenCache(refreshAhead: .seconds(60), clock: { clock.timestamp }) { () async throws(ProviderError) in
            try await service.fetch()
        }
    }

    func expiry(in duration: Duration) -> Timestamp { clock.timestamp.adding(duration) }

    /// A cache that holds 1 for another ten minutes.
    func fill() async throws {
        async let value = cache.value()
        try await service.answer(.success((1, expiry(in: .seconds(600)))))
        #expect(try await value == 1)
    }

    /// Lets the cache take in what the service has answered: its actor works one thing after the other.
    func settled(on value: Int) async throws {
        try await eventually("the cache has taken in \(value)") { try await cache.value() == value }
    }

    @Test("100 who wait cause one fetch")
    func shared() async throws {
        let waiting = (0..<100).map { _ in Task { try await cache.value() } }
        try await service.answer(.success((7, expiry(in: .seconds(600)))))
        for task in waiting { #expect(try await task.value == 7) }
        #expect(try await cache.value() == 7)
        #expect(await service.calls == 1)
    }

    @Test("a failure reaches all who wait, and is not kept")
    func failureIsNotKept() async throws {
        let waiting = (0..<10).map { _ in Task { try await cache.value() } }
        try await eventually("ten wait") { await cache.waiting == 10 }
        try await service.answer(.failure(failure))
        for task in waiting { await #expect(throws: failure) { try await task.value } }
        try await fill()
        #expect(await service.calls == 2)
    }

    @Test("a value that never expires is fetched once")
    func noExpiry() async throws {
        async let value = cache.value()
        try await service.answer(.success((1, nil)))
        #expect(try await value == 1)
        clock.advance(by: .seconds(1_000_000))
        #expect(try await cache.value() == 1)
        #expect(await service.calls == 1)
    }

    @Test("an expired value never serves, not even when no other can be had")
    func expired() async throws {
        try await fill()
        clock.advance(by: .seconds(600))
        let value = Task { [cache] in try await cache.value() }
        try await service.answer(.failure(failure))
        await #expect(throws: failure) { try await value.value }
    }

    @Test("shortly before its end a value still serves, while one fetch replaces it")
    func early() async throws {
        try await fill()
        clock.advance(by: .seconds(541))
        for _ in 0..<10 { #expect(try await cache.value() == 1) }
        try await service.answer(.success((2, expiry(in: .seconds(600)))))
        try await settled(on: 2)
        #expect(await service.calls == 2)
    }

    @Test("before that it is not replaced")
    func notTooEarly() async throws {
        try await fill()
        clock.advance(by: .seconds(539))
        #expect(try await cache.value() == 1)
        #expect(await service.calls == 1)
    }

    @Test("an early fetch that fails costs nobody anything, and is repeated after half a minute")
    func earlyFailure() async throws {
        try await fill()
        clock.advance(by: .seconds(545))
        #expect(try await cache.value() == 1)
        try await service.answer(.failure(failure))
        try await eventually("the failure is taken in") { await !cache.isFetching }
        for _ in 0..<50 { #expect(try await cache.value() == 1) }
        #expect(await service.calls == 2)
        clock.advance(by: .seconds(31))
        #expect(try await cache.value() == 1)
        try await service.answer(.success((2, expiry(in: .seconds(600)))))
        try await settled(on: 2)
        #expect(await service.calls == 3)
    }

    @Test("values that live shorter than the early time do not cause a storm")
    func shortLived() async throws {
        async let value = cache.value()
        try await service.answer(.success((1, expiry(in: .seconds(50)))))
        #expect(try await value == 1)
        for _ in 0..<100 { #expect(try await cache.value() == 1) }
        #expect(await service.calls == 1)
    }

    @Test("one who is cancelled stops waiting; the others, and the fetch, go on")
    func cancelled() async throws {
        let cancelled = Task { try await cache.value() }
        try await service.called()
        let other = Task { try await cache.value() }
        cancelled.cancel()
        await #expect(throws: ProviderError(.unavailable, during: "sign-in")) { try await cancelled.value }
        try await service.answer(.success((3, expiry(in: .seconds(600)))))
        #expect(try await other.value == 3)
        #expect(await service.calls == 1)
    }

    @Test("when all who wait are cancelled, the fetch still serves those who come later")
    func allCancelled() async throws {
        let first = Task { try await cache.value() }
        try await service.called()
        first.cancel()
        _ = await first.result
        let later = Task { try await cache.value() }
        try await service.answer(.success((3, expiry(in: .seconds(600)))))
        #expect(try await later.value == 3)
        #expect(await service.calls == 1)
    }

    @Test("one who is cancelled before asking does not wait")
    func cancelledBefore() async throws {
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await cache.value()
        }
        await #expect(throws: ProviderError.self) { try await task.value }
    }

    @Test("one whose time is up stops waiting, and the fetch goes on")
    func waitEnds() async throws {
        await #expect(throws: ProviderError(.unavailable, during: "sign-in", phase: .timeout)) {
            try await cache.valueAndFetch(until: ContinuousClock.now + .milliseconds(20))
        }
        await #expect(throws: ProviderError(.unavailable, during: "sign-in", phase: .timeout)) {
            try await cache.valueAndFetch(until: ContinuousClock.now)
        }
        try await fill()
        #expect(await service.calls == 1)
    }

    @Test("random callers, failures, cancellations and expiries: nobody hangs, and nobody gets what has expired")
    func random() async throws {
        let clock = clock
        let random = RandomService(clock: clock)
        let cache = TokenCache<Timestamp>(refreshAhead: .seconds(20), clock: { clock.timestamp }) {
            () async throws(ProviderError) in try await random.fetch()
        }
        let served = await withTaskGroup(of: Int.self) { group in
            for caller in 0..<20 {
                group.addTask {
                    var seed = SeededRandom(seed: UInt64(caller))
                    var served = 0
                    for _ in 0..<100 {
                        let asked = clock.timestamp
                        let task = Task { try await cache.value() }
                        switch Int.random(in: 0..<6, using: &seed) {
                        case 0: task.cancel()
                        case 1: clock.advance(by: .seconds(5))
                        case 2:
                            if let fetch = try? await cache.valueAndFetch().fetch {
                                _ = await cache.invalidate(fetch)
                            }
                        default: break
                        }
                        guard case .success(let expires) = await task.result else { continue }
                        #expect(expires > asked)
                        served += 1
                    }
                    return served
                }
            }
            return await group.reduce(0, +)
        }
        #expect(served > 100)
    }

    /// Answers the moment at which the answer expires, or fails.
    actor RandomService {
        private var seed = SeededRandom(seed: 9)
        private let clock: ManualClock

        init(clock: ManualClock) { self.clock = clock }

        func fetch() async throws(ProviderError) -> (value: Timestamp, expires: Timestamp?) {
            for _ in 0..<Int.random(in: 0..<5, using: &seed) { await Task.yield() }
            guard Int.random(in: 0..<4, using: &seed) > 0 else { throw ProviderError(.unavailable, during: "SignIn") }
            let expires = clock.timestamp.adding(.seconds(Int.random(in: 5...100, using: &seed)))
            return (expires, expires)
        }
    }
}
