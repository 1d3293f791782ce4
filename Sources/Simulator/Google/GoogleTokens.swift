import Broker
import Cryptography
import WireJSON

/// Whom a token is for, and what it may be used for.
struct GoogleGrant: Sendable {
    /// An account's e-mail address, or a federated identity.
    let principal: String
    let scopes: [String]
    let expires: Timestamp
}

/// The tokens that were given out, and those that accounts may sign themselves.
struct GoogleTokens: Sendable {
    private let accounts: [GoogleAccount]
    private let audiences: Set<String>
    private var issued: [String: GoogleGrant] = [:]
    private var revokedKeys: Set<String> = []

    /// - Parameter audiences: Secret Manager's, for signed tokens that name one instead of a scope.
    init(_ settings: SimulatedGoogleSettings) {
        accounts = settings.accounts
        audiences = ["https://secretmanager.googleapis.com/"]
    }

    /// Makes everything invalid that the key signed.
    mutating func revokeKey(of email: String) {
        for account in accounts where account.email == email { revokedKeys.insert(account.keyID) }
    }

    /// Makes everything invalid that was given out so far.
    mutating func revokeIssued() { issued = [:] }

    /// Makes a token. Forgets those that ended long ago, so that their number is bounded by those of a day.
    mutating func issue(_ grant: GoogleGrant, at now: Timestamp) -> String {
        let forgotten = now.adding(.seconds(-86_400))
        issued = issued.filter { $0.value.expires > forgotten }
        let token = "ya29." + RandomText.alphanumeric(180)
        issued[token] = grant
        return token
    }

    /// The grant of the token in the Authorization header, which was given out or is a signed one.
    ///
    /// - Parameter scopes: the scopes of which it must have one.
    func authenticate(
        _ request: CloudRequest, for scopes: Set<String> = [GoogleScope.cloudPlatform], at now: Timestamp
    ) throws(GoogleFault) -> GoogleGrant {
        guard let header = request.header("authorization"), header.hasPrefix("Bearer ") else {
            throw GoogleFault(
                .unauthenticated,
                "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or"
                    + " other valid authentication credential.",
                reason: "CREDENTIALS_MISSING")
        }
        let token = String(header.dropFirst("Bearer ".count))
        let grant: GoogleGrant
        if let known = issued[token] {
            grant = known
        } else {
            grant = try selfSigned(token, at: now)
        }
        guard grant.expires > now else { throw .invalidToken("ACCESS_TOKEN_EXPIRED") }
        guard !scopes.isDisjoint(with: grant.scopes) else {
            throw GoogleFault(
                .permissionDenied, "Request had insufficient authentication scopes.",
                reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
        }
        return grant
    }

    private func selfSigned(_ token: String, at now: Timestamp) throws(GoogleFault) -> GoogleGrant {
        guard let signed = SignedToken(token), let account = signer(of: signed), signed.isTimely(at: now),
            signed.text("sub") == account.email
        else { throw .invalidToken("ACCESS_TOKEN_TYPE_UNSUPPORTED") }
        let isForUs = signed.text("aud").map { audiences.contains($0) } ?? false
        let scopes = isForUs ? [GoogleScope.cloudPlatform] : signed.scopes
        return GoogleGrant(principal: account.email, scopes: scopes, expires: signed.expires)
    }

    /// The grant for the account that shows an assertion to the token service.
    func assert(_ assertion: String, audiences: Set<String>, at now: Timestamp) -> GoogleGrant? {
        guard let signed = SignedToken(assertion), let account = signer(of: signed), signed.isTimely(at: now),
            let audience = signed.text("aud"), audiences.contains(audience), !signed.scopes.isEmpty
        else { return nil }
        return GoogleGrant(principal: account.email, scopes: signed.scopes, expires: signed.expires)
    }

    private func signer(of token: SignedToken) -> GoogleAccount? {
        accounts.first { account in
            account.keyID == token.keyID && !revokedKeys.contains(account.keyID)
                && token.text("iss") == account.email && token.isSigned(by: account.key.publicKey)
        }
    }
}

/// A JSON Web Token, taken apart and checked by code that shares nothing with the drivers' signer.
struct SignedToken {
    /// How far clocks may differ for Google to accept the token. It documents no number.
    private static let tolerance = Duration.seconds(300)

    let keyID: String
    let issued: Timestamp
    let expires: Timestamp
    private let claims: JSONNode
    private let message: String
    private let signature: [UInt8]

    /// Nil unless the text has three parts, is signed with RS256, and says when it was made and when it ends.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.json(parts[0]), let claims = Self.json(parts[1]),
            let signature = Self.bytes(parts[2]), header["alg"]?.string == "RS256", header["typ"]?.string == "JWT",
            let keyID = header["kid"]?.string, let issued = claims["iat"]?.integer,
            let expires = claims["exp"]?.integer, (0...1 << 40).contains(issued), (0...1 << 40).contains(expires)
        else { return nil }
        self.keyID = keyID
        self.issued = Timestamp(milliseconds: Int64(issued) * 1000)
        self.expires = Timestamp(milliseconds: Int64(expires) * 1000)
        self.claims = claims
        self.signature = signature
        message = "\(parts[0]).\(parts[1])"
    }

    func text(_ claim: String) -> String? { claims[claim]?.string }

    var scopes: [String] { text("scope")?.split(separator: " ").map(String.init) ?? [] }

    /// Whether it lives for an hour at most, and now is within that hour.
    func isTimely(at now: Timestamp) -> Bool {
        let lifetime = expires.since(issued)
        return lifetime > .zero && lifetime <= .seconds(3600) && issued <= now.adding(Self.tolerance)
            && expires > now.adding(.zero - Self.tolerance)
    }

    func isSigned(by key: RSAPublicKey) -> Bool {
        unsafe key.verify(signature, of: message.utf8.span.bytes, .rs256)
    }

    private static func json(_ part: Substring) -> JSONNode? {
        guard let bytes = bytes(part) else { return nil }
        return try? unsafe JSONDocument(parsing: bytes.span.bytes, maximumDepth: 8).root
    }

    private static func bytes(_ part: Substring) -> [UInt8]? {
        guard !part.utf8.contains(where: "+/=".utf8.contains) else { return nil }
        var text = part.replacing("-", with: "+").replacing("_", with: "/")
        while text.utf8.count % 4 != 0 { text += "=" }
        var decoded: [UInt8] = []
        let isBase64 = unsafe Base64.decode(text.utf8.span.bytes) { bytes in
            unsafe bytes.withUnsafeBytes { unsafe decoded.append(contentsOf: $0) }
        }
        return isBase64 ? decoded : nil
    }
}
