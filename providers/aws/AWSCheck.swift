import Broker
import Transport

/// Checks a store at AWS by using it: who the broker is there, whether the clocks agree, and whether a secret made for
/// the purpose can go through every step.
struct AWSCheck: Sendable {
    /// How far the date of a signature may differ from AWS's own before it is refused.
    private static let clockLimit = Duration.seconds(300)

    private let driver: AWSSecretsManager
    private let now: @Sendable () -> Timestamp

    init(_ driver: AWSSecretsManager, now: @escaping @Sendable () -> Timestamp) {
        self.driver = driver
        self.now = now
    }

    func findings() async -> [Finding] {
        let clock = await Finding.clock(
            of: "AWS", at: driver.settings.secretsManager.base + "/", limit: Self.clockLimit, driver.http, now: now)
        let signIn: Finding
        var account: String?
        do {
            let identity = try await callerIdentity()
            account = identity.account
            signIn = Finding(
                .good, code: "signed_in", message: "signed in to AWS as \(identity.arn), by \(driver.signIn)")
        } catch {
            signIn = findings(nil).finding(error, during: .getCallerIdentity)
        }
        // Without credentials, every other step fails in the same way.
        guard signIn.severity != .failure else { return [signIn, clock].compactMap(\.self) }
        return [signIn, clock].compactMap(\.self) + (await canary(account).findings())
    }

    /// Whatever else answers 200, such as a proxy's page, does not say that the broker is signed in.
    private func callerIdentity() async throws(ProviderError) -> GetCallerIdentityAnswer {
        let body = try await driver.securityTokens.call(.getCallerIdentity, GetCallerIdentityAnswer.requestBody)
        guard let identity = GetCallerIdentityAnswer(body) else {
            throw ProviderError(.corrupt, during: AWSOperation.getCallerIdentity.rawValue)
        }
        return identity
    }

    private func findings(_ account: String?) -> AWSFindings {
        AWSFindings(
            driver.settings, signIn: driver.signIn, authorities: driver.http.authorities, account: account)
    }

    private func canary(_ account: String?) -> CanaryCheck {
        let findings = findings(account)
        return CanaryCheck(
            cloud: "AWS", provider: driver, namespace: driver.settings.namespace,
            pinOfAbsent: { Pin(ClientRequestToken(for: $0).text) },
            explain: { findings.finding($0, during: AWSOperation($1)) })
    }
}

extension AWSOperation {
    fileprivate init(_ step: CanaryCheck.Step) {
        switch step {
        case .create: self = .createSecret
        case .read: self = .getSecretValue
        case .purge: self = .deleteSecret
        }
    }
}
