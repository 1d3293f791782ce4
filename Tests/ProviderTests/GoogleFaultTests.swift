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

    @Test("reads in spite of one failure", arguments: Self.passing.indices)
    func read(_ index: Int) async throws {
        try await GoogleWorld.with { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            await order(Self.passing[index], on: "AccessSecretVersion", in: world)
            #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
        }
    }

    @Test("purges in spite of one failure", arguments: Self.passing.indices)
    func purge(_ index: Int) async throws {
        try await GoogleWorld.with { world in
            let reference = world.newReference()
            _ = try await world.create("value", at: reference)
            await order(Self.passing[index], on: "DeleteSecret", in: world)
            #expect(try await world.driver.purge(reference) == .gone)
            #expect(await world.simulator.objects().isEmpty)
        }
    }

    @Test("waits as long as Google asks, if it is not too long")
    func retryAfter() async throws {
        try await GoogleWorld.with { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            await order(.throttle(retryAfter: 1), on: "AccessSecretVersion", in: world)
            let time = try await ContinuousClock().measure { _ = try await world.driver.read(reference, at: pin) }
            #expect(time >= .seconds(1))
            await order(.throttle(retryAfter: 60), on: "AccessSecretVersion", in: world)
            let start = ContinuousClock.now
            #expect(await world.readFailure(reference, at: pin.text) == .throttled)
            #expect(.now - start < .seconds(2))
        }
    }

    @Test(
        "gives up on what does not pass, after a few attempts",
        arguments: [(0, ProviderError.Kind.throttled), (1, .unavailable), (2, .unavailable), (3, .unavailable)])
    func lasting(_ index: Int, kind: ProviderError.Kind) async throws {
        let effects: [Fault.Effect] = [.throttle(retryAfter: nil), .status(503), .resetBeforeEffect, .halfAnswer]
        try await GoogleWorld.with { world in
            await order(effects[index], on: "AccessSecretVersion", at: .always, in: world)
            #expect(await world.readFailure(world.newReference(), at: "1") == kind)
            #expect((2...6).contains(await world.calls("AccessSecretVersion")))
        }
    }

    @Test(
        "does not repeat, and does not believe, an answer that is not Google's",
        arguments: [(0, ProviderError.Kind.corrupt), (1, .corrupt), (2, .corrupt), (3, .rejected), (4, .rejected)])
    func untrue(_ index: Int, kind: ProviderError.Kind) async throws {
        let effects: [Fault.Effect] = [
            .oversizedAnswer(bytes: 4 << 20), .garbage, .valueReplaced, .redirect(to: "http://127.0.0.1:1/"),
            .status(404),
        ]
        try await GoogleWorld.with { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            await order(effects[index], on: "AccessSecretVersion", in: world)
            #expect(await world.readFailure(reference, at: pin.text) == kind)
            #expect(await world.calls("AccessSecretVersion") == 1)
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

    @Test("ends at once when its task is cancelled, at either step", arguments: ["CreateSecret", "AddSecretVersion"])
    func cancelled(_ operation: String) async throws {
        try await GoogleWorld.with { world in
            await order(.hold, on: operation, at: .always, in: world)
            let reference = world.newReference()
            let task = Task { await world.createFailure("value", at: reference) }
            try await world.simulator.faults.waitUntilHeld(operation)
            let start = ContinuousClock.now
            task.cancel()
            #expect(await task.value == .unavailable)
            #expect(.now - start < .seconds(2))
            #expect(await world.calls(operation) == 1)
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

    @Test("obeys a denial at once")
    func denied() async throws {
        try await GoogleWorld.with { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            await order(.accessDenied, on: "AccessSecretVersion", in: world)
            #expect(await world.readFailure(reference, at: pin.text) == .denied)
            #expect(await world.calls("AccessSecretVersion") == 1)
        }
    }
}
#endif
