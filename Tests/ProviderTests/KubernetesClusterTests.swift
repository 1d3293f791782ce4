import Broker
import Simulator
import Testing

@testable import Providers

@Suite("In a simulated cluster, the Kubernetes driver", .timeLimit(.minutes(1)))
struct KubernetesClusterTests {
    private static let uid = "11111111-2222-3333-4444-555555555555"

    @Test("creates, reads and purges, and leaves nothing")
    func lifeOfASecret() async throws {
        try await KubernetesWorld.with { world async throws in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
            #expect(try await world.driver.purge(reference) == .gone)
            #expect(await world.failureToRead(reference, at: pin)?.kind == .absent)
            #expect(await world.simulator.objects().isEmpty)
            #expect(try await world.driver.purge(reference) == .gone)
        }
    }

    @Test("makes an immutable Opaque Secret of one key, with its team and name for people, pinned by its uid")
    func object() async throws {
        try await KubernetesWorld.with { world async throws in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            let object = try #require(await world.simulator.objects()[reference.text])
            #expect(object.uid == pin.text)
            #expect(object.type == "Opaque" && object.isImmutable && object.keys == ["value"])
            #expect(object.labels == ["app.kubernetes.io/managed-by": "secret-broker"])
            #expect(object.annotations == ["secret-broker/team": "research", "secret-broker/name": "API_KEY"])
        }
    }

    @Test("answers a repeated create with the same pin, and another value with a conflict that changes nothing")
    func repeatedCreate() async throws {
        try await KubernetesWorld.with { world async throws in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            #expect(try await world.create("value", at: reference) == pin)
            #expect(await world.failureToCreate("other", at: reference)?.kind == .conflict)
            #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
        }
    }

    @Test("takes no object for its own that it would not have made, though the value is the same")
    func foreignObject() async throws {
        try await KubernetesWorld.with { world async throws in
            let base64 = Secret("dmFsdWU=")
            for number in 0..<4 {
                let reference = world.newReference()
                await world.simulator.store(
                    reference.text, key: number == 0 ? "other" : "value", base64: base64,
                    type: number == 1 ? "kubernetes.io/basic-auth" : "Opaque", isImmutable: number != 2,
                    uid: Self.uid, isBeingDeleted: number == 3)
                #expect(await world.failureToCreate("value", at: reference)?.kind == .conflict)
                #expect(
                    await world.failureToRead(reference, at: Pin(Self.uid))?.kind
                        == (number == 3 ? .disabled : .corrupt))
            }
        }
    }

    @Test("carries every size and byte up to its limit")
    func values() async throws {
        try await KubernetesWorld.with { world async throws in
            let largest = String(repeating: "\u{1}", count: KubernetesSecrets.maximumValueSize)
            for value in ["x", "\u{0}", "\"\\\r\n\t\u{7F}\u{2028}\u{1F511}", "${NAME}", largest] {
                let reference = world.newReference()
                let pin = try await world.create(value, at: reference)
                #expect(try await world.driver.read(reference, at: pin).matches(Secret(value)))
            }
        }
    }

    @Test("never reads what was put in the place of its object, nor by a pin that was never its own")
    func drift() async throws {
        try await KubernetesWorld.with { world async throws in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            #expect(await world.failureToRead(reference, at: Pin(Self.uid))?.kind == .absent)
            await world.simulator.replace(reference.text, with: Secret("theirs"))
            #expect(await world.failureToRead(reference, at: pin)?.kind == .absent)
            await world.simulator.remove(reference.text)
            #expect(await world.failureToRead(reference, at: pin)?.kind == .absent)
        }
    }

    @Test("asks nobody for a name that cannot be one", arguments: ["../../pods", "A", "a?watch=true", ""])
    func names(_ name: String) async throws {
        try await KubernetesWorld.with { world async throws in
            let reference = Reference(recorded: name)
            #expect(await world.failureToRead(reference, at: Pin(Self.uid))?.kind == .absent)
            #expect(await world.failureToCreate(at: reference)?.kind == .rejected)
            #expect(try await world.driver.purge(reference) == .gone)
            #expect(await world.simulator.calls().isEmpty)
        }
    }

    @Test("is denied what is not granted")
    func denied() async throws {
        try await KubernetesWorld.with {
            $0.bindings = []
        } _: { world async throws in
            let reference = world.newReference()
            #expect(await world.failureToCreate(at: reference)?.kind == .denied)
            #expect(await world.failureToRead(reference, at: Pin(Self.uid))?.kind == .denied)
            #expect(await world.failureToPurge(reference)?.kind == .denied)
            #expect(await world.calls("CreateSecret") == 1)
        }
    }

    @Test("never lists, watches, updates or patches")
    func grants() async throws {
        try await KubernetesWorld.with { world async throws in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            _ = try await world.create("value", at: reference)
            _ = try await world.driver.read(reference, at: pin)
            _ = try await world.driver.purge(reference)
            #expect(Set(await world.simulator.calls().keys) == ["CreateSecret", "GetSecret", "DeleteSecret"])
        }
    }

    @Test("knows a used-up quota, a policy, an absent namespace and one that is going from a missing grant")
    func refusals() async throws {
        let changes: [(@Sendable (inout SimulatedKubernetesSettings) -> Void, ProviderError.Kind, String)] = [
            ({ $0.quota = 0 }, .limitExceeded, "Forbidden.ExceededQuota"),
            ({ $0.refusesByWebhook = true }, .rejected, "Forbidden.Admission"),
            ({ $0.terminatingNamespaces = ["wandb"] }, .rejected, "Forbidden.NamespaceTerminating"),
            ({ $0.namespaces = [] }, .rejected, "NotFound"),
        ]
        for (change, kind, code) in changes {
            try await KubernetesWorld.with(change) { world async throws in
                let error = await world.failureToCreate(at: world.newReference())
                #expect(error?.kind == kind)
                #expect(error?.vendorCode == code)
                #expect(error?.requestID?.count == 36)
            }
        }
    }

    @Test("takes no object for gone that a finalizer holds back, and none for readable")
    func finalizer() async throws {
        try await KubernetesWorld.with {
            $0.finalizer = "example/hold"
        } _: { world async throws in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            let error = await world.failureToPurge(reference)
            #expect(error?.kind == .rejected)
            #expect(error?.vendorCode == "finalizers")
            #expect(await world.failureToRead(reference, at: pin)?.kind == .disabled)
        }
    }

    @Test("makes many calls at once")
    func concurrency() async throws {
        try await KubernetesWorld.with { world async throws in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 1...40 {
                    group.addTask {
                        let reference = world.newReference()
                        let pin = try await world.create("value \(number)", at: reference)
                        return try await world.driver.read(reference, at: pin).matches(Secret("value \(number)"))
                    }
                }
                for try await isSame in group { #expect(isSame) }
            }
            #expect(await world.simulator.objects().count == 40)
        }
    }
}
