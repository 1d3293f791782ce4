import Broker
import WireJSON

/// A call of the API server, by verb and kind.
enum KubernetesOperation: String, Sendable, CaseIterable {
    case createSecret = "CreateSecret"
    case getSecret = "GetSecret"
    case deleteSecret = "DeleteSecret"
    /// Asks who the caller is.
    case selfReview = "SelfSubjectReview"
    /// Asks what the caller may do.
    case accessReview = "SelfSubjectAccessReview"
    /// Asks what somebody else may do in one namespace.
    case othersReview = "LocalSubjectAccessReview"
    /// Not a call, but the file with the token.
    case tokenFile = "TokenFile"
}

struct CreateSecretObject {
    let reference: Reference
    let value: Secret
    let note: ObjectNote

    /// The only key of `data`.
    static let dataKey = "value"

    /// The object. `immutable` can never be taken back, and keeps everybody from changing the value in place.
    var body: Secret {
        let object = JSONObject()
        object.set("apiVersion", "v1")
        object.set("kind", "Secret")
        object.set("metadata", metadata)
        object.set("type", KubernetesSecret.opaque)
        object.set("immutable", true)
        let data = JSONObject()
        value.withBytes { bytes in
            Secret(encodingBase64: bytes).withBytes { try? data.set(Self.dataKey, text: $0) }
        }
        object.set("data", data)
        return object.secret
    }

    private var metadata: JSONObject {
        let metadata = JSONObject()
        metadata.set("name", reference.text)
        let labels = JSONObject()
        labels.set("app.kubernetes.io/managed-by", "secret-broker")
        metadata.set("labels", labels)
        let annotations = JSONObject()
        annotations.set("secret-broker/team", note.team.text)
        annotations.set("secret-broker/name", note.name.text)
        metadata.set("annotations", annotations)
        return metadata
    }
}

/// A Secret as the API server returns it.
struct KubernetesSecret {
    static let opaque = "Opaque"

    let name: String
    /// The object's uid: another one for each object that ever had the name.
    let uid: String
    let type: String?
    let isImmutable: Bool
    /// Whether somebody deleted it and a finalizer holds it back.
    let isBeingDeleted: Bool
    /// The value; nil unless there is one in Base64.
    let value: Secret?

    /// Nil for anything but a Secret.
    init?(_ body: Secret) {
        guard let root = body.json, root["kind"]?.string == "Secret", let metadata = root["metadata"],
            let name = metadata["name"]?.string, let uid = metadata["uid"]?.string, (1...64).contains(uid.utf8.count)
        else { return nil }
        self.name = name
        self.uid = uid
        type = root["type"]?.string
        isImmutable = root["immutable"]?.boolean ?? false
        isBeingDeleted = metadata["deletionTimestamp"]?.string != nil
        value = root["data"]?[CreateSecretObject.dataKey]?.withString(Secret.init(decodingBase64:)) ?? nil
    }

    /// The value, if this is an object such as the broker makes.
    var brokersValue: Secret? { type == Self.opaque && isImmutable ? value : nil }
}

/// The answer to a deletion. A Secret is deleted at once, and the answer is a Status. If a finalizer holds it back, the
/// answer is the Secret.
enum KubernetesDeletion {
    case deleted, held

    /// Nil for an answer that the API does not document.
    init?(_ body: Secret) {
        switch body.json?["kind"]?.string {
        case "Status": self = .deleted
        case "Secret": self = .held
        case _: return nil
        }
    }
}

extension Reference {
    /// Whether it is a DNS subdomain name, as Kubernetes checks it: the labels' own limit of 63 is not part of that.
    /// Nothing in such a name needs encoding in a path.
    var isNameOfObject: Bool { text.utf8.count <= 253 && isDNSSubdomain(text) }
}

/// Whether the text is lower-case letters, digits and hyphens, in parts separated by dots, each of which begins and
/// ends with a letter or digit.
func isDNSSubdomain(_ text: String) -> Bool {
    text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { part in
        guard let first = part.first, let last = part.last else { return false }
        func isAlphanumeric(_ byte: UInt8) -> Bool { byte.isLowercaseLetter || byte.isDigit }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && part.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
}
