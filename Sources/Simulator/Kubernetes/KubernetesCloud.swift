import Broker
import Cryptography
import WireJSON

/// The simulated API server: who may sign in, and what is stored. Answers one call at a time.
actor KubernetesCloud {
    private let settings: SimulatedKubernetesSettings
    private let control: KubernetesAccessControl
    private var tokens: [KubernetesToken] = []
    private var secrets: SecretObjects

    init(_ settings: SimulatedKubernetesSettings) {
        self.settings = settings
        control = KubernetesAccessControl(bindings: settings.bindings)
        secrets = SecretObjects(settings)
    }

    func answer(_ operation: KubernetesOperation, to request: CloudRequest, arrived: Timestamp) -> CloudAnswer {
        do throws(KubernetesFault) {
            let caller = try authenticate(request, at: arrived)
            // Of the real server's formats, protobuf and CBOR are not simulated.
            if let type = request.header("content-type"), !type.hasPrefix("application/json") { throw .noMediaType }
            switch operation {
            case .secrets(let verb, let namespace, let name):
                return try perform(verb, namespace, name, request, as: caller)
            case .review(let kind, let namespace):
                return try review(kind, namespace, request, as: caller)
            case .version: return .kubernetes(KubernetesDiscovery.version)
            case .discovery(let path): return .kubernetes(KubernetesDiscovery.answer(path))
            }
        } catch {
            return .kubernetes(error)
        }
    }

    /// Finds out who is calling. A certificate comes before a token; without either, the caller is anonymous. An
    /// unknown token is refused.
    private func authenticate(_ request: CloudRequest, at now: Timestamp) throws(KubernetesFault) -> KubernetesUser {
        if let subject = request.clientCertificate?.subject {
            return KubernetesUser(
                name: subject.commonName, groups: subject.organizations + ["system:authenticated"])
        }
        guard let header = request.header("authorization") else { return .anonymous }
        guard header.hasPrefix("Bearer ") else { throw .unauthorized }
        let sent = Secret(String(header.dropFirst("Bearer ".count)))
        let token = tokens.first { $0.text.matches(sent) && ($0.expires.map { now < $0 } ?? true) }
        guard let token else { throw .unauthorized }
        return token.user
    }

    private func perform(
        _ verb: KubernetesOperation.SecretVerb, _ namespace: String?, _ name: String?, _ request: CloudRequest,
        as caller: KubernetesUser
    ) throws(KubernetesFault) -> CloudAnswer {
        guard control.allows(caller, verb.rawValue, "secrets", in: namespace) else {
            throw .forbidden(caller, verb.rawValue, "secrets", in: namespace)
        }
        let (now, place, name) = (settings.clock(), namespace ?? "", name ?? "")
        switch verb {
        case .create:
            let sent = try SentSecret(request.body, in: place, name: nil, at: now)
            return .kubernetes(try secrets.create(sent, in: place).json, status: 201)
        case .get: return .kubernetes(try secrets.get(name, in: place).json)
        case .list: return .kubernetes(secrets.list(in: namespace))
        case .update:
            let sent = try SentSecret(request.body, in: place, name: name, at: now)
            return .kubernetes(try secrets.update(sent, in: place).json)
        case .delete:
            return .kubernetes(try secrets.delete(name, in: place, options: request.body, at: now))
        }
    }

    private func review(
        _ kind: KubernetesOperation.ReviewKind, _ namespace: String?, _ request: CloudRequest,
        as caller: KubernetesUser
    ) throws(KubernetesFault) -> CloudAnswer {
        let isAboutCaller = kind != .localAccess
        let isAllowed =
            isAboutCaller
            ? settings.allowsSelfReviews && caller != .anonymous
            : control.allows(caller, "create", kind.resource, in: namespace)
        guard isAllowed else { throw .forbidden(caller, "create", kind.resource, in: namespace) }
        let reviews = KubernetesReviews(control: control, caller: caller)
        return .kubernetes(try reviews.answer(kind, request.body, in: namespace), status: 201)
    }
}

struct KubernetesToken: Sendable {
    let text: Secret
    let user: KubernetesUser
    let expires: Timestamp?
}

// What tests, `dev` and the kubelet do to the cluster, bypassing its API.
extension KubernetesCloud {
    func issueToken(to user: KubernetesUser) -> Secret {
        let text = RandomText.secret(80)
        let expires = settings.tokenLifetime.map { settings.clock().adding($0) }
        tokens.append(KubernetesToken(text: text, user: user, expires: expires))
        return text
    }

    func revokeTokens() {
        tokens = []
    }

    func objects() -> [SecretObject] { Array(secrets.objects.values) }

    func remove(_ name: String) {
        secrets.remove(name)
    }

    func replace(_ name: String, with value: Secret) {
        let namespace = secrets.objects.keys.first { $0.name == name }?.namespace ?? "wandb"
        let text = value.withBytes { bytes in Secret(Base64.encode(bytes)) }
        secrets.replace(
            name, in: namespace,
            with: SecretObject(
                namespace: namespace, name: name, uid: RandomText.uuid(), created: settings.clock(), labels: [:],
                annotations: [:], type: "Opaque", isImmutable: true, data: ["value": text]))
    }

    /// Stores an object that a test made.
    func store(_ object: SecretObject) {
        secrets.replace(object.name, in: object.namespace, with: object)
    }

    func holds(_ value: Secret) -> Bool {
        secrets.objects.values.contains { object in
            object.data.values.contains { text in
                var isSame = false
                let isBase64 = text.withBytes { Base64.decode($0) { isSame = value.matches(Secret(copying: $0)) } }
                return isBase64 && isSame
            }
        }
    }
}
