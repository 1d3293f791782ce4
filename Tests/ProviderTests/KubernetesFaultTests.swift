#if FaultInjection
import Broker
import Simulator
import Testing

@testable import Providers

@Suite("When the API server or the way to it fails, the Kubernetes driver", .timeLimit(.minutes(1)))
struct KubernetesFaultTests {
    private func order(
        _ effect: Fault.Effect, on operation: String, at occasion: Fault.Occasion = .nth(1), in world: KubernetesWorld
    ) async {
        await world.simulator.faults.order(Fault(operation: operation, at: occasion, effect: effect))
    }

    private static let passing: [Fault.Effect] = [
        .resetBeforeEffect, .resetAfterEffect, .halfAnswer, .throttle(retryAfter: nil), .status(500), .status(503),
        .delay(.milliseconds(50)),
    ]

    @Test("takes neither a create nor a purge whose answer makes no sense for done", arguments: [0, 1])
    func senseless(_ index: Int) async throws {
        let effects: [Fault.Effect] = [.garbage, .status(404)]
        let kind: ProviderError.Kind = index == 0 ? .corrupt : .rejected
        try await KubernetesWorld.with { world async throws in
            await order(effects[index], on: "CreateSecret", in: world)
            #expect(await world.failureToCreate(at: world.newReference())?.kind == kind)
            await order(effects[index], on: "DeleteSecret", in: world)
            let reference = world.newReference()
            await world.simulator.replace(reference.text, with: Secret("value"))
            #expect(await world.failureToPurge(reference)?.kind == kind)
        }
    }

    @Test("ends a call that gets no answer, in time, and at once when its task is cancelled")
    func noAnswer() async throws {
        try await KubernetesWorld.with(deadline: .seconds(1)) { world async throws in
            await order(.hold, on: "CreateSecret", at: .always, in: world)
            let time = await ContinuousClock().measure {
                #expect(await world.failureToCreate(at: world.newReference())?.kind == .unavailable)
            }
            #expect(time < .seconds(3))
        }
        try await KubernetesWorld.with { world async throws in
            await order(.hold, on: "CreateSecret", at: .always, in: world)
            let task = Task { await world.failureToCreate(at: world.newReference())?.kind }
            try await world.simulator.faults.waitUntilHeld("CreateSecret")
            task.cancel()
            #expect(await task.value == .unavailable)
            #expect(await world.calls("CreateSecret") == 1)
        }
    }

    @Test("obeys a denial at once, and reads its token anew, once, when it is not taken")
    func refused() async throws {
        try await KubernetesWorld.with { world async throws in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            await order(.accessDenied, on: "GetSecret", in: world)
            #expect(await world.failureToRead(reference, at: pin)?.kind == .denied)
            #expect(await world.calls("GetSecret") == 1)
            await order(.expiredCredentials, on: "GetSecret", in: world)
            #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
            await order(.expiredCredentials, on: "GetSecret", at: .always, in: world)
            #expect(await world.failureToRead(reference, at: pin)?.kind == .unauthenticated)
            #expect(await world.calls("GetSecret") == 5)
        }
    }
}
#endif
