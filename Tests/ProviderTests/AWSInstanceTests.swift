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
            let used = try await world.driver.secretsManager.credentials.value()
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
            let used = try await world.driver.secretsManager.credentials.value()
            await world.simulator.revoke(used.accessKeyID)
            let reference = world.newReference()
            #expect(
                await world.failure { _ throws(ProviderError) in try await world.create("value", at: reference) }
                    == .unauthenticated)
            #expect(await world.calls("CreateSecret") == 2)
        }
    }
}
