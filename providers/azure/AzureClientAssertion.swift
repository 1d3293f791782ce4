import Broker
import Cryptography
import WireJSON

/// What the holder of a certificate signs to prove that it has the key: RFC 7523, as Entra wants it.
struct AzureClientAssertion {
    /// How far the dates in an assertion may be off for Entra.
    static let tolerance = Duration.seconds(300)
    private static let lifetime: Int64 = 600

    private let certificate: Certificate
    private let key: RSAPrivateKey

    /// Nil unless the text has a certificate and the key that belongs to it.
    init?(pem: Secret) {
        let pair = pem.withBytes { bytes in (Certificate(pem: bytes), RSAPrivateKey(pem: bytes)) }
        guard let certificate = pair.0, let key = pair.1, certificate.publicKey.belongs(to: key) else { return nil }
        self.certificate = certificate
        self.key = key
    }

    func token(for clientID: String, at endpoint: String, now: Timestamp) -> Secret {
        let seconds = now.milliseconds / 1000
        let claims = JSONObject()
        claims.set("aud", endpoint)
        claims.set("iss", clientID)
        claims.set("sub", clientID)
        claims.set("jti", Hex.encode(SecureRandom().bytes(16)))
        claims.set("iat", seconds)
        claims.set("nbf", seconds)
        claims.set("exp", seconds + Self.lifetime)
        let header = JSONObject()
        header.set("x5t#S256", Base64.urlEncode(certificate.thumbprint))
        return JSONWebToken.signed(claims, header: header, by: key, .ps256)
    }
}
