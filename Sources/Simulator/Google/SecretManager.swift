import Broker
import WireJSON

/// One project's Secret Manager, global and in every location: what is stored, and the operations on it, which are in
/// extensions by subject. It has no clock and no network of its own.
struct SecretManager: Sendable {
    private let project: String
    let projectNumber: String
    var consistency: Consistency
    var keys: [String: KMSKeyState]
    /// The secrets by resource name.
    var secrets: [String: GoogleSecret] = [:]

    init(_ settings: SimulatedGoogleSettings) {
        project = settings.project
        projectNumber = settings.projectNumber
        consistency = settings.consistency
        keys = settings.keys
    }

    mutating func perform(
        _ operation: SecretManagerOperation, on resource: SecretManagerResource, _ request: CloudRequest,
        at now: Timestamp
    ) throws(GoogleFault) -> JSONObject {
        let query = ReceivedForm(Secret(String(request.target.query)))
        switch operation {
        case .createSecret: return try createSecret(in: resource, query, try body(request), at: now)
        case .getSecret: return try visible(resource, at: now).object
        case .listSecrets: return try listSecrets(in: resource, query)
        case .updateSecret: return try updateSecret(resource, query, try body(request), at: now)
        case .deleteSecret: return try deleteSecret(resource, query)
        case .addSecretVersion: return try addSecretVersion(to: resource, try body(request), at: now)
        case .accessSecretVersion: return try accessSecretVersion(resource, at: now)
        case .getSecretVersion:
            let (secret, version) = try version(resource, at: now)
            return secret.object(of: version)
        case .listSecretVersions: return try listSecretVersions(of: resource, query, at: now)
        case .enableSecretVersion: return try set(.enabled, resource, try body(request), at: now)
        case .disableSecretVersion: return try set(.disabled, resource, try body(request), at: now)
        case .destroySecretVersion: return try set(.destroyed, resource, try body(request), at: now)
        }
    }

    /// The name of the project and location. Google writes the project's number, whether asked by number or by name.
    func parent(of resource: SecretManagerResource) throws(GoogleFault) -> String {
        guard [project, projectNumber].contains(resource.project) else {
            throw GoogleFault(
                .permissionDenied, "Permission denied on resource project \(resource.project).",
                reason: "CONSUMER_INVALID")
        }
        return "projects/\(projectNumber)" + (resource.location.map { "/locations/\($0)" } ?? "")
    }

    func name(of resource: SecretManagerResource) throws(GoogleFault) -> String {
        "\(try parent(of: resource))/secrets/\(resource.secret ?? "")"
    }

    func find(_ resource: SecretManagerResource) throws(GoogleFault) -> GoogleSecret {
        let name = try name(of: resource)
        guard let secret = secrets[name] else { throw .noSecret(name) }
        return secret
    }

    /// The secret, if it can already be seen other than by a version's number.
    mutating func visible(_ resource: SecretManagerResource, at now: Timestamp) throws(GoogleFault) -> GoogleSecret {
        let secret = try find(resource)
        guard secrets[secret.name]?.visibility.admitsRead(at: now) == true else { throw .noSecret(secret.name) }
        return secret
    }

    /// The version. One that is named by number can be seen at once; an alias and `latest`, once the secret can.
    mutating func version(
        _ resource: SecretManagerResource, at now: Timestamp
    ) throws(GoogleFault) -> (GoogleSecret, GoogleVersion) {
        let id = resource.version ?? ""
        let secret = Int(id) == nil ? try visible(resource, at: now) : try find(resource)
        guard let version = secret.version(id) else { throw .noVersion("\(secret.name)/versions/\(id)") }
        return (secret, version)
    }

    private func body(_ request: CloudRequest) throws(GoogleFault) -> GoogleMessage {
        // An empty body is an empty message.
        guard request.body.byteCount > 0 else { return GoogleMessage() }
        return try GoogleMessage(request.body)
    }
}

extension String {
    /// The query of a request's target.
    fileprivate var query: Substring { firstIndex(of: "?").map { self[$0...].dropFirst() } ?? "" }
}
