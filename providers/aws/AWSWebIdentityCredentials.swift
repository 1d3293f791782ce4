import Broker
import Transport

/// The role that the bearer of a token in a file assumes, such as an EKS pod with a service account (IRSA).
struct AWSWebIdentityCredentials: AWSCredentialSource {
    let name: String
    private let session: AWSRoleSession
    private let securityTokens: AWSEndpoint
    private let client: SignedInClient<Secret>
    private let now: @Sendable () -> Timestamp

    private static let operation = AWSOperation.assumeRoleWithWebIdentity
    /// The sizes of a token that STS's API model allows, in bytes.
    private static let tokenSizes = 4...20_000

    /// - Parameter place: where the file is named, for people: `the default profile`; nil: in the environment.
    init(
        _ session: AWSRoleSession, tokenFile: String, of place: String? = nil, _ securityTokens: AWSEndpoint,
        in surroundings: Surroundings
    ) {
        name = "the web identity token file" + (place.map { " of \($0)" } ?? "")
        self.session = session
        self.securityTokens = securityTokens
        now = surroundings.now
        // Whoever renews the token replaces the file, so what was read is immediately out of date.
        let tokens = TokenCache<Secret>(refreshAhead: .zero, clock: now) { [now] () async throws(ProviderError) in
            (try Self.token(in: tokenFile), now())
        }
        client = SignedInClient(http: surroundings.http, signIns: tokens, deadline: AWSClient.signInDeadline)
    }

    func credentials() async throws(ProviderError) -> AWSCredentials {
        let answer = try await client.call(Self.operation.rawValue) { token in
            HTTPCall(
                "POST", securityTokens.base + "/", headers: [HTTPHeader("Content-Type", AWSClient.formType)],
                body: session.request(Self.operation, token: token), maximumAnswerSize: 64 << 10)
        } refusal: {
            AWSFailure.refusal($0, during: Self.operation, at: now())
        }
        guard let credentials = AWSCredentials(securityTokens: answer.body) else {
            throw ProviderError(.corrupt, during: Self.operation.rawValue)
        }
        return credentials
    }

    private static func token(in file: String) throws(ProviderError) -> Secret {
        guard let token = try? SecretFile.read(file, upTo: tokenSizes.upperBound + 2).trimmed,
            tokenSizes.contains(token.byteCount), token.isPrintableASCII
        else { throw ProviderError(.unauthenticated, during: AWSOperation.webIdentityToken.rawValue) }
        return token
    }
}
