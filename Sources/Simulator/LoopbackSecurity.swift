import Cryptography
import NIOSSL

/// How a simulated cloud that speaks TLS proves itself, and which authority's client certificates it accepts.
struct LoopbackSecurity: Sendable {
    let server: CertifiedKey
    /// The authority in PEM; nil if no client certificate is asked for. A client may come without one, but one that it
    /// shows must be this authority's.
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
