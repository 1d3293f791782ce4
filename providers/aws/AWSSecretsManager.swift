package import Broker
import Transport

/// Values in AWS Secrets Manager. Each version of a secret is one AWS secret with one version, whose id the driver
/// chooses, so that a create that got no answer can simply be repeated.
///
/// Facts about the service are from its API model and guide (2017-10-17) unless a comment says otherwise.
package struct AWSSecretsManager: Driver, VersionedProvider {
    package static let kind = "aws"
    package static let schemes = ["aws-secretmanager"]
    /// AWS's limit on a value, in bytes.
    static let maximumValueSize = 65_536
    /// The quotas of an account in one region. Those of another endpoint are not known.
    static let rates: [StoreOperation: CallRate] = [
        .read: CallRate(perSecond: 10_000, burst: 2_000), .create: CallRate(perSecond: 50, burst: 50),
        .purge: CallRate(perSecond: 50, burst: 50),
    ]

    let settings: AWSSettings
    let secretsManager: AWSClient
    let securityTokens: AWSClient
    let http: HTTPClient
    /// Where the credentials come from, for people.
    let signIn: String
    private let now: @Sendable () -> Timestamp

    package static func open(
        _ uri: StoreURI, as name: StoreName, in surroundings: Surroundings
    ) throws(StoreSettingError) -> SecretStore {
        var faults: [String] = []
        guard let driver = AWSSecretsManager(uri, surroundings, faults: &faults) else {
            throw StoreSettingError(name, faults: faults)
        }
        return driver.settings.store(named: name, provider: driver, now: surroundings.now)
    }

    /// Nil, with a sentence for each fault, unless all settings are good.
    init?(
        _ uri: StoreURI, _ surroundings: Surroundings, deadline: Duration = .seconds(10), faults: inout [String]
    ) {
        let profiles = AWSProfiles(surroundings.environment, faults: &faults)
        let settings = AWSSettings(uri, surroundings.environment, profiles, faults: &faults)
        // With faulty settings the driver is not made, but a fault of the sign-in is reported along with them.
        let chain = AWSCredentialChain(
            surroundings: surroundings, profiles: profiles, securityTokens: settings?.securityTokens ?? .unset)
        guard let base = chain.source(faults: &faults), let settings, faults.isEmpty else { return nil }
        let source: any AWSCredentialSource =
            settings.role.map {
                AWSAssumedRoleCredentials($0, as: base, settings.securityTokens, in: surroundings)
            } ?? base
        let client = SignedInClient(
            http: surroundings.http, signIns: TokenCache(source, clock: surroundings.now), deadline: deadline)
        self.settings = settings
        signIn = source.name
        secretsManager = AWSClient(endpoint: settings.secretsManager, client: client, now: surroundings.now)
        securityTokens = AWSClient(endpoint: settings.securityTokens, client: client, now: surroundings.now)
        http = surroundings.http
        now = surroundings.now
    }

    /// Creates a secret. With the same reference and value it is the same request, and AWS answers it with success each
    /// time; with another value, the answer is `ResourceExistsException`.
    package func create(
        _ value: Secret, at reference: Reference, note: ObjectNote
    ) async throws(ProviderError) -> Pin {
        let request = CreateSecretRequest(reference: reference, value: value, note: note, keyID: settings.keyID)
        let body = try await secretsManager.call(.createSecret, request.body)
        guard let answer = CreateSecretAnswer(body), answer.name == reference.text else {
            throw ProviderError(.corrupt, during: AWSOperation.createSecret.rawValue)
        }
        return answer.version.pin
    }

    package func read(_ reference: Reference, at pin: Pin) async throws(ProviderError) -> Secret {
        let operation = AWSOperation.getSecretValue
        guard let version = ObjectVersion(pin) else { throw ProviderError(.absent, during: operation.rawValue) }
        let answer = try await value(of: reference, versionID: version.id)
        guard answer.versionID == version.id else { throw ProviderError(.corrupt, during: operation.rawValue) }
        guard version.isOf(answer.arn) else { throw ProviderError(.absent, during: operation.rawValue) }
        return answer.value
    }

    package func currentPin(of reference: Reference) async throws(ProviderError) -> Pin {
        let answer = try await value(of: reference, versionID: nil)
        return ObjectVersion(id: answer.versionID, arn: answer.arn).pin
    }

    private func value(
        of reference: Reference, versionID: String?
    ) async throws(ProviderError) -> GetSecretValueAnswer {
        let operation = AWSOperation.getSecretValue
        let request = GetSecretValueRequest(reference: reference, versionID: versionID)
        let body = try await secretsManager.call(operation, request.body)
        guard let answer = GetSecretValueAnswer(body),
            answer.name == reference.text || answer.arn == reference.text
        else { throw ProviderError(.corrupt, during: operation.rawValue) }
        return answer
    }

    /// Deletes a secret. Without a recovery window AWS does so in the background, within seconds, and answers with
    /// success even for a secret that is absent or already scheduled for deletion.
    package func purge(_ reference: Reference) async throws(ProviderError) -> Purge {
        let request = DeleteSecretRequest(reference: reference, recoveryDays: settings.recoveryDays)
        let body: Secret
        do {
            body = try await secretsManager.call(.deleteSecret, request.body)
        } catch {
            return try await outcome(of: reference, refusedWith: error)
        }
        // Whatever else answers 200, such as a proxy's page, has deleted nothing.
        guard let answer = DeleteSecretAnswer(body), answer.name == reference.text else {
            throw ProviderError(.corrupt, during: AWSOperation.deleteSecret.rawValue)
        }
        guard let days = settings.recoveryDays else { return .gone }
        return .held(until: answer.deletionDate ?? latestEnd(days))
    }

    /// The outcome of a delete that was refused. With a recovery window, AWS refuses a second delete with a name that
    /// says no more than "invalid request". A read tells whether that is because the first one succeeded.
    private func outcome(
        of reference: Reference, refusedWith error: ProviderError
    ) async throws(ProviderError) -> Purge {
        if error.kind == .absent { return .gone }
        guard error.kind == .rejected, let days = settings.recoveryDays else { throw error }
        do {
            _ = try await read(reference, at: Pin(ClientRequestToken(for: reference).text))
        } catch {
            if error.kind == .absent { return .gone }
            if error.kind == .disabled { return .held(until: latestEnd(days)) }
        }
        throw error
    }

    /// The latest end of a deletion. Only a holder of DescribeSecret learns when it was ordered, but it was before now.
    private func latestEnd(_ days: Int) -> Timestamp { now().adding(.seconds(days * 86_400)) }

    package func check() async -> [Finding] { await AWSCheck(self, now: now).findings() }
}

extension AWSSettings {
    fileprivate func store(
        named name: StoreName, provider: AWSSecretsManager, now: @escaping @Sendable () -> Timestamp
    ) -> SecretStore {
        let place = "\(secretsManager.region.name)/\(namespace)"
        return SecretStore(
            name: name, kind: AWSSecretsManager.kind,
            identity: secretsManager.foreign.map { "\(place) at \($0.text)" } ?? place,
            namespace: namespace, maximumValueSize: AWSSecretsManager.maximumValueSize,
            key: keyID ?? "aws/secretsmanager", signIn: provider.signIn, warnings: warnings,
            rates: secretsManager.foreign == nil ? AWSSecretsManager.rates : [:], provider: provider, now: now)
    }

    private var warnings: [Warning] {
        var warnings: [Warning] = []
        func warn(_ code: String, _ message: String) {
            warnings.append(Warning(code: code, message: message, docs: "providers/aws/README.md#\(code)"))
        }
        if let recoveryDays {
            warn(
                "recovery_window_keeps_value",
                "AWS keeps a rotated or deleted value for another \(recoveryDays) days, in which whoever may"
                    + " RestoreSecret can bring it back: remove recovery_days from the store URI to delete at once")
        }
        if namespace.isEmpty {
            warn(
                "no_namespace",
                "the store has no namespace, so the broker's grant cannot be narrowed to its own secrets: add"
                    + " namespace=NAME to the store URI before the first secret")
        }
        return warnings
    }
}
