import Broker
import Transport
import WireJSON

/// A token that stands in the Authorization header.
struct BearerToken: Sendable {
    let token: Secret
    /// Nil: it does not expire, or nobody says when.
    let expires: Timestamp?

    /// Nil for what could not stand in a header.
    init?(_ token: Secret, expires: Timestamp?) {
        guard (1...32_768).contains(token.byteCount), token.isPrintableASCII else { return nil }
        self.token = token
        self.expires = expires
    }

    /// What an OAuth 2 token endpoint, and a cloud's metadata service, answer: `access_token` and `expires_in` in
    /// seconds, which some write as text. Nil for anything else.
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

/// One place where a provider's tokens may be had.
protocol BearerTokenSource: Sendable {
    /// For people: `a client secret`, `the metadata server`.
    var name: String { get }

    /// Bounded in time. Called again when the token is about to expire, or was refused.
    ///
    /// - Throws: `unauthenticated` where there is none to be had, `unavailable` and `throttled` where there may be later.
    func token() async throws(ProviderError) -> BearerToken
}

extension TokenCache<BearerToken> {
    /// What a source gives, renewed five minutes before it expires.
    init(_ source: any BearerTokenSource, clock: @escaping @Sendable () -> Timestamp) {
        self.init(refreshAhead: .seconds(300), clock: clock) { () async throws(ProviderError) in
            let token = try await source.token()
            return (token, token.expires)
        }
    }
}
