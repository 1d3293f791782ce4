import Cryptography
import Testing

@Suite("RSA")
struct RSATests {
    private static let key = RSAPrivateKey()
    private let message = Array("header.claims".utf8)

    private func sign(_ scheme: RSAScheme) -> [UInt8] { unsafe Self.key.sign(message.span.bytes, scheme) }

    private func verify(_ signature: [UInt8], _ message: [UInt8], _ scheme: RSAScheme) -> Bool {
        unsafe Self.key.publicKey.verify(signature, of: message.span.bytes, scheme)
    }

    @Test("verifies what it signed, and nothing else", arguments: RSAScheme.allCases)
    func agreement(_ scheme: RSAScheme) {
        let signature = sign(scheme)
        #expect(signature.count == 256)
        #expect(verify(signature, message, scheme))
        #expect(!verify(signature, message + [0], scheme))
        var altered = signature
        altered[100] ^= 1
        #expect(!verify(altered, message, scheme))
        #expect(!verify([], message, scheme))
        for other in RSAScheme.allCases where other != scheme { #expect(!verify(signature, message, other)) }
        #expect(unsafe !RSAPrivateKey().publicKey.verify(signature, of: message.span.bytes, scheme))
    }

    @Test("signs with PKCS #1 the same each time, with PSS another time differently")
    func determinism() {
        #expect(sign(.rs256) == sign(.rs256))
        #expect(sign(.ps256) != sign(.ps256))
    }

    @Test("reads the PEM that it writes, and no other text")
    func pem() throws {
        let pem = Self.key.withPEM { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
        #expect(String(decoding: pem.prefix(28), as: UTF8.self) == "-----BEGIN PRIVATE KEY-----\n")
        let again = try #require(unsafe RSAPrivateKey(pem: pem.span.bytes))
        #expect(Self.key.publicKey.belongs(to: again))
        #expect(!Self.key.publicKey.belongs(to: RSAPrivateKey()))
        for other in [[], Array("-----BEGIN PRIVATE KEY-----\n".utf8), Array(pem.dropLast(200))] {
            #expect(unsafe RSAPrivateKey(pem: other.span.bytes) == nil)
        }
    }

    /// A key that OpenSSL would ask for the passphrase of, and one of 1024 bits.
    @Test("does not read an encrypted key, nor a short one", arguments: [encrypted, short])
    func refused(_ pem: String) {
        #expect(unsafe RSAPrivateKey(pem: pem.utf8.span.bytes) == nil)
    }
}
