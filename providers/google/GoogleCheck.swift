import Broker
import Cryptography
import Transport

/// Checks a store at Google by using it: who the broker is there, whether the clocks agree, and whether a secret made
/// for the purpose can go through every step.
struct GoogleCheck: Sendable {
    /// How far the date of a signed token may be off. Google says "a reasonable timeframe" and no number: this is what
    /// other clouds allow.
    private static let clockLimit = Duration.seconds(300)

    private let driver: GoogleSecretManager
    private let now: @Sendable () -> Timestamp

    init(_ driver: GoogleSecretManager, now: @escaping @Sendable () -> Timestamp) {
        self.driver = driver
        self.now = now
    }

    func findings() async -> [Finding] {
        let findings = GoogleFindings(
            driver.settings, signInBy: driver.source.name, authorities: driver.client.client.http.authorities)
        let clock = await Finding.clock(
            of: "Google", at: driver.settings.endpoint.text + "/", limit: Self.clockLimit, driver.client.client.http,
            now: now)
        if let error = await failureOfEveryCall() {
            // Every other step fails alike.
            return [findings.finding(error, during: .accessSecretVersion), clock].compactMap(\.self)
        }
        let identity = await driver.source.identity() ?? "somebody whom Google does not name"
        let signIn = Finding(
            .good, code: "signed_in", message: "signed in to Google as \(identity), by \(driver.source.name)")
        return [signIn, clock].compactMap(\.self) + (await canary(findings).findings())
    }

    /// Whatever Google says about a secret that is not there, it has taken the token.
    private func failureOfEveryCall() async -> ProviderError? {
        var random = SecureRandom()
        let absent = Reference(
            namespace: driver.settings.namespace, team: TeamName("secret-broker")!, name: SecretName("check")!,
            using: &random)
        do {
            _ = try await driver.read(absent, at: Self.firstPin)
            return nil
        } catch {
            return error.isOfEveryCall || GoogleOperation(signIn: error) != nil ? error : nil
        }
    }

    private static let firstPin = Pin(GoogleVersionNumber.first.text)

    private func canary(_ findings: GoogleFindings) -> CanaryCheck {
        CanaryCheck(
            cloud: "Google", provider: driver, namespace: driver.settings.namespace,
            pinOfAbsent: { _ in Self.firstPin }, makingCall: GoogleOperation.createSecret.rawValue,
            explain: { findings.finding($0, during: GoogleOperation($1)) })
    }
}

extension GoogleOperation {
    /// Nil for the error of a call of Secret Manager itself.
    init?(signIn error: ProviderError) {
        guard let operation = GoogleOperation(rawValue: error.operation), operation.isSignIn else { return nil }
        self = operation
    }

    var isSignIn: Bool {
        switch self {
        case .createSecret, .addSecretVersion, .accessSecretVersion, .deleteSecret: false
        case .credentialFile, .subjectToken, .grantToken, .exchangeToken, .generateAccessToken, .metadataToken: true
        }
    }

    fileprivate init(_ step: CanaryCheck.Step) {
        switch step {
        case .create: self = .createSecret
        case .read: self = .accessSecretVersion
        case .purge: self = .deleteSecret
        }
    }
}
