#if FaultInjection
import Broker
import Cryptography
import Foundation
import Simulator
import Support
import Testing

@testable import Providers

@Suite("Signed in to a simulated Entra, the Azure driver", .timeLimit(.minutes(1)))
struct AzureSignInTests {
    private func withFile(_ text: String, _ body: (URL) async throws -> Void) async throws {
        let folder = TestFolder()
        try await body(URL(fileURLWithPath: try folder.write(text, to: "azure")))
    }

    private func pem(_ pair: CertifiedKey) -> String { pair.certificate + pair.key.withPEM { text($0) } }

    private func expectSignIn(_ world: AzureWorld, by operation: String, times: Int = 1) async throws {
        _ = try await world.create("value", at: world.newReference())
        #expect(await world.calls(operation) == times)
    }

    private func failure(of world: AzureWorld) async -> ProviderError? {
        do {
            _ = try await world.create("value", at: world.newReference())
            return nil
        } catch {
            return error
        }
    }

    @Test("is who a secret says, and asks for one token for many calls")
    func secret() async throws {
        try await AzureWorld.with { world in
            for _ in 1...3 { try await expectSignIn(world, by: "Token") }
        }
    }

    @Test("is nobody with a wrong secret, an unknown application or another tenant, and says which by Entra's number")
    func refused() async throws {
        for (change, code) in [
            (["AZURE_CLIENT_SECRET": "wrong"], "AADSTS7000215"), (["AZURE_CLIENT_ID": "unknown"], "AADSTS700016"),
            (["AZURE_TENANT_ID": "unknown"], "AADSTS90002"),
        ] {
            try await AzureWorld.with(environment: change) { world in
                let error = await failure(of: world)
                #expect(error?.kind == .unauthenticated)
                #expect(error?.vendorCode == code)
                #expect(await world.calls("Token") == 1)
                #expect(await world.calls("SetSecret") == 0)
            }
        }
    }

    @Test("is who a certificate says, which may be renewed under way")
    func certificate() async throws {
        let authority = CertificateAuthority()
        let (first, second) = (
            authority.issueClient(.init(commonName: "a")), authority.issueClient(.init(commonName: "b"))
        )
        try await withFile(pem(first)) { file in
            var identity = AzureIdentity(clientID: "broker")
            identity.certificate = Certificate(first)
            try await AzureWorld.with({ $0.identities += [identity] }, environment: environment(file)) { world in
                try await expectSignIn(world, by: "Token")
                identity.certificate = Certificate(second)
                await world.simulator.register(identity)
                await world.simulator.revokeTokens()
                #expect(await failure(of: world)?.vendorCode == "AADSTS700027")
                try Data(pem(second).utf8).write(to: file)
                try await expectSignIn(world, by: "Token", times: 3)
            }
        }
    }

    private func environment(_ certificate: URL) -> [String: String] {
        ["AZURE_CLIENT_SECRET": "", "AZURE_CLIENT_ID": "broker", "AZURE_CLIENT_CERTIFICATE_PATH": certificate.path]
    }

    @Test("is nobody with a certificate when the clock is off by more than Entra allows", arguments: [-1200, 1200])
    func clock(_ seconds: Int) async throws {
        let pair = CertificateAuthority().issueClient(.init(commonName: "a"))
        try await withFile(pem(pair)) { file in
            let identity = AzureIdentity(clientID: "broker", certificate: Certificate(pair))
            try await AzureWorld.with(
                { $0.identities += [identity] }, environment: environment(file), clockOffset: .seconds(seconds)
            ) { world in
                #expect(await failure(of: world)?.vendorCode == "AADSTS700024")
                #expect(await world.driver.check().map(\.code) == ["not_signed_in", "vault", "clock_skew"])
            }
        }
    }

    @Test(
        "is nobody, and asks nobody, with a file that holds no key, no certificate, or two that do not belong together")
    func uselessFiles() async throws {
        let authority = CertificateAuthority()
        let pair = authority.issueClient(.init(commonName: "a"))
        let foreign = pair.certificate + RSAPrivateKey().withPEM { text($0) }
        for content in ["", pair.certificate, pair.key.withPEM { text($0) }, foreign, "hunter2"] {
            try await withFile(content) { file in
                try await AzureWorld.with(environment: environment(file)) { world in
                    #expect(await failure(of: world)?.operation == "CredentialFile")
                    let finding = try #require(await world.driver.check().first)
                    #expect(finding.code == "not_signed_in")
                    #expect(finding.message.hasPrefix("the file that AZURE_CLIENT_CERTIFICATE_PATH"))
                    #expect(!finding.message.contains("hunter2"))
                    #expect(await world.simulator.calls()["Token"] == nil)
                }
            }
        }
    }

    @Test("is who the cluster's token says, which it reads anew at each sign-in")
    func workloadIdentity() async throws {
        try await withFile("eyJ.first\n") { file in
            var identity = AzureIdentity(clientID: "broker", federatedToken: Secret("eyJ.first"))
            let environment = [
                "AZURE_CLIENT_SECRET": "", "AZURE_CLIENT_ID": "broker", "AZURE_FEDERATED_TOKEN_FILE": file.path,
            ]
            try await AzureWorld.with({ $0.identities += [identity] }, environment: environment) { world in
                try await expectSignIn(world, by: "Token")
                identity.federatedToken = Secret("eyJ.second")
                await world.simulator.register(identity)
                await world.simulator.revokeTokens()
                try Data("eyJ.second".utf8).write(to: file)
                try await expectSignIn(world, by: "Token", times: 2)
                try FileManager.default.removeItem(at: file)
                await world.simulator.revokeTokens()
                #expect(await failure(of: world)?.operation == "CredentialFile")
            }
        }
    }

    private static let asMachine = ["AZURE_CLIENT_SECRET": "", "AZURE_TENANT_ID": "", "AZURE_CLIENT_ID": ""]

    @Test("is the machine's own identity, or the one of several that is named")
    func managedIdentity() async throws {
        let identity = AzureIdentity(clientID: "machine-1")
        for id in ["", "machine-1"] {
            try await AzureWorld.with(
                { $0.machineIdentity = identity }, environment: Self.asMachine.merging(["AZURE_CLIENT_ID": id]) { $1 }
            ) { world in
                for _ in 1...2 { try await expectSignIn(world, by: "ManagedIdentityToken") }
                #expect(await world.calls("Token") == 0)
            }
        }
    }

    @Test("is nobody on a machine without an identity, or with another one, and says so in a check")
    func noManagedIdentity() async throws {
        for (machine, id) in [(nil, ""), (AzureIdentity(clientID: "machine-1"), "machine-2")] {
            try await AzureWorld.with(
                { $0.machineIdentity = machine }, environment: Self.asMachine.merging(["AZURE_CLIENT_ID": id]) { $1 }
            ) { world in
                #expect(await failure(of: world)?.kind == .unauthenticated)
                let finding = try #require(await world.driver.check().first)
                #expect(finding.code == "not_signed_in")
                #expect(finding.message.hasPrefix("the machine's metadata service gives no token"))
            }
        }
    }

    @Test("waits while the metadata service is being updated, for as long as a call may take", arguments: [404, 410])
    func updated(_ status: Int) async throws {
        try await AzureWorld.with(
            { $0.machineIdentity = AzureIdentity(clientID: "machine-1") }, environment: Self.asMachine
        ) { world in
            await world.simulator.faults.order(Fault(operation: "ManagedIdentityToken", effect: .status(status)))
            let start = ContinuousClock.now
            try await expectSignIn(world, by: "ManagedIdentityToken", times: 2)
            #expect(.now - start >= .seconds(2))
        }
    }

    @Test("tries again when Entra fails in passing, and gives up when it goes on")
    func entraDown() async throws {
        try await AzureWorld.with { world in
            let faults = world.simulator.faults
            for effect in [Fault.Effect.status(503), .throttle(retryAfter: nil), .resetBeforeEffect] {
                await faults.order(Fault(operation: "Token", effect: effect))
            }
            try await expectSignIn(world, by: "Token", times: 4)
            await world.simulator.revokeTokens()
            await faults.order(Fault(operation: "Token", at: .always, effect: .status(503)))
            #expect(await failure(of: world)?.kind == .unavailable)
        }
    }

    @Test("believes no answer of Entra that is none, and does not take it for one of the vault about a secret")
    func senseless() async throws {
        try await AzureWorld.with { world in
            await world.simulator.faults.order(Fault(operation: "Token", effect: .garbage))
            #expect(await failure(of: world) == ProviderError(.unavailable, during: "ApplicationToken"))
            await world.simulator.faults.order(
                Fault(operation: "Token", effect: .redirect(to: "http://127.0.0.1:1/")))
            #expect(await failure(of: world)?.kind == .unauthenticated)
        }
    }
}

extension Certificate {
    fileprivate init?(_ pair: CertifiedKey) {
        unsafe self.init(pem: pair.certificate.utf8.span.bytes)
    }
}

private func text(_ bytes: RawSpan) -> String {
    unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
}
#endif
