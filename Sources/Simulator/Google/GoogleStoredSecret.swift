import Broker
import Cryptography
import WireJSON

/// A value as it goes over the wire.
struct GooglePayload: Sendable {
    let value: Secret
    let base64: Secret

    init(_ value: Secret) {
        self.value = value
        base64 = value.withBytes { bytes in Secret(Base64.encode(bytes)) }
    }

    /// Nil if the text is no Base64.
    init?(base64: Secret) {
        var value: Secret?
        guard base64.withBytes({ Base64.decode($0) { value = Secret(copying: $0) } }), let value else { return nil }
        self.value = value
        self.base64 = base64
    }

    var checksum: String { String(value.withBytes(CRC32C.checksum)) }

    var object: JSONObject {
        let object = JSONObject()
        object.set("data", base64)
        object.set("dataCrc32c", checksum)
        return object
    }
}

struct GoogleVersion: Sendable {
    enum State: String, Sendable { case enabled = "ENABLED", disabled = "DISABLED", destroyed = "DESTROYED" }

    let number: Int
    let created: Timestamp
    /// Whether the client sent a checksum, which was right.
    let hasClientChecksum: Bool
    /// The keys that encrypt it: those of the secret when it was added.
    let keys: [String]
    var state = State.enabled
    var etag = newETag()
    var destroyed: Timestamp?
    /// The value; nil once it is destroyed.
    var payload: GooglePayload?
}

struct GoogleSecret: Sendable {
    enum Replication: Sendable {
        case automatic(key: String?)
        case userManaged([(location: String, key: String?)])
        case regional(key: String?)
    }

    /// `projects/NUMBER[/locations/L]/secrets/S`.
    let name: String
    let created: Timestamp
    let replication: Replication
    var labels: [String: String]
    var annotations: [String: String]
    var aliases: [String: Int] = [:]
    var etag = newETag()
    var visibility: Visibility
    /// The versions in order of their numbers, 1, 2, 3 and so on. None ever goes while the secret stays.
    var versions: [GoogleVersion] = []

    var keys: [String] {
        switch replication {
        case .automatic(let key), .regional(let key): [key].compactMap(\.self)
        case .userManaged(let replicas): replicas.compactMap(\.key)
        }
    }

    /// Finds a version by number, alias or `latest`, which is the last one added, whatever its state.
    func version(_ id: String) -> GoogleVersion? {
        if id == "latest" { return versions.last }
        guard let number = Int(id) ?? aliases[id] else { return nil }
        return versions.first { $0.number == number }
    }

    mutating func add(
        _ payload: GooglePayload, hasClientChecksum: Bool, at now: Timestamp
    ) -> GoogleVersion {
        let version = GoogleVersion(
            number: versions.count + 1, created: now, hasClientChecksum: hasClientChecksum, keys: keys,
            payload: payload)
        versions.append(version)
        return version
    }
}

private func newETag() -> String { "\"\(RandomText.of(14, "0123456789abcdef"))\"" }

extension GoogleSecret {
    /// Makes a new ETag, as is due after each change.
    mutating func renewETag() { etag = newETag() }

    var object: JSONObject {
        let object = JSONObject()
        object.set("name", name)
        object.set("createTime", created.rfc3339)
        object.set("etag", etag)
        if !labels.isEmpty { object.set("labels", JSONObject(labels)) }
        if !annotations.isEmpty { object.set("annotations", JSONObject(annotations)) }
        if !aliases.isEmpty { object.set("versionAliases", JSONObject(aliases.mapValues(String.init))) }
        switch replication {
        case .automatic(let key): object.set("replication", JSONObject("automatic", JSONObject(key: key)))
        case .userManaged(let replicas):
            let userManaged = JSONObject()
            userManaged.set(
                "replicas",
                replicas.map { replica in
                    let object = JSONObject(key: replica.key)
                    object.set("location", replica.location)
                    return object
                })
            object.set("replication", JSONObject("userManaged", userManaged))
        case .regional(let key?): object.set("customerManagedEncryption", JSONObject(["kmsKeyName": key]))
        case .regional(nil): break
        }
        return object
    }

    func object(of version: GoogleVersion) -> JSONObject {
        let object = JSONObject()
        object.set("name", name(of: version))
        object.set("createTime", version.created.rfc3339)
        if let destroyed = version.destroyed { object.set("destroyTime", destroyed.rfc3339) }
        object.set("state", version.state.rawValue)
        object.set("etag", version.etag)
        // Google's interfaces leave out what is false.
        if version.hasClientChecksum { object.set("clientSpecifiedPayloadChecksum", true) }
        return object
    }

    func name(of version: GoogleVersion) -> String { "\(name)/versions/\(version.number)" }
}

extension GoogleVersion {
    mutating func set(_ state: State, at now: Timestamp) {
        self.state = state
        etag = newETag()
        guard state == .destroyed else { return }
        destroyed = now
        payload = nil
    }
}

extension JSONObject {
    fileprivate convenience init(_ texts: [String: String]) {
        self.init()
        for (key, value) in texts.sorted(by: { $0.key < $1.key }) { set(key, value) }
    }

    fileprivate convenience init(_ key: String, _ member: JSONObject) {
        self.init()
        set(key, member)
    }

    /// Makes an object that may hold a `customerManagedEncryption`.
    fileprivate convenience init(key: String?) {
        self.init()
        if let key { set("customerManagedEncryption", JSONObject(["kmsKeyName": key])) }
    }
}
