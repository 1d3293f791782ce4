import Broker
import Transport

/// The role that a signed-in identity assumes. That identity signs in, and renews its credentials, by itself.
struct AWSAssumedRoleCredentials: AWSCredentialSource {
    let name: String
    private let session: AWSRoleSession
    private let securityTokens: AWSClient

    init(
        _ session: AWSRoleSession, as base: any AWSCredentialSource, _ securityTokens: AWSEndpoint,
        in surroundings: Surroundings
    ) {
        name = "\(base.name), then the role \(session.role)"
        self.session = session
        self.securityTokens = AWSClient(
            endpoint: securityTokens,
            client: SignedInClient(
                http: surroundings.http, signIns: TokenCache(base, clock: surroundings.now),
                deadline: AWSClient.signInDeadline),
            now: surroundings.now)
    }

    func credentials() async throws(ProviderError) -> AWSCredentials {
        let answer = try await securityTokens.call(.assumeRole, session.request(.assumeRole))
        guard let credentials = AWSCredentials(securityTokens: answer) else {
            throw ProviderError(.corrupt, during: AWSOperation.assumeRole.rawValue)
        }
        return credentials
    }
}
