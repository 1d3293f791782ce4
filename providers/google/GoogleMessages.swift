import Broker
import Cryptography
import WireJSON

/// A call of Google, by its name in Google's audit logs or, for a sign-in service, by what it does.
enum GoogleOperation: String, Sendable, CaseIterable {
    case createSecret = "CreateSecret"
    case addSecretVersion = "AddSecretVersion"
    case accessSecretVersion = "AccessSecretVersion"
    case deleteSecret = "DeleteSecret"
    /// The file that GOOGLE_APPLICATION_CREDENTIALS names, and the files and services that it names.
    case credentialFile = "CredentialFile"
    case subjectToken = "SubjectToken"
    /// A call to `oauth2.googleapis.com`.
    case grantToken = "GrantToken"
    /// A call to `sts.googleapis.com`.
    case exchangeToken = "ExchangeToken"
    case generateAccessToken = "GenerateAccessToken"
    case metadataToken = "MetadataToken"
}

/// A request to Secret Manager's REST interface, v1.
struct GoogleRequest: Sendable {
    let operation: GoogleOperation
    let method: String
    /// What follows `/v1/`, with the query. Nothing in it needs encoding: project, location and reference were checked.
    let path: String
    let body: Secret?
}

extension GoogleSettings {
    func createSecret(_ reference: Reference, _ note: ObjectNote) -> GoogleRequest {
        let body = JSONObject()
        replication.write(to: body)
        let annotations = JSONObject()
        annotations.set("secret-broker-team", note.team.text)
        annotations.set("secret-broker-secret", note.name.text)
        body.set("annotations", annotations)
        return GoogleRequest(
            operation: .createSecret, method: "POST", path: "\(parent)/secrets?secretId=\(reference.text)",
            body: body.secret)
    }

    func addVersion(_ value: Secret, to reference: Reference) -> GoogleRequest {
        let payload = JSONObject()
        value.withBytes { bytes in
            Secret(encodingBase64: bytes).withBytes { try? payload.set("data", text: $0) }
            payload.set("dataCrc32c", String(CRC32C.checksum(bytes)))
        }
        let body = JSONObject()
        body.set("payload", payload)
        return GoogleRequest(
            operation: .addSecretVersion, method: "POST", path: "\(parent)/secrets/\(reference.text):addVersion",
            body: body.secret)
    }

    /// - Parameter number: nil for the newest version.
    func accessVersion(_ number: GoogleVersionNumber?, of reference: Reference) -> GoogleRequest {
        GoogleRequest(
            operation: .accessSecretVersion, method: "GET",
            path: "\(parent)/secrets/\(reference.text)/versions/\(number?.text ?? "latest"):access", body: nil)
    }

    func deleteSecret(_ reference: Reference) -> GoogleRequest {
        GoogleRequest(
            operation: .deleteSecret, method: "DELETE", path: "\(parent)/secrets/\(reference.text)", body: nil)
    }
}

extension GoogleReplication {
    /// Writes the replication. A regional secret must not have `replication`, and has its key beside it.
    fileprivate func write(to secret: JSONObject) {
        switch self {
        case .automatic(let key): secret.set("replication", Self.object("automatic", Self.encrypted(by: key)))
        case .userManaged(let replicas):
            let userManaged = JSONObject()
            userManaged.set(
                "replicas",
                replicas.map { replica in
                    let object = Self.encrypted(by: replica.key)
                    object.set("location", replica.location.text)
                    return object
                })
            secret.set("replication", Self.object("userManaged", userManaged))
        case .regional(_, let key):
            if let key { secret.set("customerManagedEncryption", key.object) }
        }
    }

    private static func encrypted(by key: GoogleKey?) -> JSONObject {
        key.map { object("customerManagedEncryption", $0.object) } ?? JSONObject()
    }

    private static func object(_ key: String, _ member: JSONObject) -> JSONObject {
        let object = JSONObject()
        object.set(key, member)
        return object
    }
}

extension GoogleKey {
    fileprivate var object: JSONObject {
        let object = JSONObject()
        object.set("kmsKeyName", name)
        return object
    }
}

/// Google's id of a version: 1, 2, 3 and so on, never an alias such as `latest`.
struct GoogleVersionNumber: Sendable, Hashable {
    let text: String

    static let first = GoogleVersionNumber(text: "1")

    private init(text: String) {
        self.text = text
    }

    init?(_ text: String) {
        guard (1...19).contains(text.utf8.count), text.utf8.allSatisfy(\.isDigit),
            text.utf8.first != UInt8(ascii: "0")
        else { return nil }
        self.text = text
    }

    /// Reads a resource name that ends in `/secrets/REFERENCE/versions/NUMBER`. What precedes may differ from what was
    /// asked for: Google writes the project's number.
    init?(inName name: String, of reference: Reference) {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).suffix(4)
        guard let number = parts.last, parts.dropLast().elementsEqual(["secrets", reference.text[...], "versions"])
        else { return nil }
        self.init(String(number))
    }
}

/// The answer to CreateSecret.
struct GoogleSecretAnswer {
    /// Nil unless it is about this secret: Google writes the project's number in its name.
    init?(_ body: Secret, of reference: Reference) {
        guard body.json?["name"]?.string?.hasSuffix("/secrets/\(reference.text)") == true else { return nil }
    }
}

/// The answer to AddSecretVersion.
struct GoogleVersionAnswer {
    let number: GoogleVersionNumber

    /// Nil for an answer that Google does not document, and for a version whose checksum Google did not receive: the
    /// value may have been changed on its way.
    init?(_ body: Secret, of reference: Reference) {
        guard let root = body.json, root["clientSpecifiedPayloadChecksum"]?.boolean == true,
            let number = root["name"]?.string.flatMap({ GoogleVersionNumber(inName: $0, of: reference) })
        else { return nil }
        self.number = number
    }
}

/// The answer to AccessSecretVersion.
struct GoogleAccessAnswer {
    let number: GoogleVersionNumber
    let value: Secret

    /// Nil for an answer that Google does not document, and for a value that does not match its checksum.
    init?(_ body: Secret, of reference: Reference) {
        guard let root = body.json,
            let number = root["name"]?.string.flatMap({ GoogleVersionNumber(inName: $0, of: reference) }),
            let payload = root["payload"],
            let value = payload["data"]?.withString(Secret.init(decodingBase64:)) ?? nil,
            payload["dataCrc32c"]?.string == String(value.withBytes(CRC32C.checksum))
        else { return nil }
        self.number = number
        self.value = value
    }
}
