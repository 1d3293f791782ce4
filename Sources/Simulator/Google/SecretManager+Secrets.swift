import Broker
import WireJSON

extension SecretManager {
    mutating func createSecret(
        in resource: SecretManagerResource, _ query: ReceivedForm, _ body: GoogleMessage, at now: Timestamp
    ) throws(GoogleFault) -> JSONObject {
        guard let id = query.text("secretId"), (1...255).contains(id.utf8.count),
            id.utf8.allSatisfy(\.isSecretIDCharacter)
        else { throw .invalidField("secret_id", "it has 1 to 255 of [A-Za-z0-9_-]") }
        try body.requireOnly(["replication", "customerManagedEncryption", "labels", "annotations"])
        var named = resource
        named.secret = id
        let name = try name(of: named)
        let replication =
            if let location = resource.location { try regional(body, in: location) } else { try global(body) }
        let (labels, annotations) = try notes(body)
        guard secrets[name] == nil else {
            throw GoogleFault(.alreadyExists, "Secret [\(name)] already exists.")
        }
        let secret = GoogleSecret(
            name: name, created: now, replication: replication, labels: labels, annotations: annotations,
            visibility: Visibility(consistency, created: now))
        secrets[name] = secret
        return secret.object
    }

    /// Changes what the mask names, and nothing that cannot change.
    mutating func updateSecret(
        _ resource: SecretManagerResource, _ query: ReceivedForm, _ body: GoogleMessage, at now: Timestamp
    ) throws(GoogleFault) -> JSONObject {
        var secret = try visible(resource, at: now)
        if let etag = try body.text("etag"), etag != secret.etag { throw .etagDiffers }
        let (labels, annotations) = try notes(body)
        guard let mask = query.text("updateMask"), !mask.isEmpty else {
            throw .invalidField("update_mask", "it is required")
        }
        for field in mask.split(separator: ",") {
            switch field {
            case "labels": secret.labels = labels
            case "annotations": secret.annotations = annotations
            case "version_aliases", "versionAliases": secret.aliases = try aliases(body, of: secret)
            default: throw .invalidField("update_mask", "\(field) cannot be changed")
            }
        }
        secret.renewETag()
        secrets[secret.name] = secret
        return secret.object
    }

    /// Deletes the secret at once and for good.
    mutating func deleteSecret(
        _ resource: SecretManagerResource, _ query: ReceivedForm
    ) throws(GoogleFault) -> JSONObject {
        let secret = try find(resource)
        if let etag = query.text("etag"), !etag.isEmpty, etag != secret.etag { throw .etagDiffers }
        secrets[secret.name] = nil
        return JSONObject()
    }

    /// Lists secrets, sorted by name, with only the filter `name:TEXT`.
    func listSecrets(in resource: SecretManagerResource, _ query: ReceivedForm) throws(GoogleFault) -> JSONObject {
        let prefix = "\(try parent(of: resource))/secrets/"
        var found = secrets.values.filter { $0.name.hasPrefix(prefix) }
        if let filter = query.text("filter"), !filter.isEmpty {
            guard filter.hasPrefix("name:") else {
                throw .invalidField("filter", "the simulator knows none but name:TEXT")
            }
            found = found.filter { $0.name.dropFirst(prefix.count).contains(filter.dropFirst("name:".count)) }
        }
        found.sort { $0.name < $1.name }
        return try page(found, as: "secrets", query) { $0.object }
    }

    func page<Item>(
        _ items: [Item], as field: String, _ query: ReceivedForm, _ object: (Item) -> JSONObject
    ) throws(GoogleFault) -> JSONObject {
        let size = query.text("pageSize").flatMap { Int($0) } ?? 0
        guard size >= 0 else { throw .invalidField("page_size", "it is not negative") }
        let token = query.text("pageToken") ?? ""
        guard let start = token.isEmpty ? 0 : Int(token), (0...items.count).contains(start) else {
            throw .invalidField("page_token", "it is none that was given out")
        }
        let end = min(items.count, start + (size == 0 ? 25_000 : size))
        let answer = JSONObject()
        answer.set(field, items[start..<end].map(object))
        answer.set("totalSize", Int64(items.count))
        if end < items.count { answer.set("nextPageToken", String(end)) }
        return answer
    }

    /// Reads the replication: exactly one policy, and keys where the values will be.
    private func global(_ body: GoogleMessage) throws(GoogleFault) -> GoogleSecret.Replication {
        guard !body.has("customerManagedEncryption") else {
            throw .invalidField("customer_managed_encryption", "it is for regional secrets")
        }
        guard let replication = try body.message("replication") else {
            throw .invalidField("replication", "it is required")
        }
        try replication.requireOnly(["automatic", "userManaged"])
        switch (try replication.message("automatic"), try replication.message("userManaged")) {
        case (let automatic?, nil):
            try automatic.requireOnly(["customerManagedEncryption"])
            return .automatic(key: try key(automatic, in: "global"))
        case (nil, let userManaged?):
            try userManaged.requireOnly(["replicas"])
            return .userManaged(try replicas(userManaged))
        default: throw .invalidField("replication", "it is automatic or user managed")
        }
    }

    private func replicas(
        _ userManaged: GoogleMessage
    ) throws(GoogleFault) -> [(location: String, key: String?)] {
        let replicas = try userManaged.messages("replicas").map { replica throws(GoogleFault) in
            try replica.requireOnly(["location", "customerManagedEncryption"])
            guard let location = try replica.text("location"), !location.isEmpty else {
                throw GoogleFault.invalidField("replication", "a replica needs a location")
            }
            return (location: location, key: try key(replica, in: location))
        }
        let keyed = replicas.count { $0.key != nil }
        guard !replicas.isEmpty, Set(replicas.map(\.location)).count == replicas.count,
            keyed == 0 || keyed == replicas.count
        else { throw .invalidField("replication", "replicas differ, and all have a key or none has") }
        return replicas
    }

    private func regional(
        _ body: GoogleMessage, in location: String
    ) throws(GoogleFault) -> GoogleSecret.Replication {
        guard !body.has("replication") else {
            throw .invalidField("replication", "regional secrets must not have it")
        }
        return .regional(key: try key(body, in: location))
    }

    private func key(_ holder: GoogleMessage, in location: String) throws(GoogleFault) -> String? {
        guard let encryption = try holder.message("customerManagedEncryption") else { return nil }
        try encryption.requireOnly(["kmsKeyName"])
        guard let name = try encryption.text("kmsKeyName"), name.split(separator: "/").count == 8,
            name.hasPrefix("projects/"), name.split(separator: "/")[3] == location
        else { throw .invalidField("kms_key_name", "it is the name of a key in \(location)") }
        return name
    }

    private func notes(
        _ body: GoogleMessage
    ) throws(GoogleFault) -> (labels: [String: String], annotations: [String: String]) {
        let (labels, annotations) = (try body.texts("labels"), try body.texts("annotations"))
        guard labels.count <= 64, labels.allSatisfy({ $0.key.isLabel && ($0.value.isEmpty || $0.value.isLabel) }) else {
            throw .invalidField("labels", "there are at most 64, of 1 to 63 lower-case letters, digits, - and _")
        }
        let size = annotations.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard size <= 16_384, annotations.keys.allSatisfy({ (1...63).contains($0.utf8.count) }) else {
            throw .invalidField("annotations", "keys have 1 to 63 characters, and all together 16 KiB")
        }
        return (labels, annotations)
    }

    private func aliases(_ body: GoogleMessage, of secret: GoogleSecret) throws(GoogleFault) -> [String: Int] {
        let aliases = try body.integers("versionAliases")
        guard aliases.count <= 50,
            aliases.allSatisfy({ alias, number in
                alias.first?.isLetter == true && alias.utf8.count <= 63 && alias.utf8.allSatisfy(\.isSecretIDCharacter)
                    && !["latest", "NEW"].contains(alias) && (1...max(1, secret.versions.count)).contains(number)
            })
        else { throw .invalidField("version_aliases", "there are at most 50, each of a version that is there") }
        return aliases
    }
}

extension String {
    fileprivate var isLabel: Bool {
        (1...63).contains(count) && allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" || $0 == "_" }
    }
}

extension UInt8 {
    /// Whether it is one of `[A-Za-z0-9_-]`.
    fileprivate var isSecretIDCharacter: Bool { isLetterOrDigit || "_-".utf8.contains(self) }
}
