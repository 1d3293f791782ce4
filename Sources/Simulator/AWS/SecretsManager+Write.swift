import Broker
import WireJSON

extension SecretsManager {
    mutating func createSecret(
        _ parameters: SecretsManagerParameters, at now: Timestamp
    ) throws(AWSFault) -> JSONObject {
        let name = try requiredName(parameters)
        let token = try parameters.clientRequestToken()
        let description = try parameters.text("Description", in: 0...2048)
        let keyID = try parameters.text("KmsKeyId", in: 0...2048)
        let payload = try parameters.payload()
        let tags = try tags(parameters)
        if let existing = secrets[name] {
            return try repeatedCreate(of: existing, token: token, payload: payload)
        }
        try keys.requireEncryption(with: keyID)
        var secret = StoredSecret(
            name: name, arn: newARN(of: name), created: now, description: description, keyID: keyID, tags: tags,
            changed: now, visibility: Visibility(consistency, created: now))
        if let payload {
            secret.versions = [
                StoredVersion(
                    id: token, payload: payload, created: now, keyID: keyID, stages: [StoredSecret.current])
            ]
        }
        secrets[name] = secret
        return identity(of: secret, version: payload == nil ? nil : token)
    }

    mutating func putSecretValue(
        _ parameters: SecretsManagerParameters, at now: Timestamp
    ) throws(AWSFault) -> JSONObject {
        let id = try parameters.secretID()
        let token = try parameters.clientRequestToken()
        let stages = try parameters.texts("VersionStages")
        guard let payload = try parameters.payload() else {
            throw AWSFault(.invalidRequest, "You must provide either SecretString or SecretBinary.")
        }
        if let stages, !(1...20).contains(stages.count) {
            throw AWSFault(.validation, "1 validation error detected: VersionStages must have 1 to 20 members.")
        }
        var secret = try living(id, at: now)
        if let version = secret.version(token) {
            guard version.payload.matches(payload) else { throw Self.tokenInUse(token, secret) }
        } else {
            try add(payload, as: token, to: &secret, stages: stages, at: now)
        }
        let answer = identity(of: secret, version: token)
        answer.set("VersionStages", secret.version(token)?.stages.sorted() ?? [])
        return answer
    }

    /// Unlike the others, refuses a token that a version already has, whatever its value.
    mutating func updateSecret(
        _ parameters: SecretsManagerParameters, at now: Timestamp
    ) throws(AWSFault) -> JSONObject {
        let id = try parameters.secretID()
        let description = try parameters.text("Description", in: 0...2048)
        let keyID = try parameters.text("KmsKeyId", in: 0...2048)
        let payload = try parameters.payload()
        let token = try parameters.clientRequestToken()
        var secret = try living(id, at: now)
        if let keyID {
            try keys.requireEncryption(with: keyID)
            secret.keyID = keyID
        }
        if let description { secret.description = description }
        if let payload {
            guard secret.version(token) == nil else { throw Self.tokenInUse(token, secret) }
            try add(payload, as: token, to: &secret, stages: nil, at: now)
        }
        secret.changed = now
        secrets[secret.name] = secret
        return identity(of: secret, version: payload == nil ? nil : token)
    }

    /// Stores a version. Without stages, it becomes the current one.
    private mutating func add(
        _ payload: SecretPayload, as token: String, to secret: inout StoredSecret, stages: [String]?, at now: Timestamp
    ) throws(AWSFault) {
        try keys.requireEncryption(with: secret.keyID)
        try makeRoom(in: &secret, at: now)
        secret.versions.append(
            StoredVersion(id: token, payload: payload, created: now, keyID: secret.keyID, stages: []))
        // The first version is current, whatever stages it was given.
        let isFirst = secret.versions.count == 1
        for stage in Set(stages ?? [StoredSecret.current]).union(isFirst ? [StoredSecret.current] : []) {
            secret.move(stage, to: token)
        }
        secret.changed = now
        secrets[secret.name] = secret
    }

    /// Makes room for a version. About 100 are kept; of the surplus, only those without a stage and a day old may go.
    private func makeRoom(in secret: inout StoredSecret, at now: Timestamp) throws(AWSFault) {
        guard secret.versions.count >= Self.maximumVersions else { return }
        let surplus = secret.versions.firstIndex { $0.stages.isEmpty && now.since($0.created) > .seconds(86_400) }
        guard let surplus else {
            throw AWSFault(.limitExceeded, "The secret has too many versions.")
        }
        secret.versions.remove(at: surplus)
    }

    /// Answers a create with the same token and the same value as the first one.
    private func repeatedCreate(
        of secret: StoredSecret, token: String, payload: SecretPayload?
    ) throws(AWSFault) -> JSONObject {
        guard secret.deletion == nil else { throw .nameScheduledForDeletion }
        guard let payload, let version = secret.version(token), version.payload.matches(payload) else {
            throw AWSFault(
                .resourceExists, "The operation failed because the secret \(secret.name) already exists.")
        }
        return identity(of: secret, version: token)
    }

    private func requiredName(_ parameters: SecretsManagerParameters) throws(AWSFault) -> String {
        guard let name = try parameters.text("Name", in: 1...512) else { throw .invalidName }
        guard name.allSatisfy({ $0.isASCIILetterOrDigit || "/_+=.@-".contains($0) }) else { throw .invalidName }
        return name
    }

    private func tags(_ parameters: SecretsManagerParameters) throws(AWSFault) -> [(key: String, value: String)] {
        try parameters.structures("Tags").map { tag throws(AWSFault) in
            guard let key = try tag.text("Key", in: 1...128) else {
                throw AWSFault(.invalidParameter, "A tag needs a key.")
            }
            return (key, try tag.text("Value", in: 0...256) ?? "")
        }
    }

    func identity(of secret: StoredSecret, version: String? = nil) -> JSONObject {
        let answer = JSONObject()
        answer.set("ARN", secret.arn)
        answer.set("Name", secret.name)
        if let version { answer.set("VersionId", version) }
        return answer
    }

    private static let maximumVersions = 100

    private static func tokenInUse(_ token: String, _ secret: StoredSecret) -> AWSFault {
        AWSFault(
            .resourceExists,
            "You can't use ClientRequestToken \(token) because that value is already in use for a version of secret "
                + "\(secret.arn).")
    }
}
