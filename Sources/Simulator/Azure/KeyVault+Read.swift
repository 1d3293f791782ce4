import Broker
import WireJSON

extension KeyVault {
    func getSecret(_ call: VaultCall, _ context: VaultContext) throws(AzureFault) -> CloudAnswer {
        let secret = try present(call)
        guard let index = secret.index(of: call.version) else { throw .notFound("\(call.name)/\(call.version)") }
        guard secret.versions[index].isEnabled else { throw .disabled }
        return .vault(bundle(secret.versions[index], of: secret, context, withValue: true))
    }

    func getSecrets(_ context: VaultContext) throws(AzureFault) -> CloudAnswer {
        let items = secrets.values.compactMap { secret in
            secret.versions.last.map { latest in
                (secret.name, item(latest, id: "\(context.base)/secrets/\(secret.name)"))
            }
        }
        return try page(items, of: "secrets", context)
    }

    /// Lists versions in no particular order, since their ids are random.
    func getSecretVersions(_ call: VaultCall, _ context: VaultContext) throws(AzureFault) -> CloudAnswer {
        let secret = try present(call)
        let items = secret.versions.map { version in
            (version.id, item(version, id: "\(context.base)/secrets/\(secret.name)/\(version.id)"))
        }
        return try page(items, of: "secrets/\(secret.name)/versions", context)
    }

    func bundle(
        _ version: VaultVersion, of secret: VaultSecret, _ context: VaultContext, withValue: Bool
    ) -> JSONObject {
        let json = item(version, id: "\(context.base)/secrets/\(secret.name)/\(version.id)")
        if withValue { json.set("value", version.value) }
        return json
    }

    /// All that is known of a version except its value.
    func item(_ version: VaultVersion, id: String) -> JSONObject {
        let attributes = JSONObject()
        attributes.set("enabled", version.isEnabled)
        if let notBefore = version.notBefore { attributes.set("nbf", notBefore.seconds) }
        if let expires = version.expires { attributes.set("exp", expires.seconds) }
        attributes.set("created", version.created.seconds)
        attributes.set("updated", version.updated.seconds)
        attributes.set("recoveryLevel", recoveryLevel)
        attributes.set("recoverableDays", Int64(retentionDays))
        let json = JSONObject()
        json.set("id", id)
        if let contentType = version.contentType { json.set("contentType", contentType) }
        json.set("attributes", attributes)
        let tags = JSONObject()
        for tag in version.tags { tags.set(tag.key, tag.value) }
        json.set("tags", tags)
        return json
    }

    private var recoveryLevel: String {
        (retentionDays < 90 ? "CustomizedRecoverable" : "Recoverable") + (hasPurgeProtection ? "" : "+Purgeable")
    }

    /// A page of at most 25 items, sorted by their keys.
    func page(
        _ items: [(key: String, json: JSONObject)], of path: String, _ context: VaultContext
    ) throws(AzureFault) -> CloudAnswer {
        let limit = context.query.text("maxresults").map { Int($0) ?? 0 } ?? 25
        guard (1...25).contains(limit) else { throw .badParameter("maxresults must be from 1 to 25.") }
        let after = context.query.text("$skiptoken") ?? ""
        let rest = items.filter { $0.key > after }.sorted { $0.key < $1.key }
        let json = JSONObject()
        json.set("value", rest.prefix(limit).map(\.json))
        if rest.count > limit {
            let version = context.query.text("api-version") ?? ""
            json.set(
                "nextLink",
                "\(context.base)/\(path)?api-version=\(version)&maxresults=\(limit)&$skiptoken=\(rest[limit - 1].key)")
        } else {
            json.setNull("nextLink")
        }
        return .vault(json)
    }
}

extension Timestamp {
    fileprivate var seconds: Int64 { milliseconds / 1000 }
}
