#if FaultInjection
import Broker
import Simulator
import Support
import Testing

/// What every driver must make of a cloud that fails: the sentences of the contract that need faults on order.
struct FaultRule: Sendable {
    let sentence: String
    let prove: @Sendable (ContractWorld) async throws -> Void

    init(_ sentence: String, prove: @escaping @Sendable (ContractWorld) async throws -> Void) {
        self.sentence = sentence
        self.prove = prove
    }

    static let all = passing + lasting + untrue + obedient + behindTheBack + halfDone

    // What one more attempt mends.
    private static let passing = [
        ("a reset before the effect", Fault.Effect.resetBeforeEffect), ("a reset after the effect", .resetAfterEffect),
        ("half an answer", .halfAnswer), ("a throttle", .throttle(retryAfter: nil)),
        ("an internal error", .status(500)),
        ("an unavailable service", .status(503)), ("a slow answer", .delay(.milliseconds(50))),
        ("credentials that just expired", .expiredCredentials),
    ].map { name, effect in
        FaultRule("succeeds in spite of \(name), in every call") { world in
            for step in DriverStep.allCases {
                for operation in world.callNames(of: step) {
                    let before = await world.cloud.faults.taken(operation)
                    let kind = try await world.failure(of: step) { await world.order(effect, on: operation) }
                    try #require(kind == nil, "\(operation)")
                    try #require(await world.cloud.faults.taken(operation) > before, "\(operation)")
                }
            }
            let object = try await world.create()
            try #require(await world.reads(object))
        }
    }

    // What does not pass is told as what it is, after a few attempts.
    private static let lasting =
        [
            ("throttling", Fault.Effect.throttle(retryAfter: nil), ProviderError.Kind.throttled),
            ("a service that is down", .status(503), .unavailable),
            ("connections that are reset", .resetBeforeEffect, .unavailable),
            ("answers that break off", .halfAnswer, .unavailable),
        ].map { name, effect, expected in
            FaultRule("gives up on \(name) after a few attempts, and says so") { world in
                for step in DriverStep.allCases {
                    for operation in world.neededCalls(of: step) {
                        let kind = try await world.failure(of: step) {
                            await world.order(effect, on: operation, at: .always)
                        }
                        await world.cloud.faults.cancelAll()
                        try #require(kind == expected, "\(operation)")
                    }
                }
            }
        } + [
            FaultRule("waits as long as the cloud asks, if that is not too long") { world in
                let object = try await world.create()
                let read = try #require(world.callNames(of: .read).first)
                await world.order(.throttle(retryAfter: 1), on: read)
                let asked = ContinuousClock.now
                try #require(await world.reads(object))
                try #require(.now - asked >= .seconds(1))
                await world.order(.throttle(retryAfter: 60), on: read)
                let askedAgain = ContinuousClock.now
                try #require(await world.kind { _ = try await world.reads(object) } == .throttled)
                try #require(.now - askedAgain < .seconds(2))
            },
            FaultRule("ends at once when its caller is cancelled") { world in
                for step in DriverStep.allCases {
                    let operation = try #require(world.callNames(of: step).first)
                    let task = Task {
                        try await world.failure(of: step) { await world.order(.hold, on: operation, at: .always) }
                    }
                    try await world.cloud.faults.waitUntilHeld(operation)
                    let cancelled = ContinuousClock.now
                    task.cancel()
                    try #require(await task.value == .unavailable, "\(operation)")
                    try #require(.now - cancelled < .seconds(2))
                    await world.cloud.faults.cancelAll()
                }
            },
        ]

    // Answers that are not the cloud's are not believed, and not asked for again.
    private static let untrue = [
        FaultRule("takes an answer of endless length, or that makes no sense, for corrupt, and does not ask again") {
            world in
            for effect in [Fault.Effect.oversizedAnswer(bytes: 8 << 20), .garbage] {
                for step in [DriverStep.create, .read] {
                    let operation = try #require(world.callNames(of: step).last)
                    var before = 0
                    let kind = try await world.failure(of: step) {
                        before = await world.calls(operation)
                        await world.order(effect, on: operation)
                    }
                    try #require(kind == .corrupt, "\(operation)")
                    try #require(await world.calls(operation) == before + 1, "\(operation)")
                }
            }
        },
        FaultRule("uses no value of another version than it asked for") { world in
            let read = try #require(world.callNames(of: .read).first)
            let kind = try await world.failure(of: .read) { await world.order(.valueReplaced, on: read) }
            try #require(kind == .corrupt || kind == .absent)
        },
        FaultRule("follows no redirect, and sends nothing to where it points") { world in
            try await ContractWorld.with(world.kind) { other in
                for step in DriverStep.allCases {
                    for operation in world.callNames(of: step) {
                        let kind = try await world.failure(of: step) {
                            await world.order(.redirect(to: other.cloud.endpoint + "/"), on: operation)
                        }
                        try #require(kind == .rejected, "\(operation)")
                    }
                }
                try #require(await other.cloud.calls().isEmpty)
            }
        },
    ]

    // A denial is obeyed at once: it is the operator's switch.
    private static let obedient = [
        FaultRule("obeys a denial at once, in every call that a step needs") { world in
            for step in DriverStep.allCases {
                for operation in world.neededCalls(of: step) {
                    var before = 0
                    let kind = try await world.failure(of: step) {
                        before = await world.calls(operation)
                        await world.order(.accessDenied, on: operation)
                    }
                    try #require(kind == .denied, "\(operation)")
                    try #require(await world.calls(operation) == before + 1)
                }
            }
        },
        FaultRule("asks for other credentials once, and gives up when those are refused too") { world in
            let read = try #require(world.callNames(of: .read).first)
            var before = 0
            let kind = try await world.failure(of: .read) {
                before = await world.calls(read)
                await world.order(.expiredCredentials, on: read, at: .always)
            }
            try #require(kind == .unauthenticated)
            try #require(await world.calls(read) == before + 2)
        },
    ]

    // What somebody does in the cloud's console.
    private static let behindTheBack = [
        FaultRule("reads the pinned version, or nothing, when another was put in its place") { world in
            let object = try await world.create()
            let other = Secret(text: "another value altogether")
            await world.cloud.replace(object.reference.text, with: other)
            do {
                let found = try await world.store.provider.read(object.reference, at: object.pin)
                try #require(found.matches(object.value))
            } catch {
                try #require((error as? ProviderError)?.kind == .absent)
            }
        },
        FaultRule("tells of a version that was put beside the pinned one, where the store has versions") { world in
            let object = try await world.create()
            try #require(await [object.pin, nil].contains(try world.store.provider.currentPin(of: object.reference)))
            await world.cloud.replace(object.reference.text, with: Secret(text: "another value altogether"))
            let current = try await world.store.provider.currentPin(of: object.reference)
            try #require(current == nil || current != object.pin)
            try #require(world.store.provider.hasVersions == (current != nil))
        },
        FaultRule("reads nothing of an object that somebody removed") { world in
            let object = try await world.create()
            await world.cloud.remove(object.reference.text)
            let kind = await world.kind { _ = try await world.reads(object) }
            try #require(kind == .absent || kind == .disabled)
        },
    ]

    // What a create that failed may leave is gone after a purge.
    private static let halfDone = [
        FaultRule("leaves nothing after the purge of a create that failed half-way, wherever it did") { world in
            for operation in world.callNames(of: .create) {
                for effect in [Fault.Effect.accessDenied, .resetAfterEffect, .garbage, .status(500)] {
                    let reference = world.newReference()
                    await world.order(effect, on: operation, at: .always)
                    let kind = await world.kind { _ = try await world.create(at: reference) }
                    await world.cloud.faults.cancelAll()
                    try #require(kind != nil, "\(operation)")
                    _ = try await world.store.provider.purge(reference)
                    try #require(await !world.cloud.objectNames().contains(reference.text), "\(operation)")
                }
            }
        },
        FaultRule("makes one object of a create that is repeated after its answer was lost") { world in
            for operation in world.callNames(of: .create) {
                let reference = world.newReference()
                await world.order(.resetAfterEffect, on: operation, at: .always)
                _ = await world.kind { _ = try await world.create(at: reference) }
                await world.cloud.faults.cancelAll()
                let object = try await world.create(at: reference)
                try #require(await world.reads(object), "\(operation)")
                _ = try await world.store.provider.purge(reference)
                try #require(await world.cloud.objectNames().isEmpty)
            }
        },
    ]
}

extension ContractWorld {
    var kind: CloudKind { CloudKind(rawValue: store.kind)! }
}
#endif
