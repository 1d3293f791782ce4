import Broker
import WireJSON

/// What a call to the vault comes with, besides its body.
struct VaultContext {
    /// `https://NAME.vault.azure.net`, as the client wrote it.
    let base: String
    let query: ReceivedForm
    let now: Timestamp
}

/// One vault: what is stored, and the operations on it, which are in extensions by subject. It has no clock and no
/// network of its own. Names are compared without regard to case, and shown as they were first written.
struct KeyVault: Sendable {
    let retention: Duration
    let retentionDays: Int
    let hasPurgeProtection: Bool
    let busyTime: Duration
    /// The secrets by name in lower case, as with the others.
    var secrets: [String: VaultSecret] = [:]
    var deleted: [String: DeletedVaultSecret] = [:]
    /// Until when the vault is busy with what was purged, or recovered.
    var purging: [String: Timestamp] = [:]
    var recovering: [String: Timestamp] = [:]

    init(_ settings: SimulatedAzureSettings) {
        retentionDays = settings.retentionDays
        retention = .seconds(settings.retentionDays * 86_400)
        hasPurgeProtection = settings.hasPurgeProtection
        busyTime = settings.busyTime
    }

    mutating func perform(
        _ call: VaultCall, _ body: Secret, _ context: VaultContext
    ) throws(AzureFault) -> CloudAnswer {
        forget(at: context.now)
        switch call.operation {
        case .setSecret: return try setSecret(call, body, context)
        case .getSecret: return try getSecret(call, context)
        case .updateSecret: return try updateSecret(call, body, context)
        case .deleteSecret: return try deleteSecret(call, context)
        case .getSecrets: return try getSecrets(context)
        case .getSecretVersions: return try getSecretVersions(call, context)
        case .getDeletedSecrets: return try getDeletedSecrets(context)
        case .getDeletedSecret: return try getDeletedSecret(call, context)
        case .recoverDeletedSecret: return try recoverDeletedSecret(call, context)
        case .purgeDeletedSecret: return try purgeDeletedSecret(call, context)
        }
    }

    /// Forgets what the vault has purged by itself, and what it is done with.
    mutating func forget(at now: Timestamp) {
        deleted = deleted.filter { $0.value.scheduledPurge > now }
        purging = purging.filter { $0.value > now }
        recovering = recovering.filter { $0.value > now }
    }

    /// The key of a name that may be written to.
    func writable(_ call: VaultCall, at now: Timestamp) throws(AzureFault) -> String {
        let key = try Self.key(call.name)
        if let deleted = deleted[key] {
            throw deleted.isBusy(at: now) ? .beingDeleted(call.name) : .softlyDeleted(call.name)
        }
        if purging[key] != nil { throw .beingDeleted(call.name) }
        if recovering[key] != nil { throw .beingRecovered(call.name) }
        return key
    }

    func present(_ call: VaultCall) throws(AzureFault) -> VaultSecret {
        guard let secret = secrets[try Self.key(call.name)] else { throw .notFound(call.name) }
        return secret
    }

    static func key(_ name: String) throws(AzureFault) -> String {
        guard (1...127).contains(name.utf8.count), name.allSatisfy({ $0.isASCIILetterOrDigit || $0 == "-" }) else {
            throw .badParameter("The request URI contains an invalid name: \(name.utf8.count) characters.")
        }
        return name.lowercased()
    }
}

struct VaultSecret: Sendable {
    let name: String
    /// The versions in order of creation.
    var versions: [VaultVersion]

    func index(of version: String) -> Int? {
        version.isEmpty ? versions.indices.last : versions.firstIndex { $0.id == version.lowercased() }
    }
}

struct VaultVersion: Sendable {
    let id: String
    let value: Secret
    var contentType: String?
    var tags: [(key: String, value: String)]
    var isEnabled = true
    /// Both are for information only.
    var notBefore: Timestamp?
    var expires: Timestamp?
    let created: Timestamp
    var updated: Timestamp

    /// Makes an id of 32 hexadecimal digits.
    static func newID() -> String { RandomText.of(32, "0123456789abcdef") }
}

struct DeletedVaultSecret: Sendable {
    let secret: VaultSecret
    let deleted: Timestamp
    /// Until then it can be neither seen, recovered nor purged.
    let settled: Timestamp
    let scheduledPurge: Timestamp

    func isBusy(at now: Timestamp) -> Bool { settled > now }
}

// What somebody does in the portal, behind the broker's back, bypassing tokens and permissions; and what tests look at.
extension KeyVault {
    /// Creates the secret, or gives it another version.
    ///
    /// - Returns: the version's id.
    mutating func store(_ value: Secret, as name: String, at now: Timestamp) -> String {
        let version = VaultVersion(id: VaultVersion.newID(), value: value, tags: [], created: now, updated: now)
        secrets[name.lowercased(), default: VaultSecret(name: name, versions: [])].versions.append(version)
        return version.id
    }

    /// Deletes softly, as every deletion is.
    mutating func remove(_ name: String, at now: Timestamp) {
        guard let secret = secrets.removeValue(forKey: name.lowercased()) else { return }
        deleted[name.lowercased()] = DeletedVaultSecret(
            secret: secret, deleted: now, settled: now, scheduledPurge: now.adding(retention))
    }

    mutating func setEnabled(_ isEnabled: Bool, _ name: String) {
        guard var secret = secrets[name.lowercased()] else { return }
        for index in secret.versions.indices { secret.versions[index].isEnabled = isEnabled }
        secrets[name.lowercased()] = secret
    }

    mutating func objects(at now: Timestamp) -> [String: AzureSimulator.StoredObject] {
        forget(at: now)
        let present = secrets.values.map { ($0.name, Self.stored($0, purge: nil)) }
        let held = deleted.values.map { ($0.secret.name, Self.stored($0.secret, purge: $0.scheduledPurge)) }
        return Dictionary(present + held, uniquingKeysWith: { first, _ in first })
    }

    mutating func holds(_ value: Secret, at now: Timestamp) -> Bool {
        forget(at: now)
        return (Array(secrets.values) + deleted.values.map(\.secret)).contains { secret in
            secret.versions.contains { $0.value.matches(value) }
        }
    }

    private static func stored(_ secret: VaultSecret, purge: Timestamp?) -> AzureSimulator.StoredObject {
        let tags = secret.versions.last.map { $0.tags.map { ($0.key, $0.value) } } ?? []
        return .init(
            versions: secret.versions.count, scheduledPurge: purge,
            tags: Dictionary(tags, uniquingKeysWith: { first, _ in first }))
    }
}
