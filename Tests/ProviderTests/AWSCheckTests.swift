import Broker
import Simulator
import Testing

@testable import Providers

@Suite("A check of a store at AWS", .timeLimit(.minutes(1)))
struct AWSCheckTests {
    @Test("finds all well, though AWS takes a while to find the canary, and leaves nothing")
    func well() async throws {
        try await AWSWorld.with(consistency: .afterReads(2)) { world in
            let findings = await world.driver.check()
            #expect(findings.map(\.code) == ["signed_in", "clock", "can_create", "can_read", "can_purge"])
            #expect(findings.allSatisfy { $0.severity == .good })
            #expect(await world.simulator.objects().isEmpty)
        }
    }

    @Test(
        "names every grant that is missing, and only those",
        arguments: [
            ([], ["create_denied", "read_denied", "purge_denied"]),
            (["GetSecretValue"], ["create_denied", "may_read", "purge_denied"]),
            (["CreateSecret", "DeleteSecret"], ["can_create", "read_denied", "can_purge"]),
            (["CreateSecret", "GetSecretValue"], ["can_create", "can_read", "purge_denied"]),
        ] as [([String], [String])])
    func grants(_ granted: [String], codes: [String]) async throws {
        try await AWSWorld.with(signIn: .keysFor(Set(granted.map { "secretsmanager:\($0)" }))) { world in
            let findings = await world.driver.check().dropFirst(2)
            #expect(findings.map(\.code) == codes)
            for finding in findings where finding.code.hasSuffix("denied") {
                #expect(finding.message.contains("on arn:aws:secretsmanager:us-east-1:123456789012:secret:wandb-*"))
            }
        }
    }

    @Test("names the canary that it could not remove")
    func canaryLeft() async throws {
        let granted: Set = ["secretsmanager:CreateSecret", "secretsmanager:GetSecretValue"]
        try await AWSWorld.with(signIn: .keysFor(granted)) { world in
            let last = await world.driver.check().last
            let left = try #require(await world.simulator.objects().keys.first)
            #expect(left.hasPrefix("wandb-secret-broker-check-"))
            #expect(last?.message.contains(left) == true)
        }
    }

    @Test(
        "finds a key that may not be used, or is off",
        arguments: [(KMSKeyState.accessDenied, "key_denied"), (.disabled, "key_disabled")])
    func key(_ state: KMSKeyState, code: String) async throws {
        try await AWSWorld.with("kms_key_id=alias/own", keys: ["alias/own": state]) { world in
            #expect(await world.driver.check().filter { $0.severity == .failure }.map(\.code) == [code])
        }
    }

    #if FaultInjection
    @Test(
        "tells once what fails whatever is asked for, and tries nothing more",
        arguments: [
            (Fault.Effect.throttle(retryAfter: nil), "throttled"), (.status(503), "unavailable"),
            (.expiredCredentials, "not_signed_in"), (.resetBeforeEffect, "unreachable"),
        ] as [(Fault.Effect, String)])
    func once(_ effect: Fault.Effect, code: String) async throws {
        try await AWSWorld.with { world in
            await world.simulator.faults.order(Fault(operation: "CreateSecret", at: .always, effect: effect))
            let findings = await world.driver.check()
            #expect(findings.dropFirst(2).map(\.code) == [code])
            #expect(findings.last?.message.contains("may be left") == false)
            #expect(await world.calls("GetSecretValue") == 0)
        }
    }

    @Test("says that the canary may be left where its creation got no answer and it cannot be removed either")
    func doubtful() async throws {
        try await AWSWorld.with { world in
            for operation in ["CreateSecret", "DeleteSecret"] {
                await world.simulator.faults.order(
                    Fault(operation: operation, at: .always, effect: .resetAfterEffect))
            }
            let findings = await world.driver.check()
            #expect(findings.dropFirst(2).map(\.code) == ["unreachable"])
            #expect(findings.last?.message.contains("may be left: delete it") == true)
        }
    }

    @Test("does not take for AWS's own what answers 200 and says nothing of AWS's")
    func stranger() async throws {
        try await AWSWorld.with { world in
            for operation in ["GetCallerIdentity", "DeleteSecret"] {
                await world.simulator.faults.order(Fault(operation: operation, at: .always, effect: .garbage))
            }
            let findings = await world.driver.check()
            #expect(
                findings.map(\.code) == ["identity_unknown", "clock", "can_create", "can_read", "purge_failed"])
        }
    }
    #endif

    @Test("says when the recovery window of the canary ends")
    func recoveryWindow() async throws {
        try await AWSWorld.with("recovery_days=7") { world in
            let last = await world.driver.check().last
            #expect(last?.code == "can_purge")
            #expect(last?.message.contains("holds it until 2") == true)
        }
    }
}
