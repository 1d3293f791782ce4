import Cryptography
import NIOSSL

/// How a simulated cloud that speaks TLS proves itself, and from which authority it takes certificates of clients.
struct LoopbackSecurity: Sendable {
    let server: CertifiedKey
    /// PEM. A client may come without a certificate; one that it shows must be this authority's. Nil: none is asked for.
    var clientAuthority: String?

    func configuration() throws -> TLSConfiguration {
        let certificate = try NIOSSLCertificate(bytes: Array(server.certificate.utf8), format: .pem)
        let key = try server.key.withPEM { pem in
            Result { try NIOSSLPrivateKey(bytes: unsafe pem.withUnsafeBytes { unsafe Array($0) }, format: .pem) }
        }.get()
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(certificate)], privateKey: .privateKey(key))
        if let clientAuthority {
            configuration.certificateVerification = .optionalVerification
            configuration.trustRoots = .certificates(
                try NIOSSLCertificate.fromPEMBytes(Array(clientAuthority.utf8)))
        }
        return configuration
    }
}
