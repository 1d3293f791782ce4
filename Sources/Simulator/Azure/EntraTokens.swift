import Broker
import Cryptography
import WireJSON

/// A token that the tenant has given out. Only the tenant knows what it says.
struct IssuedToken: Sendable {
    let text: Secret
    let identity: AzureIdentity
    let audience: String
    let expires: Timestamp
}

/// Why Entra gives no token. The numbers are Entra's own.
struct EntraFault: Error, Sendable {
    let status: Int
    let error: String
    let number: Int
    let message: String
}

/// Entra, as far as applications sign in: the token endpoint of one tenant, and the tokens it gave out.
struct EntraTokens: Sendable {
    private static let assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    private let tenant: String
    private let lifetime: Duration
    private var identities: [String: AzureIdentity]
    private var issued: [String: IssuedToken] = [:]

    init(_ settings: SimulatedAzureSettings) {
        tenant = settings.tenant
        lifetime = settings.tokenLifetime
        identities = Dictionary(settings.identities.map { ($0.clientID, $0) }, uniquingKeysWith: { $1 })
    }

    mutating func register(_ identity: AzureIdentity) { identities[identity.clientID] = identity }

    /// Makes every token that was given out invalid.
    mutating func revokeAll() { issued = [:] }

    /// - Parameter endpoint: where the request arrived, which an assertion must be meant for.
    mutating func signIn(
        _ form: ReceivedForm, tenant: String, endpoint: String, at now: Timestamp
    ) throws(EntraFault) -> IssuedToken {
        guard tenant == self.tenant else {
            throw EntraFault(status: 400, error: "invalid_request", number: 90002, message: "Tenant not found.")
        }
        guard form.text("grant_type") == "client_credentials" else {
            throw EntraFault(
                status: 400, error: "unsupported_grant_type", number: 70003, message: "The grant type is not supported."
            )
        }
        guard let identity = form.text("client_id").flatMap({ identities[$0] }) else {
            throw EntraFault(
                status: 400, error: "unauthorized_client", number: 700_016,
                message: "Application was not found in the directory.")
        }
        try verify(form, of: identity, for: endpoint, at: now)
        guard let scope = form.text("scope"), scope.hasSuffix("/.default") else {
            throw EntraFault(
                status: 400, error: "invalid_scope", number: 1_002_012,
                message: "The provided value for scope is not valid.")
        }
        return issue(to: identity, audience: String(scope.dropLast("/.default".count)), at: now)
    }

    mutating func issue(to identity: AzureIdentity, audience: String, at now: Timestamp) -> IssuedToken {
        issued = issued.filter { $0.value.expires > now }
        let text = RandomText.alphanumeric(1200)
        let token = IssuedToken(
            text: Secret(text), identity: identity, audience: audience,
            expires: now.adding(lifetime))
        issued[text] = token
        return token
    }

    func token(_ text: String) -> IssuedToken? { issued[text] }

    private func verify(
        _ form: ReceivedForm, of identity: AzureIdentity, for endpoint: String, at now: Timestamp
    ) throws(EntraFault) {
        if let given = form.secret("client_secret") {
            guard let secret = identity.secret, given.matches(secret) else {
                throw EntraFault(
                    status: 401, error: "invalid_client", number: 7_000_215, message: "Invalid client secret provided.")
            }
            return
        }
        guard form.text("client_assertion_type") == Self.assertionType, let given = form.secret("client_assertion")
        else {
            throw EntraFault(
                status: 401, error: "invalid_client", number: 7_000_218,
                message: "The request body must contain client_assertion or client_secret.")
        }
        if let token = identity.federatedToken, given.matches(token) { return }
        guard let certificate = identity.certificate else {
            throw EntraFault(
                status: 400, error: "invalid_request", number: 70021,
                message: "No matching federated identity record found for presented assertion.")
        }
        try ClientAssertion(given).verify(by: certificate, of: identity.clientID, for: endpoint, at: now)
    }
}

/// The assertion that a client with a certificate presents: RFC 7523.
private struct ClientAssertion {
    private let text: String

    init(_ assertion: Secret) {
        text = assertion.simulatedText
    }

    func verify(
        by certificate: Certificate, of clientID: String, for endpoint: String, at now: Timestamp
    ) throws(EntraFault) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.object(parts[0]), let claims = Self.object(parts[1]) else {
            throw Self.refused(50027, "JWT token is invalid or malformed.")
        }
        guard let scheme = Self.scheme(header, certificate), let signature = Self.bytes(parts[2]),
            unsafe certificate.publicKey.verify(signature, of: "\(parts[0]).\(parts[1])".utf8.span.bytes, scheme)
        else {
            throw Self.refused(
                700_027, "The certificate with identifier used to sign the assertion is not registered.")
        }
        guard claims["iss"]?.string == clientID, claims["sub"]?.string == clientID, claims["jti"]?.string != nil else {
            throw Self.refused(700_021, "Client assertion application identifier doesn't match 'client_id' parameter.")
        }
        guard claims["aud"]?.string == endpoint else {
            throw Self.refused(700_023, "Client assertion audience claim does not match Realm issuer.")
        }
        // msal writes these times with a fraction.
        let seconds = Double(now.milliseconds) / 1000
        guard let expires = claims["exp"]?.number, let begins = (claims["nbf"] ?? claims["iat"])?.number,
            expires > seconds - 300, begins < seconds + 300, expires - begins <= 86_400
        else { throw Self.refused(700_024, "Client assertion is not within its valid time range.") }
    }

    /// The signature's scheme: with the certificate's SHA-256 thumbprint, as msal writes it, or in the older form that
    /// azure-identity still uses. There the SHA-1 thumbprint would only choose among certificates.
    private static func scheme(_ header: JSONNode, _ certificate: Certificate) -> RSAScheme? {
        // msal writes the thumbprint with padding.
        let thumbprint = header["x5t#S256"]?.string?.replacing("=", with: "")
        return switch header["alg"]?.string {
        case "PS256" where thumbprint == Base64.urlEncode(certificate.thumbprint): .ps256
        case "RS256" where header["x5t"]?.string != nil: .rs256
        default: nil
        }
    }

    private static func refused(_ number: Int, _ message: String) -> EntraFault {
        EntraFault(status: 401, error: "invalid_client", number: number, message: message)
    }

    private static func object(_ part: Substring) -> JSONNode? {
        bytes(part).flatMap { bytes in unsafe try? JSONDocument(parsing: bytes.span.bytes).root }
    }

    private static func bytes(_ part: Substring) -> [UInt8]? {
        var text = part.replacing("-", with: "+").replacing("_", with: "/")
        while text.utf8.count % 4 != 0 { text += "=" }
        var bytes: [UInt8] = []
        let isDecoded = unsafe Base64.decode(text.utf8.span.bytes) { decoded in
            bytes = unsafe decoded.withUnsafeBytes { unsafe Array($0) }
        }
        return isDecoded ? bytes : nil
    }
}
