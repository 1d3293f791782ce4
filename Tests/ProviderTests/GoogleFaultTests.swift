#if FaultInjection
import Broker
import Simulator
import Testing

@testable import Providers

@Suite("When Google or the way to it fails, the driver", .timeLimit(.minutes(1)))
struct GoogleFaultTests {
    /// Orders the fault for the first call, or for all.
    private func order(
        _ effect: Fault.Effect, on operation: String, at occasion: Fault.Occasion = .nth(1), in world: GoogleWorld
    ) async {
        await world.simulator.faults.order(Fault(operation: operation, at: occasion, effect: effect))
    }

    private static let passing: [Fault.Effect] = [
        .resetBeforeEffect, .resetAfterEffect, .halfAnswer, .throttle(retryAfter: nil), .status(500), .status(503),
        .delay(.milliseconds(50)),
    ]

    @Test(
        "makes one object, of one value, of a create that failed once at either step",
        arguments: ["CreateSecret", "AddSecretVersion"], Self.passing.indices)
    func create(_ operation: String, _ index: Int) async throws {
        try await GoogleWorld.with { world in
            await order(Self.passing[index], on: operation, in: world)
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            // A version that was added without an answer stays beside the one that was pinned.
            let versions = await world.simulator.objects()[reference.text]?.versions ?? 0
            #expect((1...2).contains(versions))
            for number in 1...versions {
                #expect(try await world.driver.read(reference, at: Pin("\(number)")).matches(Secret("value")))
            }
            #expect(pin.text == "\(versions)")
        }
    }

    @Test(
        "takes a step whose answer makes no sense for failed, not for done",
        arguments: ["CreateSecret", "AddSecretVersion", "DeleteSecret"])
    func senseless(_ operation: String) async throws {
        try await GoogleWorld.with { world in
            let reference = world.newReference()
            if operation == "DeleteSecret" { _ = try await world.create("value", at: reference) }
            await order(.garbage, on: operation, in: world)
            if operation == "DeleteSecret" {
                #expect(
                    await world.failure { driver throws(ProviderError) in try await driver.purge(reference) }
                        == .corrupt)
            } else {
                #expect(await world.createFailure("value", at: reference) == .corrupt)
            }
        }
    }

    @Test("ends a call that gets no answer, in time, whether or not it had an effect")
    func noAnswer() async throws {
        try await GoogleWorld.with(deadline: .seconds(1)) { world in
            await order(.hold, on: "CreateSecret", at: .always, in: world)
            let start = ContinuousClock.now
            #expect(await world.createFailure("value", at: world.newReference()) == .unavailable)
            #expect(.now - start < .seconds(3))
        }
    }

    @Test("takes a fresh token when Google says that it expired, and gives up when it says so again")
    func expired() async throws {
        try await GoogleWorld.with(signIn: .machine) { world in
            await order(.expiredCredentials, on: "CreateSecret", in: world)
            _ = try await world.create("value", at: world.newReference())
            #expect(await world.calls("MetadataToken") == 2)
            await order(.expiredCredentials, on: "AccessSecretVersion", at: .always, in: world)
            #expect(await world.readFailure(world.newReference(), at: "1") == .unauthenticated)
            #expect(await world.calls("AccessSecretVersion") == 2)
        }
    }

}
#endif
