import Broker
import Cryptography
import Foundation
import Simulator
import Support
import Testing

@testable import Providers

@Suite("Signing in to a cluster over TLS, the Kubernetes driver", .timeLimit(.minutes(1)))
struct KubernetesSignInTests {
    private func createsAndReads(_ world: KubernetesWorld) async throws {
        let reference = world.newReference()
        let pin = try await world.create("value", at: reference)
        #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
    }

    @Test("reads the pod's token once for many calls, and again after a minute, when the kubelet has renewed it")
    func rotation() async throws {
        try await KubernetesWorld.with {
            $0.tokenLifetime = .seconds(90)
        } _: { world async throws in
            for _ in 1...3 {
                for _ in 1...3 { try await createsAndReads(world) }
                try await world.simulator.rotateToken()
                world.pass(.seconds(61))
            }
            #expect(await world.calls("CreateSecret") == 9)
        }
    }

    @Test("reads the token again at once when the cluster takes it no more")
    func revoked() async throws {
        try await KubernetesWorld.with { world async throws in
            try await createsAndReads(world)
            await world.simulator.revokeTokens()
            try await world.simulator.rotateToken()
            try await createsAndReads(world)
            #expect(await world.calls("CreateSecret") == 3)
            await world.simulator.revokeTokens()
            #expect(await world.failureToCreate(at: world.newReference())?.kind == .unauthenticated)
            #expect(await world.calls("CreateSecret") == 5)
        }
    }

    @Test("is not signed in without a token in its file, and calls nobody", arguments: ["", " \n", "a b", "é"])
    func noToken(_ content: String) async throws {
        try await KubernetesWorld.with(prepare: { _ = try $0.write(content, to: "token") }) { world async throws in
            let error = await world.failureToCreate(at: world.newReference())
            #expect(error?.kind == .unauthenticated)
            #expect(error?.operation == "TokenFile")
            #expect(await world.simulator.calls().isEmpty)
            #expect(await world.driver.check().map(\.code) == ["kubernetes_store_not_recommended", "not_signed_in"])
        }
    }

    @Test("takes a token or the path of one from a kubeconfig, with the CA in a file or in it")
    func kubeconfig() async throws {
        try await KubernetesWorld.with(signIn: .kubeconfig()) { try await createsAndReads($0) }
        let ca = Data(KubernetesSimulator.authority.certificate.utf8).base64EncodedString()
        try await KubernetesWorld.with(
            signIn: .kubeconfig(cluster: "certificate-authority-data: \(ca)")
        ) { try await createsAndReads($0) }
        try await KubernetesWorld.with(signIn: .kubeconfig(), { $0.usesTLS = false }) { try await createsAndReads($0) }
    }

    private static let subject = CertificateName(commonName: "broker", organizations: ["system:masters"])

    private func pem(_ key: RSAPrivateKey) -> String {
        key.withPEM { pem in unsafe pem.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }
    }

    @Test("proves itself by a client certificate, from files or from the kubeconfig itself", arguments: [true, false])
    func clientCertificate(inFiles: Bool) async throws {
        let issued = KubernetesSimulator.authority.issueClient(Self.subject)
        let (chain, key) = (issued.certificate, pem(issued.key))
        func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
        let user =
            inFiles
            ? "{client-certificate: client.crt, client-key: client.key}"
            : "{client-certificate-data: \(base64(chain)), client-key-data: \(base64(key))}"
        try await KubernetesWorld.with(
            signIn: .kubeconfig(user: user),
            prepare: { simulator in
                _ = try simulator.write(chain, to: "client.crt")
                _ = try simulator.write(key, to: "client.key")
            }
        ) { world async throws in
            try await createsAndReads(world)
            let identity = await world.driver.check().first { $0.code == "signed_in" }
            #expect(identity?.message.hasSuffix("as broker, by the kubeconfig's client certificate") == true)
        }
    }

    @Test("is nobody with a certificate of another authority, an expired one, or another's key")
    func badCertificates() async throws {
        let good = KubernetesSimulator.authority.issueClient(Self.subject)
        let foreign = CertificateAuthority().issueClient(Self.subject)
        let expired = KubernetesSimulator.authority.issueClient(Self.subject, lifetime: -60)
        for (chain, key) in [(foreign, foreign), (expired, expired), (good, foreign)] {
            try await KubernetesWorld.with(
                signIn: .kubeconfig(user: "{client-certificate: client.crt, client-key: client.key}"),
                prepare: { simulator in
                    _ = try simulator.write(chain.certificate, to: "client.crt")
                    _ = try simulator.write(pem(key.key), to: "client.key")
                }
            ) { world async throws in
                #expect(await world.failureToCreate(at: world.newReference())?.kind == .unavailable)
                #expect(await world.simulator.calls().isEmpty)
                #expect(await world.driver.check().map(\.code).last == "not_trusted")
            }
        }
    }

    @Test("sends no token to a server that another CA vouches for, and says so in a check")
    func wrongAuthority() async throws {
        try await KubernetesWorld.with(
            prepare: { _ = try $0.write(CertificateAuthority().certificate, to: "ca.crt") }
        ) { world async throws in
            #expect(await world.failureToCreate(at: world.newReference())?.kind == .unavailable)
            #expect(await world.simulator.calls().isEmpty)
            let findings = await world.driver.check()
            #expect(findings.map(\.code) == ["kubernetes_store_not_recommended", "not_trusted"])
            #expect(findings.last?.severity == .failure)
        }
        try await KubernetesWorld.with(signIn: .kubeconfig(cluster: "")) { world async throws in
            #expect(await world.failureToCreate(at: world.newReference())?.kind == .unavailable)
            #expect(await world.simulator.calls().isEmpty)
        }
    }
}
