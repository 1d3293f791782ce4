import Broker
import WireJSON

enum SecretsManagerOperation: String, Sendable, CaseIterable {
    case createSecret = "CreateSecret"
    case deleteSecret = "DeleteSecret"
    case describeSecret = "DescribeSecret"
    case getSecretValue = "GetSecretValue"
    case listSecrets = "ListSecrets"
    case listSecretVersionIds = "ListSecretVersionIds"
    case putSecretValue = "PutSecretValue"
    case restoreSecret = "RestoreSecret"
    case updateSecret = "UpdateSecret"
    case updateSecretVersionStage = "UpdateSecretVersionStage"

    var action: String { "secretsmanager:\(rawValue)" }
}

/// One account's Secrets Manager in one region: what is stored, and the operations on it, which are in extensions by
/// subject. It has no clock and no network of its own.
struct SecretsManager: Sendable {
    let region: String
    let account: String
    /// How long the name stays taken after a forced deletion.
    let forcedDeletionTime: Duration
    var consistency: Consistency
    var keys: KMSKeys
    var secrets: [String: StoredSecret] = [:]
    /// The names of the secrets whose deletion is under way, or was.
    private var marked: Set<String> = []

    init(_ settings: SimulatedAWSSettings) {
        region = settings.region
        account = settings.account
        forcedDeletionTime = settings.forcedDeletionTime
        consistency = settings.consistency
        keys = KMSKeys(settings.keys)
    }

    mutating func perform(
        _ operation: SecretsManagerOperation, _ parameters: SecretsManagerParameters, at now: Timestamp
    ) throws(AWSFault) -> JSONObject {
        finishDeletions(at: now)
        switch operation {
        case .createSecret: return try createSecret(parameters, at: now)
        case .deleteSecret: return try deleteSecret(parameters, at: now)
        case .describeSecret: return try describeSecret(parameters, at: now)
        case .getSecretValue: return try getSecretValue(parameters, at: now)
        case .listSecrets: return try listSecrets(parameters)
        case .listSecretVersionIds: return try listSecretVersionIds(parameters, at: now)
        case .putSecretValue: return try putSecretValue(parameters, at: now)
        case .restoreSecret: return try restoreSecret(parameters, at: now)
        case .updateSecret: return try updateSecret(parameters, at: now)
        case .updateSecretVersionStage: return try updateSecretVersionStage(parameters, at: now)
        }
    }

    mutating func mark(_ name: String, _ deletion: StoredSecret.Deletion) {
        secrets[name]?.deletion = deletion
        marked.insert(name)
    }

    /// Finishes the deletions that are due. Looks at no other secrets, since there can be very many.
    private mutating func finishDeletions(at now: Timestamp) {
        for name in marked {
            guard let deletion = secrets[name]?.deletion else {
                marked.remove(name)
                continue
            }
            guard deletion.done <= now else { continue }
            secrets[name] = nil
            marked.remove(name)
        }
    }

    /// All secrets but those whose deletion is done.
    func present(at now: Timestamp) -> [String: StoredSecret] {
        secrets.filter { secret in secret.value.deletion.map { now < $0.done } ?? true }
    }

    private var arnPrefix: String { "arn:aws:secretsmanager:\(region):\(account):secret:" }

    /// Makes an ARN. AWS ends it with a hyphen and six random characters, so that a name used again has another ARN.
    func newARN(of name: String) -> String { "\(arnPrefix)\(name)-\(RandomText.alphanumeric(6))" }

    /// Finds a secret by name, by ARN, or by an ARN without its random suffix. The last fails for a name that itself
    /// ends with a hyphen and six characters, because they are taken for the suffix.
    func find(_ id: String) -> StoredSecret? {
        guard id.hasPrefix("arn:") else { return secrets[id] }
        if let secret = secrets.values.first(where: { $0.arn == id }) { return secret }
        guard id.hasPrefix(arnPrefix) else { return nil }
        let name = String(id.dropFirst(arnPrefix.count))
        let end = name.suffix(7)
        let looksComplete = end.count == 7 && end.first == "-" && end.dropFirst().allSatisfy(\.isASCIILetterOrDigit)
        return looksComplete ? nil : secrets[name]
    }

    /// The secret, if reads can already see it.
    mutating func visible(_ id: String, at now: Timestamp) throws(AWSFault) -> StoredSecret {
        guard let secret = find(id) else { throw .absent }
        guard secrets[secret.name]?.visibility.admitsRead(at: now) == true else { throw .absent }
        return secret
    }

    /// The same, but refused if it is marked for deletion.
    mutating func living(_ id: String, at now: Timestamp) throws(AWSFault) -> StoredSecret {
        let secret = try visible(id, at: now)
        if let deletion = secret.deletion { throw deletion.isForced ? .deleted : .markedForDeletion }
        return secret
    }
}

extension Character {
    var isASCIILetterOrDigit: Bool { isASCII && (isLetter || isNumber) }
}

extension Timestamp {
    /// The time in seconds with a fraction, as the JSON protocol writes it.
    var epochSeconds: Double { Double(milliseconds) / 1000 }
}
