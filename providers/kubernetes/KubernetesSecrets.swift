package import Broker
import Transport

/// Values in the Secrets of a Kubernetes cluster: the fallback where there is no secret manager, and discouraged. Each
/// version of a secret is one immutable Secret, and its uid is the pin, so that another object of the same name is
/// never served.
///
/// Only create, get and delete are called, never list: W&B's own Role grants no more.
package struct KubernetesSecrets: Driver {
    package static let kind = "kubernetes"
    package static let schemes = ["k8s-secretmanager"]
    /// The limit on a value, in bytes. Half of what a Secret may hold, so that etcd's limit on a request is never near.
    static let maximumValueSize = 524_288

    let settings: KubernetesSettings
    let access: KubernetesAccess
    let api: KubernetesClient

    package static func open(
        _ uri: StoreURI, as name: StoreName, in surroundings: Surroundings
    ) throws(StoreSettingError) -> SecretStore {
        var faults: [String] = []
        let access = KubernetesAccess(surroundings.environment, faults: &faults)
        let settings = KubernetesSettings(uri, surroundings.environment, access, faults: &faults)
        guard let settings, let access, faults.isEmpty else { throw StoreSettingError(name, faults: faults) }
        let provider: KubernetesSecrets
        do throws(HTTPClientFault) {
            provider = try KubernetesSecrets(settings, access, now: surroundings.now)
        } catch {
            throw StoreSettingError(name, faults: [error.sentence])
        }
        return SecretStore(
            name: name, kind: kind,
            identity: "\(access.server.text)/\(settings.kubernetesNamespace)/\(settings.namespace)",
            namespace: settings.namespace, maximumValueSize: maximumValueSize,
            key: "not known: encryption at rest cannot be seen through the API",
            signIn: access.name, warnings: [settings.notRecommended], rates: [:], provider: provider,
            now: surroundings.now)
    }

    /// Makes a client of the store's own, for the cluster's own CA and a certificate for the broker.
    init(
        _ settings: KubernetesSettings, _ access: KubernetesAccess, deadline: Duration = .seconds(10),
        now: @escaping @Sendable () -> Timestamp
    ) throws(HTTPClientFault) {
        let signIns = TokenCache<KubernetesSignIn>(refreshAhead: .seconds(10), clock: now) {
            () async throws(ProviderError) in
            let signIn = try access.signIn(at: now())
            return (signIn, signIn.token?.expires)
        }
        self.settings = settings
        self.access = access
        api = KubernetesClient(
            server: access.server,
            client: SignedInClient(http: try HTTPClient(access.transport), signIns: signIns, deadline: deadline),
            now: now)
    }

    package func create(
        _ value: Secret, at reference: Reference, note: ObjectNote
    ) async throws(ProviderError) -> Pin {
        let operation = KubernetesOperation.createSecret
        guard reference.isNameOfObject else { throw ProviderError(.rejected, during: operation.rawValue) }
        let request = CreateSecretObject(reference: reference, value: value, note: note)
        let body: Secret
        do {
            body = try await api.call(operation, "POST", settings.path, request.body)
        } catch {
            guard error.kind == .conflict else { throw error }
            return try await pin(of: reference, holding: value, else: error)
        }
        guard let object = KubernetesSecret(body), object.name == reference.text else {
            throw ProviderError(.corrupt, during: operation.rawValue)
        }
        return Pin(object.uid)
    }

    /// The pin of an existing object of this name. It is ours if it holds the value: an earlier create got no answer.
    private func pin(
        of reference: Reference, holding value: Secret, else conflict: ProviderError
    ) async throws(ProviderError) -> Pin {
        let object: KubernetesSecret
        do {
            object = try await get(reference)
        } catch {
            throw error.kind == .absent ? conflict : error
        }
        guard !object.isBeingDeleted, object.brokersValue?.matches(value) == true else { throw conflict }
        return Pin(object.uid)
    }

    package func read(_ reference: Reference, at pin: Pin) async throws(ProviderError) -> Secret {
        let operation = KubernetesOperation.getSecret.rawValue
        let object = try await get(reference)
        guard object.uid == pin.text else { throw ProviderError(.absent, during: operation) }
        guard !object.isBeingDeleted else { throw ProviderError(.disabled, during: operation) }
        guard let value = object.brokersValue else { throw ProviderError(.corrupt, during: operation) }
        return value
    }

    private func get(_ reference: Reference) async throws(ProviderError) -> KubernetesSecret {
        let operation = KubernetesOperation.getSecret
        // There can be no such object, and the name would not be safe in a path.
        guard reference.isNameOfObject else { throw ProviderError(.absent, during: operation.rawValue) }
        let body = try await api.call(operation, "GET", settings.path(of: reference))
        guard let object = KubernetesSecret(body), object.name == reference.text else {
            throw ProviderError(.corrupt, during: operation.rawValue)
        }
        return object
    }

    /// Deletes the object. If a finalizer holds it back, it stays readable in the cluster, and that is no purge.
    package func purge(_ reference: Reference) async throws(ProviderError) -> Purge {
        let operation = KubernetesOperation.deleteSecret
        guard reference.isNameOfObject else { return .gone }
        let body: Secret
        do {
            body = try await api.call(operation, "DELETE", settings.path(of: reference))
        } catch {
            if error.kind == .absent { return .gone }
            throw error
        }
        switch KubernetesDeletion(body) {
        case .deleted: return .gone
        case .held: throw ProviderError(.rejected, during: operation.rawValue, vendorCode: "finalizers")
        case nil: throw ProviderError(.corrupt, during: operation.rawValue)
        }
    }

    package func check() async -> [Finding] { await KubernetesCheck(self).findings() }
}
