#if FaultInjection
import Broker
import Simulator
import Testing
import Transport

@testable import Providers

@Suite("As the role of its instance, the AWS driver", .timeLimit(.minutes(1)))
struct AWSInstanceTests {
    @Test("signs in once for many calls")
    func signsInOnce() async throws {
        try await AWSWorld.with(signIn: .instance) { world in
            for _ in 1...3 { _ = try await world.create("value", at: world.newReference()) }
            #expect(await world.calls("MetadataCredentials") == 1)
            let identity = await world.driver.check().first
            #expect(identity?.code == "signed_in")
            #expect(identity?.message.contains("assumed-role/secret-broker/") == true)
        }
    }

    @Test("signs in anew, once, when AWS does not know the credentials any more")
    func revoked() async throws {
        try await AWSWorld.with(signIn: .instance) { world in
            _ = try await world.create("value", at: world.newReference())
            let used = try await world.driver.secretsManager.client.signIns.value()
            await world.simulator.revoke(used.accessKeyID)
            await world.simulator.rotateInstanceCredential()
            _ = try await world.create("value", at: world.newReference())
            #expect(await world.calls("MetadataCredentials") == 2)
            #expect(await world.calls("CreateSecret") == 3)
        }
    }

    @Test("gives up where the instance has nothing better")
    func stillRevoked() async throws {
        try await AWSWorld.with(signIn: .instance) { world in
            let used = try await world.driver.secretsManager.client.signIns.value()
            await world.simulator.revoke(used.accessKeyID)
            let reference = world.newReference()
            #expect(
                await world.failure { _ throws(ProviderError) in try await world.create("value", at: reference) }
                    == .unauthenticated)
            #expect(await world.calls("CreateSecret") == 2)
        }
    }

    @Test(
        "tells in a check that there are no credentials, in time, whether or not the service answers",
        arguments: ["http://127.0.0.1:1", nil])
    func noCredentials(_ endpoint: String?) async throws {
        let silent = try await AWSSimulator.start(SimulatedAWSSettings())
        await silent.faults.order(Fault(operation: "MetadataToken", at: .always, effect: .status(404)))
        try await AWSWorld.with(signIn: .instance, metadata: endpoint ?? silent.endpoint) { world in
            let findings = await world.driver.check()
            #expect(findings.map(\.code) == ["not_signed_in", "clock"])
            #expect(findings.first?.message.hasPrefix("the instance's metadata service gives no credentials") == true)
            #expect(await world.calls("CreateSecret") == 0)
        }
        await silent.stop()
    }

    @Test(
        "takes what passes for what passes, and what does not for no credentials",
        arguments: [
            (404, ProviderError.Kind.unauthenticated), (408, .unavailable), (429, .throttled), (503, .unavailable),
        ])
    func refused(_ status: Int, kind: ProviderError.Kind) async throws {
        try await AWSWorld.with(signIn: .instance) { world in
            await world.simulator.faults.order(
                Fault(operation: "MetadataCredentials", at: .always, effect: .status(status)))
            let reference = world.newReference()
            #expect(
                await world.failure { _ throws(ProviderError) in try await world.create("value", at: reference) }
                    == kind)
        }
    }

    @Test("serves what it has while the service is down, and asks it no second time before it must")
    func metadataDown() async throws {
        try await AWSWorld.with(signIn: .instance) { world in
            _ = try await world.create("value", at: world.newReference())
            await world.simulator.faults.order(Fault(operation: "MetadataToken", at: .always, effect: .status(503)))
            _ = try await world.create("value", at: world.newReference())
            #expect(await world.calls("MetadataToken") == 1)
        }
    }
}
#endif
