import Cryptography
import Foundation
import Support
import Testing

@Suite("A certificate authority")
struct CertificateAuthorityTests {
    private static let authority = CertificateAuthority()
    private static let subject = CertificateName(commonName: "bröker", organizations: ["b-group", "a-group"])

    private func certificate(_ pem: String) throws -> Certificate {
        try #require(unsafe Certificate(pem: pem.utf8.span.bytes))
    }

    @Test("names whom a certificate is for, and its key, as PEM and as DER")
    func subject() throws {
        let issued = Self.authority.issueClient(Self.subject)
        let certificate = try certificate(issued.certificate)
        #expect(certificate.subject == Self.subject)
        #expect(certificate.publicKey.belongs(to: issued.key))
        let again = try #require(Certificate(der: certificate.bytes))
        #expect(again.subject == Self.subject)
        #expect(again.thumbprint == certificate.thumbprint)
        #expect(Certificate(der: Array(certificate.bytes.dropLast())) == nil)
        #expect(Certificate(der: []) == nil)
    }

    @Test("gives each certificate a key of its own, and an end")
    func ends() throws {
        let now = Int64(Date().timeIntervalSince1970)
        let (first, second) = (Self.authority.issueServer(), Self.authority.issueServer(lifetime: 60))
        #expect(!first.key.publicKey.belongs(to: second.key))
        #expect(abs(try certificate(first.certificate).notAfter - now - 7 * 86_400) < 60)
        #expect(abs(try certificate(second.certificate).notAfter - now - 60) < 60)
        #expect(try certificate(Self.authority.issueServer(lifetime: -60).certificate).notAfter < now)
    }

    @Test("is held by Python's ssl to what it says: names, dates, issuer and purpose")
    func handshakes() async throws {
        func json(_ pair: CertifiedKey) -> [String: String] {
            let key = pair.key.withPEM { pem in
                unsafe pem.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
            }
            return ["certificate": pair.certificate, "key": key]
        }
        let input: [String: Any] = [
            "authority": Self.authority.certificate, "server": json(Self.authority.issueServer()),
            "expired": json(Self.authority.issueServer(lifetime: -60)),
            "client": json(Self.authority.issueClient(Self.subject)),
            "stranger": json(CertificateAuthority().issueClient(Self.subject)),
        ]
        let text = String(decoding: try JSONSerialization.data(withJSONObject: input), as: UTF8.self)
        let (status, output) = try await PythonEnvironment.run("tls_handshakes.py", [], input: text)
        #expect(status == 0)
        let named = "organizationName=b-group organizationName=a-group commonName=bröker"
        let refused = "CERTIFICATE_VERIFY_FAILED"
        #expect(
            output.split(separator: "\n").map(String.init) == [
                named, named, refused, refused, refused, "PEER_DID_NOT_RETURN_A_CERTIFICATE", refused, refused,
            ])
    }
}
