import Broker
import Cryptography
import Foundation
import Simulator
import Support
import Testing

@Suite("Azure's own clients")
struct AzureInteropTests {
    private let pair = CertificateAuthority().issueClient(CertificateName(commonName: "broker"))

    @Test("azure-keyvault-secrets and azure-identity find everything as Azure has it", .timeLimit(.minutes(3)))
    func sdk() async throws {
        var settings = SimulatedAzureSettings()
        let authority = CertificateAuthority()
        settings.authority = authority
        settings.busyTime = .milliseconds(500)
        settings.identities = identities
        settings.machineIdentity = AzureIdentity(clientID: "machine")
        let simulator = try await AzureSimulator.start(settings)
        settings.hasPurgeProtection = true
        settings.retentionDays = 7
        let protected = try await AzureSimulator.start(settings)
        let folder = TestFolder()
        let file = try folder.write(authority.certificate, to: "ca.pem")
        let finished = try await PythonEnvironment.run(
            "azure_drives_simulator.py", [simulator.endpoint, protected.endpoint, file],
            input: String(decoding: try JSONEncoder().encode(given(settings.tenant)), as: UTF8.self))
        await simulator.stop()
        await protected.stop()
        #expect(finished.status == 0, "\(finished.output)")
        #expect(finished.output.contains("proven:"))
    }

    private var identities: [AzureIdentity] {
        [
            AzureIdentity(clientID: "writer", secret: Secret(text: "the~secret")),
            AzureIdentity(clientID: "reader", secret: Secret(text: "another~secret"), permissions: ["get"]),
            AzureIdentity(
                clientID: "certified", certificate: unsafe Certificate(pem: pair.certificate.utf8.span.bytes)),
            AzureIdentity(clientID: "federated", federatedToken: Secret(text: "eyJ.of.cluster")),
        ]
    }

    private func given(_ tenant: String) -> [String: String] {
        let key = pair.key.withPEM { Secret(copying: $0).shown }
        return [
            "tenant": tenant, "client_id": "writer", "secret": "the~secret", "reader_id": "reader",
            "reader_secret": "another~secret", "certificate_id": "certified", "certificate": pair.certificate + key,
            "federated_id": "federated", "federated_token": "eyJ.of.cluster",
        ]
    }
}
