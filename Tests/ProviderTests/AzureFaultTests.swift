#if FaultInjection
import Broker
import Simulator
import Testing

@testable import Providers

@Suite("When Azure or the way to it fails, the driver", .timeLimit(.minutes(1)))
struct AzureFaultTests {
    /// Orders the fault for the first call, or for all.
    private func order(
        _ effect: Fault.Effect, on operation: String, at occasion: Fault.Occasion = .nth(1), in world: AzureWorld
    ) async {
        await world.simulator.faults.order(Fault(operation: operation, at: occasion, effect: effect))
    }

    private static let passing: [Fault.Effect] = [
        .resetBeforeEffect, .resetAfterEffect, .halfAnswer, .throttle(retryAfter: nil), .status(500), .status(503),
        .delay(.milliseconds(50)),
    ]

    @Test(
        "makes exactly one object of a create that failed once, whose every version has the value",
        arguments: Self.passing.indices)
    func create(_ index: Int) async throws {
        try await AzureWorld.with { world in
            await order(Self.passing[index], on: "SetSecret", in: world)
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            #expect(await world.simulator.objects().count == 1)
            #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
            #expect(try await world.driver.purge(reference) == .gone)
            #expect(await world.simulator.objects().isEmpty)
        }
    }

    @Test(
        "purges in spite of one failure of either step, with and without purge protection",
        arguments: Self.passing.indices)
    func purge(_ index: Int) async throws {
        for (operation, isProtected) in [
            ("DeleteSecret", false), ("PurgeDeletedSecret", false), ("DeleteSecret", true),
        ] {
            try await AzureWorld.with({ $0.hasPurgeProtection = isProtected }) { world in
                let reference = world.newReference()
                _ = try await world.create("value", at: reference)
                await order(Self.passing[index], on: operation, in: world)
                switch try await world.driver.purge(reference) {
                case .gone: #expect(!isProtected)
                case .held: #expect(isProtected)
                }
                #expect(await world.simulator.objects().count == (isProtected ? 1 : 0))
            }
        }
    }

    @Test("takes half of an answer that has no body for none, and asks again")
    func halfOfNothing() async throws {
        // Otherwise the vault is busy with what was deleted, and says so with a body.
        try await AzureWorld.with({ $0.busyTime = .zero }) { world in
            let reference = world.newReference()
            _ = try await world.create("value", at: reference)
            await order(.halfAnswer, on: "PurgeDeletedSecret", in: world)
            #expect(try await world.driver.purge(reference) == .gone)
            #expect(await world.calls("PurgeDeletedSecret") > 1)
            #expect(await world.simulator.objects().isEmpty)
        }
    }

    @Test("ends a call that gets no answer, in time, whether or not it had an effect")
    func noAnswer() async throws {
        try await AzureWorld.with(deadline: .seconds(1)) { world in
            await order(.hold, on: "SetSecret", at: .always, in: world)
            let reference = world.newReference()
            let (kind, time) = await measured {
                await world.failure { _ throws(ProviderError) in try await world.create("value", at: reference) }
            }
            #expect(kind == .unavailable)
            #expect(time < .seconds(3))
        }
    }

    @Test("signs in anew, once, when the vault does not take the token any more, and gives up when it says so again")
    func expired() async throws {
        try await AzureWorld.with { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            await world.simulator.revokeTokens()
            #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
            #expect(await world.calls("Token") == 2)
            await order(.expiredCredentials, on: "GetSecret", at: .always, in: world)
            #expect(await world.read(reference, at: pin) == .unauthenticated)
            #expect(await world.calls("GetSecret") == 4)
            #expect(await world.calls("Token") == 3)
        }
    }

    @Test("gives no second token to a host that asks for one of another kind")
    func foreignChallenge() async throws {
        try await AzureWorld.with({ $0.resource = "https://evil.example" }) { world in
            #expect(
                await world.failure { _ throws(ProviderError) in
                    try await world.create("value", at: world.newReference())
                } == .unauthenticated)
            #expect(await world.calls("Token") == 1)
            #expect(await world.calls("SetSecret") == 1)
        }
    }

    private func measured<Result>(_ body: () async -> Result) async -> (Result, Duration) {
        let start = ContinuousClock.now
        let result = await body()
        return (result, .now - start)
    }
}
#endif
