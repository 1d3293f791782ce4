import Broker
import Cryptography
import WireJSON

/// A Secret as etcd stores it.
struct SecretObject: Sendable {
    let namespace: String
    let name: String
    var uid: String
    var resourceVersion = 0
    var created: Timestamp
    var deleted: Timestamp?
    var finalizers: [String] = []
    var labels: [String: String]
    var annotations: [String: String]
    var type: String
    var isImmutable: Bool
    /// The values in Base64.
    var data: [String: Secret]

    /// The maximum size of all values together, in bytes.
    static let maximumSize = 1 << 20

    func isSameData(as other: SecretObject) -> Bool {
        data.count == other.data.count
            && data.allSatisfy { key, value in other.data[key].map { $0.matches(value) } ?? false }
    }

    var json: JSONObject {
        let json = JSONObject()
        json.set("kind", "Secret")
        json.set("apiVersion", "v1")
        json.set("metadata", metadata)
        if isImmutable { json.set("immutable", true) }
        let data = JSONObject()
        for (key, value) in self.data.sorted(by: { $0.key < $1.key }) { data.set(key, value) }
        json.set("data", data)
        json.set("type", type)
        return json
    }

    private var metadata: JSONObject {
        let metadata = JSONObject()
        metadata.set("name", name)
        metadata.set("namespace", namespace)
        metadata.set("uid", uid)
        metadata.set("resourceVersion", String(resourceVersion))
        metadata.set("creationTimestamp", created.secondsRFC3339)
        if let deleted { metadata.set("deletionTimestamp", deleted.secondsRFC3339) }
        if !finalizers.isEmpty { metadata.set("finalizers", finalizers) }
        for (key, map) in [("labels", labels), ("annotations", annotations)] where !map.isEmpty {
            let json = JSONObject()
            for (key, value) in map.sorted(by: { $0.key < $1.key }) { json.set(key, value) }
            metadata.set(key, json)
        }
        return metadata
    }
}

/// An object that somebody sends, checked as the API server checks one.
struct SentSecret {
    let object: SecretObject
    /// The uid that an update or a deletion requires; nil for any.
    let uid: String?
    let resourceVersion: String?

    /// - Parameter name: the name in the path; nil for a create.
    init(_ body: Secret, in namespace: String, name: String?, at now: Timestamp) throws(KubernetesFault) {
        guard let root = body.withBytes({ try? JSONDocument(parsing: $0).root }), root.kind == .object else {
            throw .malformed("the object provided is unrecognized (must be of type Secret): couldn't get version/kind")
        }
        guard root["kind"]?.string ?? "Secret" == "Secret", root["apiVersion"]?.string ?? "v1" == "v1" else {
            throw .malformed("the API version in the data does not match the expected API version (v1)")
        }
        let metadata = root["metadata"]
        if let other = metadata?["namespace"]?.string, other != namespace {
            throw .malformed(
                "the namespace of the provided object does not match the namespace sent on the request")
        }
        guard let own = metadata?["name"]?.string ?? name else {
            throw .invalid("", "metadata.name: Required value: name or generateName is required")
        }
        if let name, name != own {
            throw .malformed("the name of the object (\(own)) does not match the name on the URL (\(name))")
        }
        guard Self.isSubdomain(own) else {
            throw .invalid(
                own, "metadata.name: Invalid value: \"\(own)\": a lowercase RFC 1123 subdomain must consist of")
        }
        uid = metadata?["uid"]?.string
        resourceVersion = metadata?["resourceVersion"]?.string
        object = SecretObject(
            namespace: namespace, name: own, uid: RandomText.uuid(), created: now,
            labels: Self.texts(metadata?["labels"]), annotations: Self.texts(metadata?["annotations"]),
            type: root["type"]?.string ?? "Opaque", isImmutable: root["immutable"]?.boolean ?? false,
            data: try Self.data(root, name: own))
    }

    private static func data(_ root: JSONNode, name: String) throws(KubernetesFault) -> [String: Secret] {
        var data: [String: Secret] = [:]
        var size = 0
        for key in root["data"]?.keys ?? [] {
            guard let text = root["data"]?[key]?.withString({ Secret(copying: $0) }),
                text.withBytes({ Base64.decode($0) { size += $0.byteCount } })
            else { throw .malformed("Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data") }
            data[key] = text
        }
        for key in root["stringData"]?.keys ?? [] {
            data[key] = root["stringData"]?[key]?.withString { text in
                size += text.byteCount
                return Secret(Base64.encode(text))
            }
        }
        guard data.keys.allSatisfy({ $0.allSatisfy { $0.isASCIILetterOrDigit || "-._".contains($0) } && !$0.isEmpty })
        else { throw .invalid(name, "data[key]: Invalid value: a valid config key must consist of alphanumeric") }
        guard size <= SecretObject.maximumSize else {
            throw .invalid(name, "data: Too long: may not be more than \(SecretObject.maximumSize) bytes")
        }
        return data
    }

    private static func texts(_ node: JSONNode?) -> [String: String] {
        Dictionary(
            (node?.keys ?? []).compactMap { key in node?[key]?.string.map { (key, $0) } }, uniquingKeysWith: { $1 })
    }

    private static func isSubdomain(_ name: String) -> Bool {
        name.utf8.count <= 253
            && name.wholeMatch(of: /[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/) != nil
    }
}

extension Timestamp {
    /// The time as the API writes it: `2026-11-23T00:03:43Z`.
    var secondsRFC3339: String { String(rfc3339.prefix(19)) + "Z" }
}
