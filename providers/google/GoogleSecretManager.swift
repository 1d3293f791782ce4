package import Broker
import Transport
import WireJSON

/// Values in Google Secret Manager. Each version of a secret is one Google secret with one version, and is read only by
/// that version's number: what Google says about `latest` converges in its own time, what it says about a number holds
/// at once.
///
/// Facts about the service are from its discovery document (v1, revision 20261021) and guide unless a comment says
/// otherwise.
package struct GoogleSecretManager: Driver, VersionedProvider {
    package static let kind = "google"
    package static let schemes = ["gcp-secretmanager"]
    /// Google's limit on a value, in bytes.
    static let maximumValueSize = 65_536
    /// A project's quotas: it takes 90,000 accesses and 600 writes a minute; a create is two writes. Another endpoint's
    /// quotas are not known.
    static let rates: [StoreOperation: CallRate] = [
        .read: CallRate(perSecond: 1_500, burst: 3_000), .create: CallRate(perSecond: 3, burst: 60),
        .purge: CallRate(perSecond: 4, burst: 80),
    ]

    let settings: GoogleSettings
    let client: GoogleClient
    let source: any GoogleCredentialSource
    private let now: @Sendable () -> Timestamp

    package static func open(
        _ uri: StoreURI, as name: StoreName, in surroundings: Surroundings
    ) throws(StoreSettingError) -> SecretStore {
        var faults: [String] = []
        let settings = GoogleSettings(uri, surroundings.environment, faults: &faults)
        let source = GoogleCredentialChain.source(surroundings, faults: &faults)
        guard let settings, let source, faults.isEmpty else { throw StoreSettingError(name, faults: faults) }
        return settings.store(
            named: name, provider: GoogleSecretManager(settings, signingInBy: source, surroundings),
            now: surroundings.now)
    }

    init(
        _ settings: GoogleSettings, signingInBy source: any GoogleCredentialSource, _ surroundings: Surroundings,
        deadline: Duration = .seconds(10)
    ) {
        self.settings = settings
        self.source = source
        client = GoogleClient(
            endpoint: settings.endpoint,
            client: SignedInClient(
                http: surroundings.http, signIns: TokenCache(source, clock: surroundings.now), deadline: deadline),
            now: surroundings.now)
        now = surroundings.now
    }

    /// Creates an object with two calls: for the secret, and for its first version. Google knows no id of a request, so
    /// a repeated AddSecretVersion whose answer was lost adds a second version with the same bytes; the pin is the
    /// number that was answered.
    package func create(
        _ value: Secret, at reference: Reference, note: ObjectNote
    ) async throws(ProviderError) -> Pin {
        do throws(ProviderError) {
            let body = try await client.call(settings.createSecret(reference, note))
            guard GoogleSecretAnswer(body, of: reference) != nil else {
                throw ProviderError(.corrupt, during: GoogleOperation.createSecret.rawValue)
            }
        } catch {
            guard error.kind == .conflict else { throw error }
            if let pin = try await pin(of: value, at: reference) { return pin }
        }
        return try await addVersion(value, to: reference)
    }

    /// The pin of a secret that exists already, from an earlier attempt, which may have ended before there was a
    /// version. Version 1 is what was written first, and cannot change.
    ///
    /// - Returns: nil if there is no version.
    /// - Throws: `conflict` for another value.
    private func pin(of value: Secret, at reference: Reference) async throws(ProviderError) -> Pin? {
        let pin = Pin(GoogleVersionNumber.first.text)
        let found: Secret
        do throws(ProviderError) {
            found = try await read(reference, at: pin)
        } catch {
            guard error.kind == .absent else { throw error }
            return nil
        }
        guard found.matches(value) else {
            throw ProviderError(.conflict, during: GoogleOperation.createSecret.rawValue)
        }
        return pin
    }

    private func addVersion(_ value: Secret, to reference: Reference) async throws(ProviderError) -> Pin {
        let request = settings.addVersion(value, to: reference)
        var delays = Self.settling[...]
        while true {
            do {
                let body = try await client.call(request)
                if let answer = GoogleVersionAnswer(body, of: reference) { return Pin(answer.number.text) }
            } catch {
                guard error.kind == .absent else { throw error }
                // The secret is not visible yet, or was purged meanwhile: either way there is no value, and a new
                // attempt may do.
                guard let delay = delays.popFirst(), (try? await Task.sleep(for: delay)) != nil else {
                    throw ProviderError(
                        .busy, during: error.operation, vendorCode: error.vendorCode, requestID: error.requestID)
                }
                continue
            }
            throw ProviderError(.corrupt, during: request.operation.rawValue)
        }
    }

    /// The pauses while a new secret is waited for: its creation converges, as does everything but a version's access.
    private static let settling = [200, 500, 1000].map(Duration.milliseconds)

    package func read(_ reference: Reference, at pin: Pin) async throws(ProviderError) -> Secret {
        let operation = GoogleOperation.accessSecretVersion
        // There can be no such version, and an alias must not be followed.
        guard let number = GoogleVersionNumber(pin.text) else {
            throw ProviderError(.absent, during: operation.rawValue)
        }
        let answer = try await access(number, of: reference)
        guard answer.number == number else { throw ProviderError(.corrupt, during: operation.rawValue) }
        return answer.value
    }

    package func currentPin(of reference: Reference) async throws(ProviderError) -> Pin {
        Pin(try await access(nil, of: reference).number.text)
    }

    private func access(
        _ number: GoogleVersionNumber?, of reference: Reference
    ) async throws(ProviderError) -> GoogleAccessAnswer {
        let body = try await client.call(settings.accessVersion(number, of: reference))
        guard let answer = GoogleAccessAnswer(body, of: reference) else {
            throw ProviderError(.corrupt, during: GoogleOperation.accessSecretVersion.rawValue)
        }
        return answer
    }

    /// Deletes the secret at once and for good, with every version.
    package func purge(_ reference: Reference) async throws(ProviderError) -> Purge {
        let request = settings.deleteSecret(reference)
        do throws(ProviderError) {
            let body = try await client.call(request)
            // The answer is an empty message. Anything else with status 200 has deleted nothing.
            guard body.json?.kind == .object else { throw ProviderError(.corrupt, during: request.operation.rawValue) }
        } catch {
            guard error.kind == .absent else { throw error }
        }
        return .gone
    }

    package func check() async -> [Finding] { await GoogleCheck(self, now: now).findings() }
}

extension GoogleSettings {
    fileprivate func store(
        named name: StoreName, provider: GoogleSecretManager, now: @escaping @Sendable () -> Timestamp
    ) -> SecretStore {
        let place = ([project.text, replication.location?.text].compactMap(\.self) + [namespace]).joined(separator: "/")
        return SecretStore(
            name: name, kind: GoogleSecretManager.kind,
            identity: foreign.map { "\(place) at \($0.text)" } ?? place,
            namespace: namespace, maximumValueSize: GoogleSecretManager.maximumValueSize,
            key: replication.keys.isEmpty ? "Google's own" : replication.keys.map(\.name).joined(separator: ","),
            signIn: provider.source.name, warnings: warnings,
            rates: foreign == nil ? GoogleSecretManager.rates : [:], provider: provider, now: now)
    }

    private var warnings: [Warning] {
        guard namespace.isEmpty else { return [] }
        let code = "no_namespace"
        return [
            Warning(
                code: code,
                message: "the store has no namespace, so the broker's grant cannot be narrowed to its own secrets: add"
                    + " namespace=NAME to the store URI before the first secret",
                docs: "providers/google/README.md#\(code)")
        ]
    }
}
