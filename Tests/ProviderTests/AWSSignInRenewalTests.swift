#if FaultInjection
import Broker
import Simulator
import Support
import Testing
import Transport

@testable import Providers

@Suite("Signing in to AWS again", .timeLimit(.minutes(1)))
struct AWSSignInRenewalTests {
    private typealias World = AWSSignInWorld

    @Test("a token that was renewed on disk is the one that is sent next, and one that is refused is read once more")
    func renewedToken() async throws {
        try await World.with { world in
            let driver = try world.driver(world.webIdentity())
            _ = try await driver.identity()
            let role = AWSRole(name: "web", webIdentity: WebIdentity(Secret("eyJ.next")))
            await world.simulator.setRole(role)
            try world.write("eyJ.next", to: "web-token")
            world.clock.advance(by: .seconds(3600))
            _ = try await driver.identity()
            #expect(await world.calls("AssumeRoleWithWebIdentity") == 2)

            world.clock.advance(by: .seconds(3600))
            try world.write("eyJ.stale", to: "web-token")
            #expect(await driver.signInFailure()?.kind == .unauthenticated)
            #expect(await world.calls("AssumeRoleWithWebIdentity") == 4)
            try world.write("eyJ.next", to: "web-token")
            _ = try await driver.identity()
        }
    }

    @Test("a container's token that was renewed on disk is the one that is sent next")
    func renewedContainerToken() async throws {
        try await World.with { world in
            let driver = try world.driver(world.container("eyJ.stale"))
            #expect(await driver.signInFailure()?.kind == .unauthenticated)
            try world.write(World.containerToken, to: "container-token")
            #expect(try await driver.identity()?.contains("assumed-role/secret-broker/") == true)
        }
    }

    @Test("a profile's access key that AWS no longer knows is read anew, once")
    func renewedKey() async throws {
        let first = AWSCredential.random(principal: "user/first")
        let second = AWSCredential.random(principal: "user/second")
        try await World.with(users: [first, second]) { world in
            let files = try world.profiles(config: "", credentials: "[default]\n" + World.keyLines(first))
            let driver = try world.driver(files)
            #expect(try await driver.identity() == "iam::123456789012:user/first")
            try world.write("[default]\n" + World.keyLines(second), to: "credentials")
            #expect(try await driver.identity() == "iam::123456789012:user/first")
            await world.simulator.revoke(first.accessKeyID)
            #expect(try await driver.identity() == "iam::123456789012:user/second")
            await world.simulator.revoke(second.accessKeyID)
            #expect(await driver.signInFailure()?.kind == .unauthenticated)
            try world.write("[default]\nnothing", to: "credentials")
            // What was read for nothing is not read again before.
            world.clock.advance(by: .seconds(30))
            #expect(await driver.signInFailure() == ProviderError(.unauthenticated, during: "Profile"))
        }
    }

    @Test("many calls at once sign in once at each step, and a role's session is renewed on its base's own terms")
    func oneRefresh() async throws {
        try await World.with { world in
            let files = try world.profiles(
                config: """
                    [default]
                    role_arn = \(World.arn("a"))
                    credential_source = Ec2InstanceMetadata
                    """)
            let driver = try world.driver(files, "role_arn=\(World.arn("b"))")
            func callAtOnce() async throws {
                try await withThrowingTaskGroup(of: String?.self) { group in
                    for _ in 1...16 { group.addTask { try await driver.identity() } }
                    for try await identity in group {
                        #expect(identity == "sts::123456789012:assumed-role/b/secret-broker")
                    }
                }
            }
            try await callAtOnce()
            #expect(await world.calls("MetadataCredentials") == 1)
            #expect(await world.calls("AssumeRole") == 2)
            // Both sessions have ended; the instance's credentials live six hours.
            world.clock.advance(by: .seconds(3600))
            try await callAtOnce()
            #expect(await world.calls("MetadataCredentials") == 1)
            #expect(await world.calls("AssumeRole") == 4)
        }
    }

    @Test("five minutes before its end a session is renewed while it still serves, though STS is down")
    func renewedAhead() async throws {
        try await World.with { world in
            let driver = try world.driver(world.webIdentity())
            _ = try await driver.identity()
            await world.simulator.faults.order(
                Fault(operation: "AssumeRoleWithWebIdentity", at: .always, effect: .accessDenied))
            world.clock.advance(by: .seconds(3600 - 299))
            _ = try await driver.identity()
            try await world.simulator.waitForCall("AssumeRoleWithWebIdentity", count: 2)
            _ = try await driver.identity()
            world.clock.advance(by: .seconds(299))
            #expect(await driver.signInFailure()?.kind == .denied)
        }
    }

    @Test("a base that AWS no longer knows is renewed for the role, once")
    func revokedBase() async throws {
        try await World.with { world in
            let driver = try world.driver([:], "role_arn=\(World.arn("a"))")
            _ = try await driver.identity()
            let used = try await world.driver([:]).secretsManager.client.signIns.value()
            await world.simulator.revoke(used.accessKeyID)
            await world.simulator.rotateInstanceCredential()
            world.clock.advance(by: .seconds(3600))
            #expect(try await driver.identity() == "sts::123456789012:assumed-role/a/secret-broker")
            #expect(await world.calls("AssumeRole") == 3)
        }
    }
}
#endif
