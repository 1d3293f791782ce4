import Broker
import WireJSON

/// The Secrets of all namespaces, and the operations on them.
struct SecretObjects: Sendable {
    private let settings: SimulatedKubernetesSettings
    private(set) var objects: [Key: SecretObject] = [:]
    private var lastVersion = 1000

    struct Key: Hashable, Sendable {
        let namespace: String
        let name: String
    }

    init(_ settings: SimulatedKubernetesSettings) {
        self.settings = settings
    }

    mutating func create(_ sent: SentSecret, in namespace: String) throws(KubernetesFault) -> SecretObject {
        var object = sent.object
        guard settings.namespaces.contains(namespace) else { throw .absent(namespace, "namespaces") }
        guard !settings.terminatingNamespaces.contains(namespace) else { throw .terminating(object.name, namespace) }
        if settings.refusesByWebhook { throw .refusedByWebhook }
        if sent.resourceVersion.map({ !$0.isEmpty }) ?? false {
            throw .malformed("resourceVersion should not be set on objects to be created")
        }
        if let quota = settings.quota, objects.count(where: { $0.key.namespace == namespace }) >= quota {
            throw .overQuota(object.name, quota)
        }
        let key = Key(namespace: namespace, name: object.name)
        guard objects[key] == nil else { throw .exists(object.name) }
        if let finalizer = settings.finalizer { object.finalizers = [finalizer] }
        return put(object, at: key)
    }

    func get(_ name: String, in namespace: String) throws(KubernetesFault) -> SecretObject {
        guard let object = objects[Key(namespace: namespace, name: name)] else { throw .absent(name) }
        return object
    }

    func list(in namespace: String?) -> JSONObject {
        let json = JSONObject()
        json.set("kind", "SecretList")
        json.set("apiVersion", "v1")
        let metadata = JSONObject()
        metadata.set("resourceVersion", String(lastVersion))
        json.set("metadata", metadata)
        let found = objects.values.filter { namespace == nil || $0.namespace == namespace }
        json.set("items", found.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }.map(\.json))
        return json
    }

    mutating func update(_ sent: SentSecret, in namespace: String) throws(KubernetesFault) -> SecretObject {
        let name = sent.object.name
        let key = Key(namespace: namespace, name: name)
        guard let present = objects[key] else { throw .absent(name) }
        if let uid = sent.uid, uid != present.uid { throw .precondition(name) }
        if let version = sent.resourceVersion, !version.isEmpty, version != String(present.resourceVersion) {
            throw .modified(name)
        }
        guard sent.object.type == present.type else {
            throw .invalid(name, "type: Invalid value: \"\(sent.object.type)\": field is immutable")
        }
        if present.isImmutable {
            guard sent.object.isImmutable else {
                throw .invalid(name, "immutable: Forbidden: field is immutable when `immutable` is set")
            }
            guard sent.object.isSameData(as: present) else {
                throw .invalid(name, "data: Forbidden: field is immutable when `immutable` is set")
            }
        }
        var object = sent.object
        object.uid = present.uid
        object.created = present.created
        object.deleted = present.deleted
        object.finalizers = present.finalizers
        return put(object, at: key)
    }

    /// - Parameter options: `DeleteOptions`, with or without preconditions; may be empty.
    mutating func delete(
        _ name: String, in namespace: String, options: Secret, at now: Timestamp
    ) throws(KubernetesFault) -> JSONObject {
        let key = Key(namespace: namespace, name: name)
        guard var object = objects[key] else { throw .absent(name) }
        let conditions = options.withBytes { (try? JSONDocument(parsing: $0))?.root["preconditions"] }
        if let uid = conditions?["uid"]?.string, uid != object.uid { throw .precondition(name) }
        if let version = conditions?["resourceVersion"]?.string, version != String(object.resourceVersion) {
            throw .precondition(name)
        }
        guard object.finalizers.isEmpty else {
            object.deleted = object.deleted ?? now
            return put(object, at: key).json
        }
        objects[key] = nil
        lastVersion += 1
        return Self.deleted(object)
    }

    /// Puts another object under the name, bypassing the API.
    mutating func replace(_ name: String, in namespace: String, with object: SecretObject) {
        _ = put(object, at: Key(namespace: namespace, name: name))
    }

    /// Removes an object, bypassing the API.
    mutating func remove(_ name: String) {
        objects = objects.filter { $0.key.name != name }
    }

    private mutating func put(_ object: SecretObject, at key: Key) -> SecretObject {
        lastVersion += 1
        var object = object
        object.resourceVersion = lastVersion
        objects[key] = object
        return object
    }

    private static func deleted(_ object: SecretObject) -> JSONObject {
        let status = JSONObject()
        status.set("kind", "Status")
        status.set("apiVersion", "v1")
        status.set("metadata", JSONObject())
        status.set("status", "Success")
        let details = JSONObject()
        details.set("name", object.name)
        details.set("kind", "secrets")
        details.set("uid", object.uid)
        status.set("details", details)
        return status
    }
}
