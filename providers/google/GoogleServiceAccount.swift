import Broker
import Cryptography
import Transport
import WireJSON

/// A service account's key file: what the account signs with to prove who it is.
struct GoogleServiceAccount {
    let email: String
    private let keyID: String
    private let key: RSAPrivateKey
    /// The token service; nil if none is asked, since Google's services accept what the account signed.
    private let tokenService: ServiceURL?

    /// Where keys that Google made in various years send their assertions.
    private static let googleTokenURIs = [
        "https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token",
        "https://www.googleapis.com/oauth2/v4/token",
    ]
    /// The longest lifetime that Google allows.
    private static let lifetime = Duration.seconds(3600)

    init(_ root: JSONNode) throws(GoogleCredentialFault) {
        guard let email = root["client_email"]?.string, email.isIdentity, let keyID = root["private_key_id"]?.string,
            keyID.isIdentity, let key = root["private_key"]?.withString({ RSAPrivateKey(pem: $0) }) ?? nil
        else { throw .key }
        self.email = email
        self.keyID = keyID
        self.key = key
        tokenService = try root["token_uri"]?.string.flatMap { uri throws(GoogleCredentialFault) in
            if Self.googleTokenURIs.contains(uri) { return nil }
            guard let url = ServiceURL(uri), LoopbackHost.isOne(url.base.name) else { throw .tokenURI }
            return url
        }
    }

    /// Makes a token. By AIP-4111, Google's services accept one that the account itself signed, which saves a call and
    /// a service that may fail. Only a key that names a token service on this machine is taken there (RFC 7523).
    func token(_ surroundings: Surroundings) async throws(ProviderError) -> BearerToken {
        let now = surroundings.now()
        guard let tokenService else {
            guard let token = BearerToken(selfSigned(at: now), expires: now.adding(Self.lifetime)) else {
                throw ProviderError(.unauthenticated, during: GoogleOperation.credentialFile.rawValue)
            }
            return token
        }
        var form = FormBody()
        form.append("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
        form.append("assertion", secret: assertion(to: tokenService.text, at: now))
        let answer = try await GoogleSignInCall(.grantToken, surroundings).post(form.finish(), to: tokenService)
        guard let token = BearerToken(oauth: answer, at: now) else {
            throw ProviderError(.corrupt, during: GoogleOperation.grantToken.rawValue)
        }
        return token
    }

    func selfSigned(at now: Timestamp) -> Secret {
        let claims = JSONObject()
        claims.set("iss", email)
        claims.set("sub", email)
        claims.set("scope", GoogleUniverse.scope)
        return signed(claims, at: now)
    }

    /// Makes an assertion, which is shown only to the token service.
    func assertion(to audience: String, at now: Timestamp) -> Secret {
        let claims = JSONObject()
        claims.set("iss", email)
        claims.set("scope", GoogleUniverse.scope)
        claims.set("aud", audience)
        return signed(claims, at: now)
    }

    private func signed(_ claims: JSONObject, at now: Timestamp) -> Secret {
        claims.set("iat", now.milliseconds / 1000)
        claims.set("exp", now.adding(Self.lifetime).milliseconds / 1000)
        let header = JSONObject()
        header.set("kid", keyID)
        return JSONWebToken.signed(claims, header: header, by: key, .rs256)
    }
}

extension String {
    /// Whether it may be an e-mail address or a key's id: short, and nothing that could break a sentence or a path.
    var isIdentity: Bool {
        (1...256).contains(utf8.count)
            && utf8.allSatisfy { byte in
                byte.isLetterOrDigit || "@._:-".utf8.contains(byte)
            }
    }
}
