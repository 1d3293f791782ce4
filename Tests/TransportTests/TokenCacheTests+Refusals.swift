import Broker
import Support
import Testing

@testable import Transport

/// What becomes of a value that the service does not take any more.
extension TokenCacheTests {
    @Test("after an invalidation another value is fetched, and a fetch that began before is not kept")
    func invalidated() async throws {
        try await fill()
        clock.advance(by: .seconds(550))
        let (value, fetch) = try await cache.valueAndFetch()
        #expect(value == 1)
        try await service.called()
        #expect(await cache.invalidate(fetch))
        let next = Task { try await cache.value() }
        try await eventually("a third call of the sign-in service") { await service.calls >= 3 }
        try await service.answer(.success((2, expiry(in: .seconds(600)))))
        try await service.answer(.success((3, expiry(in: .seconds(600)))))
        #expect(try await next.value == 3)
        #expect(try await cache.value() == 3)
    }

    @Test("what was refused to many is fetched once, however late the last of them says so")
    func refusedToMany() async throws {
        try await fill()
        let refused = try await cache.valueAndFetch().fetch
        for _ in 0..<10 { #expect(await cache.invalidate(refused)) }
        async let next = cache.value()
        try await service.answer(.success((2, expiry(in: .seconds(600)))))
        #expect(try await next == 2)
        #expect(await cache.invalidate(refused))
        #expect(try await cache.value() == 2)
        #expect(await service.calls == 2)
    }

    /// Refuses the present value.
    ///
    /// - Returns: whether another takes its place, which is `next`.
    private func refuse(next: Int) async throws -> Bool {
        let present = try await cache.valueAndFetch()
        guard await cache.invalidate(present.fetch) else {
            #expect(try await cache.value() == present.value)
            return false
        }
        async let value = cache.value()
        try await service.answer(.success((next, nil)))
        #expect(try await value == next)
        return true
    }

    @Test("what replaced a refused value and is refused as well stays for half a minute")
    func refusedAgain() async throws {
        try await fill()
        #expect(try await refuse(next: 2))
        for _ in 0..<10 { #expect(try await !refuse(next: 3)) }
        clock.advance(by: .seconds(29))
        #expect(try await !refuse(next: 3))
        clock.advance(by: .seconds(1))
        #expect(try await refuse(next: 3))
        #expect(try await !refuse(next: 4))
        #expect(await service.calls == 3)
    }

    @Test("what was accepted in between is replaced at once when it is refused; only its own acceptance counts")
    func acceptedInBetween() async throws {
        try await fill()
        let first = try await cache.valueAndFetch().fetch
        #expect(try await refuse(next: 2))
        await cache.confirm(first)
        #expect(try await !refuse(next: 3))
        try await cache.confirm(cache.valueAndFetch().fetch)
        #expect(try await refuse(next: 3))
        #expect(await service.calls == 3)
    }
}
