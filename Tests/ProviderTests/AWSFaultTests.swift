#if FaultInjection
import Broker
import Simulator
import Testing

@testable import Providers

@Suite("When AWS or the way to it fails, the driver", .timeLimit(.minutes(1)))
struct AWSFaultTests {
    /// Orders the fault for the first call, or for all.
    private func order(
        _ effect: Fault.Effect, on operation: String, at occasion: Fault.Occasion = .nth(1), in world: AWSWorld
    ) async {
        await world.simulator.faults.order(Fault(operation: operation, at: occasion, effect: effect))
    }

    private static let passing: [Fault.Effect] = [
        .resetBeforeEffect, .resetAfterEffect, .halfAnswer, .throttle(retryAfter: nil), .status(500), .status(503),
        .delay(.milliseconds(50)),
    ]

    @Test("purges in spite of one failure, with and without a recovery window", arguments: Self.passing.indices)
    func purge(_ index: Int) async throws {
        for query in ["", "recovery_days=7"] {
            try await AWSWorld.with(query) { world in
                let reference = world.newReference()
                _ = try await world.create("value", at: reference)
                await order(Self.passing[index], on: "DeleteSecret", in: world)
                switch try await world.driver.purge(reference) {
                case .gone: #expect(query.isEmpty)
                case .held: #expect(!query.isEmpty)
                }
            }
        }
    }

    @Test(
        "takes a purge for failed whose answer is a proxy's page, or none of AWS's, and not for done",
        arguments: [Fault.Effect.status(200), .garbage].indices)
    func senseless(_ index: Int) async throws {
        for query in ["", "recovery_days=7"] {
            try await AWSWorld.with(query) { world in
                let reference = world.newReference()
                _ = try await world.create("value", at: reference)
                await order([.status(200), .garbage][index], on: "DeleteSecret", in: world)
                let failure = await world.failure { driver throws(ProviderError) in try await driver.purge(reference) }
                #expect(failure == .corrupt)
            }
        }
    }

    @Test("ends a call that gets no answer, in time, whether or not it had an effect")
    func noAnswer() async throws {
        try await AWSWorld.with(deadline: .seconds(1)) { world in
            await order(.hold, on: "CreateSecret", at: .always, in: world)
            let reference = world.newReference()
            let (kind, time) = await measured {
                await world.failure { _ throws(ProviderError) in try await world.create("value", at: reference) }
            }
            #expect(kind == .unavailable)
            #expect(time < .seconds(3))
        }
    }

    @Test("takes fresh credentials when AWS says that they expired, and gives up when it says so again")
    func expired() async throws {
        try await AWSWorld.with(signIn: .instance) { world in
            await order(.expiredCredentials, on: "CreateSecret", in: world)
            _ = try await world.create("value", at: world.newReference())
            #expect(await world.calls("MetadataCredentials") == 2)
            await order(.expiredCredentials, on: "GetSecretValue", at: .always, in: world)
            let reference = world.newReference()
            let pin = Pin(ClientRequestToken(for: reference).text)
            #expect(
                await world.failure { driver throws(ProviderError) in try await driver.read(reference, at: pin) }
                    == .unauthenticated)
            #expect(await world.calls("GetSecretValue") == 2)
        }
    }

    private func measured<Result>(_ body: () async -> Result) async -> (Result, Duration) {
        let start = ContinuousClock.now
        let result = await body()
        return (result, .now - start)
    }
}
#endif
