package import Broker
import Transport
import WireJSON

/// Values in Azure Key Vault. Each version of a secret is one secret of the vault with one version; the vault chooses
/// its id.
///
/// Key Vault has no conditional write and no idempotency key: each SetSecret makes a further version. A create that got
/// no answer is repeated all the same. That results in two versions with the same bytes, and the last answer's is the
/// pin. Nor can the vault be asked in the same call whether the name was taken; no other call is spent on that, since
/// the name is new by its 80 random bits. Another value under the same name would be one more version, and what an
/// earlier pin reads would stay as it is.
///
/// Facts about the service are from its REST reference (7.4) and guide unless a comment says otherwise.
package struct AzureKeyVault: Driver, VersionedProvider {
    package static let kind = "azure"
    /// W&B's documentation has the second.
    package static let schemes = ["az-secretmanager", "az-secretmanger"]
    /// Azure's limit on a value, in bytes: Azure says "25 KB", and nowhere what it counts.
    static let maximumValueSize = 25_600
    /// A vault's quotas: 4,000 requests in 10 seconds, of which 300 may create a secret; a purge is two requests.
    static let rates: [StoreOperation: CallRate] = [
        .read: CallRate(perSecond: 340, burst: 1_700), .create: CallRate(perSecond: 30, burst: 150),
        .purge: CallRate(perSecond: 15, burst: 75),
    ]

    let settings: AzureSettings
    let source: any AzureCredentialSource
    let vault: AzureClient
    let deletion = AzureDeletion()
    let http: HTTPClient
    private let now: @Sendable () -> Timestamp

    package static func open(
        _ uri: StoreURI, as name: StoreName, in surroundings: Surroundings
    ) throws(StoreSettingError) -> SecretStore {
        var faults: [String] = []
        let settings = AzureSettings(uri, surroundings.environment, faults: &faults)
        let source = AzureCredentialChain.source(settings?.cloud ?? .commercial, surroundings, faults: &faults)
        guard let settings, let source, faults.isEmpty else { throw StoreSettingError(name, faults: faults) }
        return settings.store(
            named: name, provider: AzureKeyVault(settings, signingInBy: source, surroundings), now: surroundings.now)
    }

    init(
        _ settings: AzureSettings, signingInBy source: any AzureCredentialSource, _ surroundings: Surroundings,
        deadline: Duration = .seconds(10)
    ) {
        self.settings = settings
        self.source = source
        vault = AzureClient(
            vault: settings.vault, cloud: settings.cloud,
            client: SignedInClient(
                http: surroundings.http, signIns: TokenCache(source, clock: surroundings.now), deadline: deadline),
            now: surroundings.now)
        http = surroundings.http
        now = surroundings.now
    }

    package func create(
        _ value: Secret, at reference: Reference, note: ObjectNote
    ) async throws(ProviderError) -> Pin {
        let operation = AzureOperation.setSecret.rawValue
        let message: Secret
        do throws(JSONFault) {
            message = try SetSecretMessage(value: value, note: note).body()
        } catch {
            throw ProviderError(.rejected, during: operation)
        }
        let body = try await vault.call(.setSecret(reference, message))
        guard let version = SecretBundle(body)?.id.version(of: reference, in: settings.vault) else {
            throw ProviderError(.corrupt, during: operation)
        }
        return Pin(version)
    }

    package func read(_ reference: Reference, at pin: Pin) async throws(ProviderError) -> Secret {
        let operation = AzureOperation.getSecret.rawValue
        // Without a version, Azure would read the latest, and there can be no version of another form.
        guard SecretIdentifier.isVersion(pin.text) else { throw ProviderError(.absent, during: operation) }
        let answer = try await bundle(of: reference, version: pin.text)
        guard answer.version == pin.text else { throw ProviderError(.corrupt, during: operation) }
        return answer.value
    }

    package func currentPin(of reference: Reference) async throws(ProviderError) -> Pin {
        Pin(try await bundle(of: reference, version: nil).version)
    }

    private func bundle(
        of reference: Reference, version: String?
    ) async throws(ProviderError) -> (version: String, value: Secret) {
        let body = try await vault.call(.getSecret(reference, version: version))
        guard let answer = SecretBundle(body), let version = answer.id.version(of: reference, in: settings.vault) else {
            throw ProviderError(.corrupt, during: AzureOperation.getSecret.rawValue)
        }
        return (version, answer.value)
    }

    /// Deletes softly, and then for good if the vault lets the broker. If not, the vault does so by itself on a date
    /// that it names. A secret is gone if it is neither among the secrets nor among the deleted ones.
    package func purge(_ reference: Reference) async throws(ProviderError) -> Purge {
        let end = ContinuousClock.now + AzureDeletion.patience
        var deleted: DeletedSecretBundle?
        while ContinuousClock.now < end {
            let found = try await delete(reference, until: end)
            deleted = found ?? deleted
            if let deleted {
                guard let date = deleted.scheduledPurge else { return await deletion.ended(.gone) }
                guard deleted.isPurgeable else { return await deletion.ended(.held(until: date), by: .purgeProtection) }
            }
            do {
                try await AzureDeletion.wait(until: end) { () async throws(ProviderError) in
                    _ = try await vault.call(.purgeDeletedSecret(reference))
                }
                return await deletion.ended(.gone)
            } catch {
                if error.kind == .denied { return try await held(reference, deleted) }
                guard error.kind == .absent else { throw error }
                // What was just deleted is not visible yet, or an earlier attempt had purged it: the next round tells.
                guard found != nil else { return .gone }
            }
        }
        throw ProviderError(.busy, during: AzureOperation.purgeDeletedSecret.rawValue)
    }

    /// - Returns: nil if there is no such secret, or it was softly deleted before.
    private func delete(
        _ reference: Reference, until end: ContinuousClock.Instant
    ) async throws(ProviderError) -> DeletedSecretBundle? {
        let body: Secret
        do {
            body = try await AzureDeletion.wait(until: end) { () async throws(ProviderError) in
                try await vault.call(.deleteSecret(reference))
            }
        } catch {
            if error.kind == .absent || error.vendorCode == AzureFailure.softlyDeleted { return nil }
            throw error
        }
        guard let deleted = DeletedSecretBundle(body) else {
            throw ProviderError(.corrupt, during: AzureOperation.deleteSecret.rawValue)
        }
        return deleted
    }

    /// The outcome if the vault does not let the broker purge. It refuses before it looks for the object, so what was
    /// deleted earlier, or never existed, must be looked for.
    private func held(
        _ reference: Reference, _ deleted: DeletedSecretBundle?
    ) async throws(ProviderError) -> Purge {
        var deleted = deleted
        if deleted == nil {
            do {
                deleted = DeletedSecretBundle(try await vault.call(.getDeletedSecret(reference)))
            } catch {
                if error.kind == .absent { return .gone }
                guard error.kind == .denied else { throw error }
                // Nothing of it is in force. If it was softly deleted, its date passes by itself; and as it counts as
                // gone, it is purged once more, in case a create still arrives.
                return await deletion.ended(.gone, by: .missingPermission)
            }
        }
        guard let deleted, let date = deleted.scheduledPurge else {
            throw ProviderError(.corrupt, during: AzureOperation.getDeletedSecret.rawValue)
        }
        return await deletion.ended(
            .held(until: date), by: deleted.isPurgeable ? .missingPermission : .purgeProtection)
    }

    package func check() async -> [Finding] { await AzureCheck(self, now: now).findings() }
}

extension AzureSettings {
    fileprivate func store(
        named name: StoreName, provider: AzureKeyVault, now: @escaping @Sendable () -> Timestamp
    ) -> SecretStore {
        SecretStore(
            name: name, kind: AzureKeyVault.kind, identity: "\(vault.host)/\(namespace)", namespace: namespace,
            maximumValueSize: AzureKeyVault.maximumValueSize,
            // Secrets, unlike disks, cannot be put under the operator's own key.
            key: "Microsoft-managed", signIn: provider.source.name, warnings: warnings,
            rates: LoopbackHost.isOne(vault.name) ? [:] : AzureKeyVault.rates, provider: provider, now: now)
    }

    private var warnings: [Warning] {
        var warnings: [Warning] = []
        func warn(_ code: String, _ message: String) {
            warnings.append(Warning(code: code, message: message, docs: "providers/azure/README.md#\(code)"))
        }
        if isSchemeMisspelt {
            warn(
                "misspelt_scheme",
                "the store URI begins with az-secretmanger, as W&B's documentation has it: write az-secretmanager")
        }
        if namespace.isEmpty {
            warn(
                "no_namespace",
                "the store has no namespace, so the broker's secrets cannot be told from others in the vault by their"
                    + " names: add a namespace to the store URI before the first secret")
        }
        return warnings
    }
}
