import Broker
import Transport
import WireJSON

/// A token for the Authorization header.
struct BearerToken: Sendable {
    let token: Secret
    /// Nil if the token does not expire, or nobody says when.
    let expires: Timestamp?

    /// Nil if the text cannot be in a header.
    init?(_ token: Secret, expires: Timestamp?) {
        guard (1...32_768).contains(token.byteCount), token.isPrintableASCII else { return nil }
        self.token = token
        self.expires = expires
    }

    /// Reads the answer of an OAuth 2 token endpoint, or of a cloud's metadata service: `access_token`, and
    /// `expires_in` in seconds, which some write as text. Nil for anything else.
    init?(oauth body: Secret, at now: Timestamp) {
        let parts = body.withBytes { bytes -> (token: Secret, lifetime: Int)? in
            guard let root = (try? JSONDocument(parsing: bytes, maximumDepth: 8))?.root,
                let token = root["access_token"]?.withString({ Secret(copying: $0) }),
                let lifetime = root["expires_in"].flatMap({ $0.integer ?? $0.string.flatMap(Int.init) }),
                (1...31_536_000).contains(lifetime)
            else { return nil }
            return (token, lifetime)
        }
        guard let parts else { return nil }
        self.init(parts.token, expires: now.adding(.seconds(parts.lifetime)))
    }

    var header: HTTPHeader {
        var value = SecretBuffer(limit: token.byteCount + 8)
        try? value.append("Bearer ")
        token.withBytes { try? value.append($0) }
        return HTTPHeader("Authorization", secret: value.finish())
    }
}

/// A way to get a provider's tokens.
protocol BearerTokenSource: Sendable {
    /// The source's name for people: `a client secret`, `the metadata server`.
    var name: String { get }

    /// Gets a token, bounded in time. Called again when the token is about to expire, or was refused.
    ///
    /// - Throws: `unauthenticated` if there is none to be had, `unavailable` and `throttled` if there may be one later.
    func token() async throws(ProviderError) -> BearerToken
}

extension TokenCache<BearerToken> {
    /// Caches what a source gives, and renews it five minutes before it expires.
    init(_ source: any BearerTokenSource, clock: @escaping @Sendable () -> Timestamp) {
        self.init(refreshAhead: .seconds(300), clock: clock) { () async throws(ProviderError) in
            let token = try await source.token()
            return (token, token.expires)
        }
    }
}
