import Broker
import WireJSON

extension SecretsManager {
    mutating func getSecretValue(
        _ parameters: SecretsManagerParameters, at now: Timestamp
    ) throws(AWSFault) -> JSONObject {
        let id = try parameters.secretID()
        let versionID = try parameters.text("VersionId", in: 32...64)
        let stage = try parameters.text("VersionStage", in: 1...256)
        let secret = try living(id, at: now)
        let version = try Self.version(of: secret, id: versionID, stage: stage)
        try keys.requireDecryption(with: version.keyID)
        secrets[secret.name]?.accessed = now
        let answer = identity(of: secret, version: version.id)
        answer.set("CreatedDate", version.created.epochSeconds)
        answer.set("VersionStages", version.stages.sorted())
        switch version.payload {
        case .text(let text): answer.set("SecretString", text)
        case .binary(let base64): answer.set("SecretBinary", base64)
        }
        return answer
    }

    /// Answers also for a secret that is marked for deletion.
    mutating func describeSecret(
        _ parameters: SecretsManagerParameters, at now: Timestamp
    ) throws(AWSFault) -> JSONObject {
        let secret = try visible(try parameters.secretID(), at: now)
        let answer = summary(of: secret)
        let stages = JSONObject()
        for version in secret.versions where !version.stages.isEmpty {
            stages.set(version.id, version.stages.sorted())
        }
        answer.set("VersionIdsToStages", stages)
        return answer
    }

    mutating func listSecretVersionIds(
        _ parameters: SecretsManagerParameters, at now: Timestamp
    ) throws(AWSFault) -> JSONObject {
        let secret = try visible(try parameters.secretID(), at: now)
        let includesDeprecated = try parameters.boolean("IncludeDeprecated")
        let answer = identity(of: secret)
        answer.set(
            "Versions",
            secret.versions.filter { includesDeprecated || !$0.stages.isEmpty }.map { version in
                let entry = JSONObject()
                entry.set("VersionId", version.id)
                entry.set("VersionStages", version.stages.sorted())
                entry.set("CreatedDate", version.created.epochSeconds)
                return entry
            })
        return answer
    }

    /// Lists secrets, sorted by name, with only the filter `name` (prefixes).
    func listSecrets(_ parameters: SecretsManagerParameters) throws(AWSFault) -> JSONObject {
        let limit = try parameters.integer("MaxResults") ?? 100
        guard (1...100).contains(limit) else {
            throw AWSFault(.validation, "1 validation error detected: MaxResults must be between 1 and 100.")
        }
        let includesDeleted = try parameters.boolean("IncludePlannedDeletion")
        let after = try parameters.text("NextToken", in: 1...4096)
        if let after, secrets[after] == nil { throw AWSFault(.invalidNextToken, "The NextToken value is invalid.") }
        let prefixes = try namePrefixes(parameters)
        let found = secrets.values.filter { secret in
            (includesDeleted || secret.deletion == nil)
                && (prefixes.isEmpty || prefixes.contains { secret.name.hasPrefix($0) })
                && (after.map { secret.name > $0 } ?? true)
        }.sorted { $0.name < $1.name }
        let answer = JSONObject()
        answer.set("SecretList", found.prefix(limit).map { summary(of: $0) })
        if found.count > limit { answer.set("NextToken", found[limit - 1].name) }
        return answer
    }

    private func namePrefixes(_ parameters: SecretsManagerParameters) throws(AWSFault) -> [String] {
        var prefixes: [String] = []
        for filter in try parameters.structures("Filters") {
            guard try filter.text("Key", in: 1...64) == "name" else {
                throw AWSFault(.invalidParameter, "The simulator knows no filter but `name`.")
            }
            prefixes += try filter.texts("Values") ?? []
        }
        return prefixes
    }

    private func summary(of secret: StoredSecret) -> JSONObject {
        let answer = identity(of: secret)
        if let description = secret.description { answer.set("Description", description) }
        if let keyID = secret.keyID { answer.set("KmsKeyId", keyID) }
        answer.set("CreatedDate", secret.created.epochSeconds)
        answer.set("LastChangedDate", secret.changed.epochSeconds)
        if let accessed = secret.accessed { answer.set("LastAccessedDate", accessed.epochSeconds) }
        if let deletion = secret.deletion { answer.set("DeletedDate", deletion.done.epochSeconds) }
        answer.set(
            "Tags",
            secret.tags.map { tag in
                let entry = JSONObject()
                entry.set("Key", tag.key)
                entry.set("Value", tag.value)
                return entry
            })
        return answer
    }

    private static func version(
        of secret: StoredSecret, id: String?, stage: String?
    ) throws(AWSFault) -> StoredVersion {
        guard let id else {
            let stage = stage ?? StoredSecret.current
            guard let version = secret.version(at: stage) else { throw .noValue(for: "staging label: \(stage)") }
            return version
        }
        guard let version = secret.version(id) else { throw .noValue(for: "VersionId: \(id)") }
        if let stage, !version.stages.contains(stage) {
            throw AWSFault(
                .invalidRequest, "You provided a VersionStage that is not associated to the provided VersionId.")
        }
        return version
    }
}
