/// The account's customer managed keys, by id or `alias/…`. A secret that names none is under `aws/secretsmanager`,
/// which is always enabled.
struct KMSKeys: Sendable {
    static let encryptionFailure = AWSFault(
        .encryptionFailure,
        "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the "
            + "KMS key is available, enabled, and not in an invalid state.")
    static let decryptionFailure = AWSFault(
        .decryptionFailure, "Secrets Manager can't decrypt the protected secret text using the provided KMS key.")

    private var states: [String: KMSKeyState]

    init(_ states: [String: KMSKeyState]) {
        self.states = states
    }

    mutating func set(_ id: String, to state: KMSKeyState) {
        states[id] = state
    }

    func requireEncryption(with id: String?) throws(AWSFault) {
        try require(id, failure: Self.encryptionFailure)
    }

    func requireDecryption(with id: String?) throws(AWSFault) {
        try require(id, failure: Self.decryptionFailure)
    }

    private func require(_ id: String?, failure: AWSFault) throws(AWSFault) {
        guard let id else { return }
        // Keys may be named by ARN: arn:aws:kms:REGION:ACCOUNT:key/ID.
        let name = id.hasPrefix("arn:") ? id.split(separator: ":").last.map(String.init) ?? id : id
        let key = name.hasPrefix("key/") ? String(name.dropFirst(4)) : name
        switch states[key] {
        case .enabled: return
        case .accessDenied: throw AWSFault(.accessDenied, "Access to KMS is not allowed")
        // A key that does not exist fails as a disabled one does; this is not verified against AWS.
        case .disabled, .pendingDeletion, nil: throw failure
        }
    }
}
