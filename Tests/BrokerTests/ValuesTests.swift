import Support
import Testing

@testable import Broker

@Suite("Values in memory")
struct ValuesTests {
    private let provider = ScriptedProvider()
    private let clock = ManualClock()
    private let version = Version.sample("a")

    private func values(_ settings: Values.Settings = Values.Settings()) -> Values {
        Values(stores: Stores(default: .scripted(provider)), settings: settings, now: { [clock] in clock.instant })
    }

    private func cached(_ values: Values) async -> Secret? {
        values.cached([version])?.first
    }

    @Test("one fetch serves a thousand that want the same version at once")
    func singleFlight() async throws {
        let values = values()
        await provider.put("v", at: version.reference, pin: version.pin)
        await provider.hold()
        async let all = withTaskGroup(of: String?.self) { group in
            for _ in 0..<1000 {
                group.addTask { try? await values.outcome(of: values.fetch(version)).get().secret.shown }
            }
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        try await provider.waitUntilHeld(1)
        await provider.release()
        #expect(await all == Array(repeating: "v", count: 1000))
        #expect(await provider.calls[.read] == 1)
    }

    @Test("a fetch that has just ended is not made again by who had found nothing before it")
    func noSecondFetch() async throws {
        let values = values()
        await provider.put("v", at: version.reference, pin: version.pin)
        #expect(await cached(values) == nil)
        #expect(try await values.outcome(of: values.fetch(version)).get().secret.shown == "v")
        #expect(try await values.outcome(of: values.fetch(version)).get().secret.shown == "v")
        #expect(await provider.calls[.read] == 1)
    }

    @Test("a fetch that ends after its version was evicted keeps nothing")
    func evictedMeanwhile() async throws {
        let values = values()
        await provider.put("v", at: version.reference, pin: version.pin)
        await provider.hold()
        let fetch = Task { await values.outcome(of: values.fetch(version)) }
        try await provider.waitUntilHeld(1)
        values.evict(version)
        await provider.release()
        #expect(try await fetch.value.get().secret.shown == "v")
        #expect(await cached(values) == nil)
    }

    @Test("a version in a store that this broker was started without is not asked for in another's")
    func notConfigured() async throws {
        let others = Stores(default: .scripted(provider, named: StoreName("other")!))
        let values = Values(stores: others, settings: Values.Settings(), now: { [clock] in clock.instant })
        let ended = await #expect(throws: ProviderError.self) {
            try await values.outcome(of: values.fetch(version)).get()
        }
        #expect(ended == ProviderError(.notConfigured, during: "read"))
        #expect(await provider.calls.isEmpty)
    }

    @Test("a caller that is cancelled takes nobody with it")
    func cancellationIsPrivate() async throws {
        let values = values()
        await provider.put("v", at: version.reference, pin: version.pin)
        await provider.hold()
        let first = Task { await values.outcome(of: values.fetch(version)) }
        try await provider.waitUntilHeld(1)
        let second = Task { await values.outcome(of: values.fetch(version)) }
        first.cancel()
        await provider.release()
        #expect(try await second.value.get().secret.shown == "v")
    }

    @Test("a failure is not kept")
    func failureIsForgotten() async throws {
        let values = values()
        await provider.fail(.read, .unavailable)
        await #expect(throws: ProviderError.self) { try await values.outcome(of: values.fetch(version)).get() }
        await provider.put("v", at: version.reference, pin: version.pin)
        #expect(try await values.outcome(of: values.fetch(version)).get().secret.shown == "v")
    }

    @Test("a value serves without a call for its lifetime and no longer")
    func lifetime() async throws {
        let values = values()
        values.keep(Secret(text: "v"), as: version)
        clock.advance(by: .seconds(299))
        #expect(await cached(values)?.shown == "v")
        clock.advance(by: .seconds(1))
        #expect(await cached(values) == nil)
    }

    @Test(
        "a value past its lifetime serves while the store cannot be reached",
        arguments: [ProviderError.Kind.unavailable, .throttled])
    func servesStale(_ kind: ProviderError.Kind) async throws {
        let values = values()
        values.keep(Secret(text: "v"), as: version)
        clock.advance(by: .seconds(600))
        await provider.failAlways(.read, kind)
        let found = try await values.outcome(of: values.fetch(version)).get()
        #expect(found.secret.shown == "v")
        #expect(found.isStale)
        clock.advance(by: .seconds(3600))
        await #expect(throws: ProviderError.self) { try await values.outcome(of: values.fetch(version)).get() }
    }

    @Test(
        "what was denied, removed or switched off never serves again",
        arguments: ProviderError.Kind.allCases.filter { !ProviderError($0, during: "read").isTransient })
    func neverServesWithdrawn(_ kind: ProviderError.Kind) async throws {
        let values = values()
        values.keep(Secret(text: "v"), as: version)
        clock.advance(by: .seconds(400))
        await provider.fail(.read, kind, .unavailable)
        await #expect(throws: ProviderError.self) { try await values.outcome(of: values.fetch(version)).get() }
        await #expect(throws: ProviderError.self) { try await values.outcome(of: values.fetch(version)).get() }
    }

    @Test("what one store has is not served for another's object of the same name and version")
    func storesApart() {
        let values = values()
        func adopted(from store: StoreName) -> Version {
            Version(
                store: store, reference: Reference(recorded: "db"), pin: Pin("1"), journaled: version.journaled,
                committed: version.committed, isOwned: false)
        }
        let (one, other) = (adopted(from: .default), adopted(from: StoreName("other")!))
        values.keep(Secret(text: "v"), as: one)
        #expect(values.cached([one])?.map(\.shown) == ["v"])
        #expect(values.cached([other]) == nil)
        #expect(values.cached([one, other]) == nil)
        #expect(one.id != other.id)
    }

    @Test("values go when their age is over, and the oldest when there is no room")
    func isBounded() async throws {
        let values = values(Values.Settings(capacity: 2 * (ValueCache.overhead + 10)))
        for index in 0..<4 {
            values.keep(Secret(text: "tenletters"), as: Version.sample("\(index)"))
            clock.advance(by: .seconds(1))
        }
        #expect((0..<4).map { values.cached([Version.sample("\($0)")]) != nil } == [false, false, true, true])
        clock.advance(by: .seconds(10_000))
        values.wipeExpired()
        // By a clock that is back there it would serve, were it still there.
        clock.advance(by: .seconds(-10_000))
        #expect(values.cached([Version.sample("3")]) == nil)
    }

    @Test("nothing is kept with a lifetime of 0")
    func canBeOff() async throws {
        let values = values(Values.Settings(lifetime: .zero))
        values.keep(Secret(text: "v"), as: version)
        #expect(await cached(values) == nil)
    }

    @Test("a value that is not UTF-8 text is refused")
    func refusesBinary() async throws {
        let values = values()
        await provider.put("v", at: version.reference, pin: version.pin)
        await provider.put(binary: [0xFF, 0xFE], at: version.reference, pin: version.pin)
        let result = await values.outcome(of: values.fetch(version))
        guard case .failure(let error) = result else {
            Issue.record("it was served")
            return
        }
        #expect(error.kind == .corrupt)
    }
}
