import Broker
import WireJSON

/// The simulated account: who may sign in, what is stored, what the instance is given. Answers one call at a time.
actor AWSCloud {
    private let settings: SimulatedAWSSettings
    private var credentials: [String: AWSCredential]
    private var secretsManager: SecretsManager
    private var securityTokens: SecurityTokenService
    private var metadata: InstanceMetadata

    init(_ settings: SimulatedAWSSettings) {
        self.settings = settings
        let instance = Self.instanceCredential(settings)
        credentials = Dictionary(
            (settings.credentials + [instance]).map { ($0.accessKeyID, $0) }, uniquingKeysWith: { $1 })
        secretsManager = SecretsManager(settings)
        securityTokens = SecurityTokenService(settings)
        metadata = InstanceMetadata(settings, credential: instance)
    }

    /// - Parameter arrived: when the signature must be valid. The effect is at the present time: the request may have
    ///   been held in between.
    func answer(_ operation: AWSOperation, to request: CloudRequest, arrived: Timestamp) -> CloudAnswer {
        switch operation {
        case .secretsManager(let operation):
            do throws(AuthenticationFault) {
                let credential = try authenticate(request, to: "secretsmanager", at: arrived)
                return try perform(operation, request, as: credential)
            } catch {
                return .secretsManager(error)
            }
        case .securityToken(let operation):
            do throws(SecurityTokenFault) {
                return try signIn(operation, request, at: arrived)
            } catch {
                return .securityToken(error)
            }
        case .metadata(let operation):
            return metadata.answer(operation, to: request, at: settings.clock())
        }
    }

    private func signIn(
        _ operation: SecurityTokenOperation, _ request: CloudRequest, at arrived: Timestamp
    ) throws(SecurityTokenFault) -> CloudAnswer {
        let form = ReceivedForm(request.body)
        let session: AWSCredential
        switch operation {
        case .getCallerIdentity:
            // IAM cannot deny this operation.
            let caller = try callerOfSTS(request, at: arrived)
            return .callerIdentity(caller, account: settings.account)
        case .assumeRole:
            let caller = try callerOfSTS(request, at: arrived)
            session = try securityTokens.assumeRole(form, as: caller, at: settings.clock())
        case .assumeRoleWithWebIdentity:
            session = try securityTokens.assumeRoleWithWebIdentity(form, at: settings.clock())
        }
        register(session)
        return .session(session, account: settings.account, by: operation)
    }

    private func callerOfSTS(
        _ request: CloudRequest, at arrived: Timestamp
    ) throws(SecurityTokenFault) -> AWSCredential {
        do throws(AuthenticationFault) {
            return try authenticate(request, to: "sts", at: arrived)
        } catch {
            throw SecurityTokenFault(error)
        }
    }

    private func authenticate(
        _ request: CloudRequest, to service: String, at arrived: Timestamp
    ) throws(AuthenticationFault) -> AWSCredential {
        try SignatureVerification(region: settings.region, service: service, now: arrived)
            .verify(request, among: credentials)
    }

    private func perform(
        _ operation: SecretsManagerOperation, _ request: CloudRequest, as credential: AWSCredential
    ) throws(AuthenticationFault) -> CloudAnswer {
        let root = request.body.withBytes { try? JSONDocument(parsing: $0).root }
        guard let root else { return .secretsManager(AWSFault(.serialization, "The request is no JSON.")) }
        try authorize(operation, root, as: credential)
        do throws(AWSFault) {
            let parameters = try SecretsManagerParameters(root)
            return .secretsManager(try secretsManager.perform(operation, parameters, at: settings.clock()))
        } catch {
            return .secretsManager(error)
        }
    }

    private func authorize(
        _ operation: SecretsManagerOperation, _ root: JSONNode, as credential: AWSCredential
    ) throws(AuthenticationFault) {
        guard let allowed = credential.allowedActions else { return }
        var needed = [operation.action]
        // Tags on creation need a permission of their own.
        if root["Tags"]?.elements.isEmpty == false { needed.append("secretsmanager:TagResource") }
        for action in needed where !allowed.contains(action) {
            let resource = (root["SecretId"] ?? root["Name"])?.string ?? "*"
            throw .accessDenied(
                "User: arn:aws:iam::\(settings.account):\(credential.principal) is not authorized to perform: "
                    + "\(action) on resource: \(resource) because no identity-based policy allows the \(action) action"
            )
        }
    }

    private static func instanceCredential(_ settings: SimulatedAWSSettings) -> AWSCredential {
        .random(
            temporary: true, expires: settings.clock().adding(settings.instanceCredentialLifetime),
            allowedActions: settings.instanceActions,
            principal: "assumed-role/\(settings.instanceRole)/i-0123456789abcdef0")
    }
}

// What tests and `dev` do to the account, bypassing its API.
extension AWSCloud {
    /// Adds a credential. Forgets sessions that ended long ago, so that their number is bounded by how many are given
    /// out in a day.
    func register(_ credential: AWSCredential) {
        let forgotten = settings.clock().adding(.seconds(-86_400))
        credentials = credentials.filter { _, known in known.expires.map { $0 > forgotten } ?? true }
        credentials[credential.accessKeyID] = credential
    }

    func revoke(_ accessKeyID: String) {
        credentials[accessKeyID] = nil
    }

    func setRole(_ role: AWSRole) {
        securityTokens.setRole(role)
    }

    func rotateInstanceCredential() {
        let credential = Self.instanceCredential(settings)
        register(credential)
        metadata.replaceCredential(with: credential, at: settings.clock())
    }

    func setKey(_ id: String, to state: KMSKeyState) {
        secretsManager.keys.set(id, to: state)
    }

    func setConsistency(_ consistency: Consistency) {
        secretsManager.consistency = consistency
    }

    func store(_ value: Secret, as name: String) -> String {
        secretsManager.store(value, as: name, at: settings.clock())
    }

    func remove(_ name: String, recoveryDays: Int?) {
        secretsManager.remove(name, recoveryDays: recoveryDays, at: settings.clock())
    }

    func objects() -> [String: AWSSimulator.StoredObject] {
        secretsManager.present(at: settings.clock()).mapValues { secret in
            .init(versions: secret.versions.count, deletion: secret.deletion?.done, description: secret.description)
        }
    }

    func holds(_ value: Secret) -> Bool {
        secretsManager.present(at: settings.clock()).values.contains { secret in
            secret.versions.contains { $0.payload.matches(.text(value)) }
        }
    }
}
