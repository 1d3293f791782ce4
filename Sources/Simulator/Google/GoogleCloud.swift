import Broker

/// The simulated project: who may sign in, what is stored, what the machine is given. Answers one call at a time.
actor GoogleCloud {
    let settings: SimulatedGoogleSettings
    var tokens: GoogleTokens
    private var secretManager: SecretManager

    init(_ settings: SimulatedGoogleSettings) {
        self.settings = settings
        tokens = GoogleTokens(settings)
        secretManager = SecretManager(settings)
    }

    /// - Parameter arrived: when the token must be valid. The effect is at the present time: the request may have been
    ///   held in between.
    func answer(_ operation: GoogleCloudOperation, to request: CloudRequest, arrived: Timestamp) -> CloudAnswer {
        switch operation {
        case .secretManager(let operation, let resource):
            answer { () throws(GoogleFault) in try perform(operation, on: resource, request, at: arrived) }
        case .generateAccessToken(let email):
            answer { () throws(GoogleFault) in try generateAccessToken(for: email, request, at: arrived) }
        case .grantToken: answer { () throws(OAuthFault) in try grantToken(request) }
        case .exchangeToken: answer { () throws(OAuthFault) in try exchangeToken(request) }
        case .metadata(let item): metadata(item, request)
        }
    }

    private func answer<Fault: AnsweredFault>(_ service: () throws(Fault) -> CloudAnswer) -> CloudAnswer {
        do throws(Fault) {
            return try service()
        } catch {
            return error.answer
        }
    }

    private func perform(
        _ operation: SecretManagerOperation, on resource: SecretManagerResource, _ request: CloudRequest,
        at arrived: Timestamp
    ) throws(GoogleFault) -> CloudAnswer {
        let grant = try tokens.authenticate(request, at: arrived)
        try authorize(grant, operation, resource)
        return .google(try secretManager.perform(operation, on: resource, request, at: settings.clock()))
    }

    /// Checks a permission. Whoever lacks it is not told whether the resource exists.
    private func authorize(
        _ grant: GoogleGrant, _ operation: SecretManagerOperation, _ resource: SecretManagerResource
    ) throws(GoogleFault) {
        let name = try resource.secret == nil ? secretManager.parent(of: resource) : secretManager.name(of: resource)
        let allowed: Set<String>?
        if grant.principal == Self.federated {
            allowed = settings.federation?.allowedPermissions
        } else {
            guard let account = settings.accounts.first(where: { $0.email == grant.principal }) else {
                throw .denied(operation.permission, name)
            }
            allowed = account.allowedPermissions
        }
        guard allowed?.contains(operation.permission) ?? true else { throw .denied(operation.permission, name) }
    }
}

// What tests and `dev` do to the project, bypassing its API.
extension GoogleCloud {
    func revokeKey(of email: String) { tokens.revokeKey(of: email) }

    func revokeIssuedTokens() { tokens.revokeIssued() }

    func setKey(_ name: String, to state: KMSKeyState) { secretManager.keys[name] = state }

    func setConsistency(_ consistency: Consistency) { secretManager.consistency = consistency }

    func store(_ value: Secret, as id: String) -> String {
        secretManager.store(value, as: id, at: settings.clock())
    }

    func set(_ state: GoogleVersion.State, _ id: String, version: String) {
        secretManager.set(state, id, version: version, at: settings.clock())
    }

    func remove(_ id: String) { secretManager.remove(id) }

    func objects() -> [String: GoogleSimulator.StoredObject] {
        var objects: [String: GoogleSimulator.StoredObject] = [:]
        for secret in secretManager.secrets.values {
            objects[secret.id] = .init(
                versions: secret.versions.count, annotations: secret.annotations, keys: secret.keys,
                name: secret.name)
        }
        return objects
    }

    func holds(_ value: Secret) -> Bool {
        secretManager.secrets.values.contains { secret in
            secret.versions.contains { $0.payload?.value.matches(value) ?? false }
        }
    }
}

/// What somebody does in Google's console, behind the broker's back, bypassing tokens, permissions and keys.
extension SecretManager {
    /// Creates a global secret, or adds a version to the secret with this id, wherever it is.
    ///
    /// - Returns: the version's number.
    mutating func store(_ value: Secret, as id: String, at now: Timestamp) -> String {
        var secret =
            secrets.values.first { $0.id == id }
            ?? GoogleSecret(
                name: "projects/\(projectNumber)/secrets/\(id)", created: now, replication: .automatic(key: nil),
                labels: [:], annotations: [:], visibility: Visibility(.immediate, created: now))
        let version = secret.add(GooglePayload(value), hasClientChecksum: false, at: now)
        secrets[secret.name] = secret
        return String(version.number)
    }

    mutating func set(_ state: GoogleVersion.State, _ id: String, version: String, at now: Timestamp) {
        guard let secret = secrets.values.first(where: { $0.id == id }), let version = secret.version(version) else {
            return
        }
        secrets[secret.name]?.versions[version.number - 1].set(state, at: now)
    }

    mutating func remove(_ id: String) {
        secrets = secrets.filter { $0.value.id != id }
    }
}

extension GoogleSecret {
    var id: String { String(name.split(separator: "/").last ?? "") }
}
