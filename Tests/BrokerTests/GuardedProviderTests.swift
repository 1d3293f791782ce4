import Support
import Testing

@testable import Broker

@Suite("A guarded provider")
struct GuardedProviderTests {
    private let provider = ScriptedProvider()
    private let clock = ManualClock()
    private let version = Version.sample("a")

    private func guarded(
        rates: [StoreOperation: CallRate] = [:], _ limits: GuardedProvider.Limits = GuardedProvider.Limits()
    ) -> GuardedProvider {
        GuardedProvider(
            provider, rates: rates, limits: limits, now: { Timestamp(milliseconds: 0) },
            clock: { [clock] in clock.instant })
    }

    private func read(_ guarded: GuardedProvider) async -> ProviderError? {
        do throws(ProviderError) {
            _ = try await guarded.read(version.reference, at: version.pin)
            return nil
        } catch {
            return error
        }
    }

    @Test("asks a store that does not answer no more, and again when it has had its pause")
    func breaks() async {
        let guarded = guarded()
        await provider.failAlways(.read, .unavailable)
        for _ in 1...8 { #expect(await read(guarded)?.kind == .unavailable) }
        for _ in 1...100 {
            let refused = await read(guarded)
            #expect(refused?.kind == .unavailable)
            #expect(refused?.retryAfter == .seconds(1))
        }
        #expect(await provider.calls[.read] == 8)
        #expect(await guarded.health.leftAlone == [.read])
        #expect(await guarded.refusals[.read]?[.breaker] == 100)
        await provider.failAlways(.read, nil)
        await provider.put("v", at: version.reference, pin: version.pin)
        clock.advance(by: .seconds(1))
        #expect(await read(guarded) == nil)
        #expect(await guarded.health.leftAlone.isEmpty)
    }

    @Test(
        "goes on asking a store that answers with a refusal",
        arguments: ProviderError.Kind.allCases.filter { !ProviderError($0, during: "read").isTransient || $0 == .busy })
    func answers(_ kind: ProviderError.Kind) async {
        let guarded = guarded()
        await provider.failAlways(.read, kind)
        for _ in 1...30 { #expect(await read(guarded)?.kind == kind) }
        #expect(await provider.calls[.read] == 30)
    }

    @Test("leaves reads alone when it is the writes that get no answer")
    func perOperation() async throws {
        let guarded = guarded()
        await provider.put("v", at: version.reference, pin: version.pin)
        await provider.failAlways(.purge, .throttled)
        for _ in 1...20 { _ = try? await guarded.purge(version.reference) }
        #expect(await guarded.health.leftAlone == [.purge])
        #expect(await read(guarded) == nil)
    }

    @Test("refuses what does not fit its queue, and says when to come again")
    func bounded() async throws {
        var limits = GuardedProvider.Limits()
        limits.width = 2
        limits.queue = 3
        let guarded = guarded(limits)
        await provider.put("v", at: version.reference, pin: version.pin)
        await provider.hold()
        let waiting = (0..<2).map { _ in Task { await read(guarded) } }
        try await provider.waitUntilHeld(2)
        let queued = (0..<3).map { _ in Task { await read(guarded) } }
        try await eventually("three calls are queued") { await guarded.bulkhead.queued >= 3 }
        let refused = await read(guarded)
        #expect(refused?.kind == .overloaded)
        #expect(refused?.retryAfter == .seconds(1))
        #expect(await guarded.refusals[.read]?[.queue] == 1)
        await provider.release()
        for task in waiting + queued { #expect(await task.value == nil) }
    }

    @Test("keeps to the provider's rate, and refuses what would wait too long for its turn")
    func paced() async {
        let guarded = guarded(rates: [.read: CallRate(perSecond: 0.1, burst: 4)])
        await provider.put("v", at: version.reference, pin: version.pin)
        for _ in 1...4 { #expect(await read(guarded) == nil) }
        let refused = await read(guarded)
        #expect(refused?.kind == .overloaded)
        #expect(refused?.retryAfter == .seconds(10))
        #expect(await provider.calls[.read] == 4)
        clock.advance(by: .seconds(10))
        #expect(await read(guarded) == nil)
    }

    @Test("a caller who leaves does not count against the store")
    func cancelled() async throws {
        let guarded = guarded()
        await provider.failAlways(.read, .unavailable)
        await provider.hold()
        let tasks = (0..<20).map { _ in Task { await read(guarded) } }
        try await provider.waitUntilHeld(20)
        for task in tasks { task.cancel() }
        await provider.release()
        for task in tasks { #expect(await task.value?.kind == .unavailable) }
        #expect(await guarded.health.leftAlone.isEmpty)
    }
}
