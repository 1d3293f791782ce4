import Broker

/// What somebody does in AWS's console, behind the broker's back, bypassing signatures, permissions and keys.
extension SecretsManager {
    /// Creates the secret, or gives it a new current version.
    ///
    /// - Returns: the version's id.
    mutating func store(_ value: Secret, as name: String, at now: Timestamp) -> String {
        var secret =
            secrets[name]
            ?? StoredSecret(
                name: name, arn: newARN(of: name), created: now, description: nil, keyID: nil, tags: [], changed: now,
                visibility: Visibility(.immediate, created: now))
        let version = RandomText.uuid()
        secret.versions.append(
            StoredVersion(id: version, payload: .text(value), created: now, keyID: secret.keyID, stages: []))
        secret.move(StoredSecret.current, to: version)
        secret.changed = now
        secrets[name] = secret
        return version
    }

    /// Marks a secret for deletion; with nil days it is gone at once.
    mutating func remove(_ name: String, recoveryDays: Int?, at now: Timestamp) {
        guard let recoveryDays else {
            secrets[name] = nil
            return
        }
        mark(name, .init(done: now.adding(.seconds(86_400 * recoveryDays)), isForced: false))
    }
}
