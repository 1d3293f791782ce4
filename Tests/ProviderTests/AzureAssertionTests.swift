import Broker
import Cryptography
import Foundation
import Support
import Testing

@testable import Providers

@Suite("What a client with a certificate presents to Entra")
struct AzureAssertionTests {
    @Test("verifies in PyJWT, with the header and the claims that msal writes")
    func agreesWithMSAL() async throws {
        let pair = CertificateAuthority().issueClient(.init(commonName: "broker"))
        let key = pair.key.withPEM { bytes in
            unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
        let assertion = try #require(AzureClientAssertion(pem: Secret(pair.certificate + key)))
        // Made beforehand, since it can take longer than the two may be apart in time.
        _ = try await PythonEnvironment.installedProgram("python")
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let endpoint = "https://login.microsoftonline.com/t/oauth2/v2.0/token"
        let input = [
            "assertion": assertion.token(for: "client-1", at: endpoint, now: now).shown,
            "second": assertion.token(for: "client-1", at: endpoint, now: now).shown,
            "certificate": pair.certificate, "key": key, "client_id": "client-1", "endpoint": endpoint,
        ]
        let (status, output) = try await PythonEnvironment.run(
            "azure_assertion.py", [], input: String(decoding: try JSONEncoder().encode(input), as: UTF8.self))
        #expect(status == 0, "\(output)")
        #expect(output.contains("verified"))
    }
}
