import Broker
import Cryptography
import Foundation
import Simulator
import Support
import Testing
import Transport

/// The simulated API server asks for client certificates, and says whose it saw.
@Suite("Certificates of one's own", .timeLimit(.minutes(1)))
struct CertificateTests {
    private static let other = CertificateAuthority()
    private static let client = KubernetesSimulator.authority.issueClient(CertificateName(commonName: "somebody"))

    private func withServer(_ body: (KubernetesSimulator) async throws -> Void) async throws {
        let server = try await KubernetesSimulator.start(SimulatedKubernetesSettings())
        do {
            try await body(server)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    /// Whom the server sees; nil: nobody.
    private func caller(_ http: HTTPClient, _ server: KubernetesSimulator) async throws -> String? {
        let answer = try await http.send(
            HTTPCall(
                "POST", "\(server.endpoint)/apis/authentication.k8s.io/v1/selfsubjectreviews",
                body: Secret(text: #"{"kind":"SelfSubjectReview"}"#)))
        return answer.body.shown.firstMatch(of: /"username":"([^"]+)"/).map { String($0.1) }
    }

    private func settings(_ authority: PEM?, _ certificate: ClientCertificate? = nil) -> TransportSettings {
        var settings = TransportSettings()
        settings.serverCA = authority
        settings.clientCertificate = certificate
        return settings
    }

    private func text(_ authority: CertificateAuthority) -> PEM { .text(Secret(text: authority.certificate)) }

    private func key(_ pair: CertifiedKey) -> Secret { pair.key.withPEM { Secret(copying: $0) } }

    @Test("a server is believed by the CA that was given, as text or as a file, and by no other")
    func authority() async throws {
        try await withServer { server in
            let right = text(KubernetesSimulator.authority)
            let file = try server.write(KubernetesSimulator.authority.certificate, to: "right.pem")
            for authority in [right, .file(file)] {
                #expect(try await caller(HTTPClient(settings(authority)), server) == nil)
            }
            let wrong = text(Self.other)
            for authority in [wrong, .file("/nowhere"), .text(Secret(text: "no PEM")), .text(Secret(text: "")), nil] {
                await #expect(throws: TransportError.notTrusted) {
                    try await caller(HTTPClient(settings(authority)), server)
                }
            }
        }
    }

    @Test("the CA of servers comes before that of everything, which does not help it")
    func precedence() async throws {
        try await withServer { server in
            let file = try server.write(KubernetesSimulator.authority.certificate, to: "right.pem")
            var settings = settings(nil)
            settings.caFile = file
            #expect(try await caller(HTTPClient(settings), server) == nil)
            settings.serverCA = text(Self.other)
            await #expect(throws: TransportError.notTrusted) { try await caller(HTTPClient(settings), server) }
        }
    }

    @Test("a client certificate is shown, as text or from files")
    func clientCertificate() async throws {
        try await withServer { server in
            let authority = text(KubernetesSimulator.authority)
            let files = ClientCertificate(
                chain: .file(try server.write(Self.client.certificate, to: "client.crt")),
                key: .file(try server.write(key(Self.client).shown, to: "client.key")))
            let texts = ClientCertificate(
                chain: .text(Secret(text: Self.client.certificate)), key: .text(key(Self.client)))
            for certificate in [files, texts] {
                #expect(try await caller(HTTPClient(settings(authority, certificate)), server) == "somebody")
            }
        }
    }

    @Test("one that the server does not take, or whose key is another's, ends the call")
    func badClientCertificate() async throws {
        try await withServer { server in
            let foreign = Self.other.issueClient(CertificateName(commonName: "somebody"))
            for (chain, key) in [(foreign, foreign), (Self.client, foreign)] {
                let certificate = ClientCertificate(
                    chain: .text(Secret(text: chain.certificate)), key: .text(self.key(key)))
                let http = try HTTPClient(settings(text(KubernetesSimulator.authority), certificate))
                await #expect(throws: TransportError.self) { try await caller(http, server) }
            }
            #expect(await server.calls().isEmpty)
        }
    }

    @Test("a file that was renewed is taken up without a restart")
    func renewed() async throws {
        try await withServer { server in
            let file = try server.write(Self.other.certificate, to: "authority.pem")
            let http = try HTTPClient(settings(.file(file)))
            await #expect(throws: TransportError.notTrusted) { try await caller(http, server) }
            _ = try server.write(KubernetesSimulator.authority.certificate, to: "authority.pem")
            #expect(try await caller(http, server) == nil)
        }
    }
}
