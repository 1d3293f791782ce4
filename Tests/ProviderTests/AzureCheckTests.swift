import Broker
import Simulator
import Support
import Testing

@testable import Providers

@Suite("A check of a store in Azure Key Vault", .timeLimit(.minutes(1)))
struct AzureCheckTests {
    private static let well = ["signed_in", "vault", "clock", "can_create", "can_read", "can_purge"]

    @Test("finds all well, says who signed in and how, and leaves nothing")
    func well() async throws {
        try await AzureWorld.with { world in
            let findings = await world.driver.check()
            #expect(findings.map(\.code) == Self.well)
            #expect(findings.allSatisfy { $0.severity == .good })
            #expect(findings[0].message.contains("by a client secret, as application \(clientID(world)) of tenant"))
            #expect(await world.simulator.objects().isEmpty)
        }
    }

    private func clientID(_ world: AzureWorld) -> String { world.simulator.environment["AZURE_CLIENT_ID"] ?? "" }

    @Test("warns of purge protection, and of a missing permission to purge")
    func held() async throws {
        try await AzureWorld.with({ $0.hasPurgeProtection = true }) { world in
            let findings = await world.driver.check()
            #expect(findings.map(\.code) == Self.well + ["purge_protection_delays_purge"])
            #expect(findings.last?.severity == .warning)
            #expect(findings[5].message.contains("holds it until 2"))
        }
        try await AzureWorld.with(permissions: ["get", "set", "delete"]) { world in
            let last = await world.driver.check().last
            #expect(last?.code == "purge_denied")
            #expect(last?.message.contains("secrets/purge/action") == true)
        }
    }

    @Test(
        "names every grant that is missing, and only those",
        arguments: [
            ([], ["create_denied", "read_denied", "purge_denied"]),
            (["get"], ["create_denied", "may_read", "purge_denied"]),
            (["set", "delete", "purge"], ["can_create", "read_denied", "can_purge"]),
            (["set", "get", "purge"], ["can_create", "can_read", "purge_denied"]),
        ] as [(Set<String>, [String])])
    func grants(_ granted: Set<String>, codes: [String]) async throws {
        try await AzureWorld.with(permissions: granted) { world in
            let findings = await world.driver.check().dropFirst(3)
            #expect(findings.map(\.code) == codes)
            for finding in findings where finding.severity == .failure {
                #expect(finding.message.contains("AccessDenied, request "))
                #expect(finding.message.contains("(Microsoft.KeyVault/vaults/secrets/"))
            }
        }
    }

    @Test("names the canary that it could not remove")
    func canaryLeft() async throws {
        try await AzureWorld.with(permissions: ["set", "get"]) { world in
            let last = await world.driver.check().last
            let left = try #require(await world.simulator.objects().keys.first)
            #expect(left.hasPrefix("wandb-secret-broker-check-"))
            #expect(last?.message.contains(left) == true)
        }
    }

    @Test("goes no further with a vault of another tenant, or with a host that is no vault")
    func otherVaults() async throws {
        let other = "99999999-2222-4333-8444-555555555555"
        try await AzureWorld.with({ $0.tenant = "11111111-2222-4333-8444-555555555555" }) { world in
            // The same vault, and a broker that is sure to be of another tenant.
            let challenge = AzureChallenge(
                "Bearer authorization=\"https://a/\(other)\", resource=\"https://vault.azure.net\"")
            let finding = AzureFindings(world.driver.settings, authorities: "/ca.pem").finding(
                of: challenge, tenant: world.driver.source.tenant)
            #expect(finding.code == "wrong_tenant")
            #expect(finding.message.contains(other))
        }
        try await AzureWorld.with({ $0.resource = "https://evil.example" }) { world in
            let findings = await world.driver.check()
            #expect(findings.map(\.code) == ["signed_in", "not_a_vault", "clock"])
            #expect(!findings.contains { $0.message.contains("evil") })
            #expect(await world.calls("SetSecret") == 0)
        }
    }

    @Test("does not mind a clock that no sign-in depends on, but says so")
    func clock() async throws {
        try await AzureWorld.with(clockOffset: .seconds(1200)) { world in
            let finding = try #require(await world.driver.check().dropFirst(2).first)
            #expect(finding.code == "clock_skew")
            #expect(finding.severity == .warning)
        }
    }

    @Test(
        "every failure says what to do, in one sentence, and names Azure's code and request",
        arguments: ProviderError.Kind.allCases)
    func sentences(_ kind: ProviderError.Kind) async throws {
        try await AzureWorld.with { world in
            let findings = AzureFindings(world.driver.settings, authorities: "/ca.pem")
            let error = ProviderError(kind, during: "SetSecret", vendorCode: "SomeCode", requestID: "abc-1")
            for operation in AzureOperation.allCases {
                let finding = findings.finding(error, during: operation)
                #expect(finding.message.isClause && finding.severity == .failure)
                #expect(finding.message.contains("SomeCode, request abc-1"))
            }
            #expect(findings.finding(signInFailure: error).message.isClause)
        }
    }

    @Test(
        "the refusal of a network, or of public access, is told from a missing grant",
        arguments: [("ForbiddenByFirewall", "firewall"), ("ForbiddenByConnection", "public access")])
    func network(_ innerCode: String, words: String) async throws {
        try await AzureWorld.with { world in
            let error = AzureFailure(status: 403, code: "Forbidden", innerCode: innerCode, requestID: "abc-1")
                .error(during: .setSecret)
            let finding = AzureFindings(world.driver.settings, authorities: "/ca.pem").finding(
                error, during: .setSecret)
            #expect(finding.code == "firewall")
            #expect(finding.message.isClause && finding.message.contains(words))
            #expect(finding.message.contains("\(innerCode), request abc-1"))
            #expect(!finding.message.contains("grant"))
        }
    }
}
