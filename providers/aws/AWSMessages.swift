import Broker
import Cryptography
import WireJSON

/// A call of AWS, by AWS's name for it.
enum AWSOperation: String, Sendable, CaseIterable {
    case createSecret = "CreateSecret"
    case getSecretValue = "GetSecretValue"
    case deleteSecret = "DeleteSecret"
    case getCallerIdentity = "GetCallerIdentity"
    case assumeRole = "AssumeRole"
    case assumeRoleWithWebIdentity = "AssumeRoleWithWebIdentity"
    // These are not calls of AWS's APIs, and have no names of their own.
    case instanceCredentials = "InstanceMetadata"
    case containerCredentials = "ContainerCredentials"
    case containerToken = "ContainerAuthorizationToken"
    case webIdentityToken = "WebIdentityToken"
    case profile = "Profile"
}

/// The token of the call that writes a version. It is the version's id as well: AWS makes it the VersionId.
struct ClientRequestToken: Sendable, Hashable {
    let text: String

    /// Makes the same token for a reference each time, so that a repeated create is the same request to AWS: 64
    /// characters, the most that it allows.
    init(for reference: Reference) {
        text = unsafe Hex.encode(SHA256.hash(reference.text.utf8.span.bytes))
    }

    /// Whether the text has a length that AWS documents.
    static func isVersionID(_ text: String) -> Bool { (32...64).contains(text.utf8.count) }
}

/// A version of one object. Whoever may delete a secret and create one can give the new one the old one's name and
/// version id, but not the six characters that AWS adds to the name in the ARN of each new secret.
struct ObjectVersion: Hashable {
    let id: String
    /// The six characters; nil in pins that were made without them.
    let suffix: String?

    init(id: String, arn: String?) {
        self.id = id
        suffix = arn.flatMap { $0.suffix(7).first == "-" ? String($0.suffix(6)) : nil }
    }

    /// Nil if there can be no such version: AWS refuses such an id as malformed.
    init?(_ pin: Pin) {
        let parts = pin.text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard ClientRequestToken.isVersionID(String(parts[0])) else { return nil }
        id = String(parts[0])
        suffix = parts.count == 2 ? String(parts[1]) : nil
    }

    var pin: Pin { Pin(suffix.map { "\(id):\($0)" } ?? id) }

    func isOf(_ arn: String) -> Bool { suffix.map { arn.hasSuffix("-\($0)") } ?? true }
}

struct CreateSecretRequest {
    let reference: Reference
    let value: Secret
    let note: ObjectNote
    let keyID: String?

    var body: Secret {
        let object = JSONObject()
        object.set("Name", reference.text)
        object.set("ClientRequestToken", ClientRequestToken(for: reference).text)
        object.set("Description", "SecretBroker: team \(note.team), secret \(note.name)")
        if let keyID { object.set("KmsKeyId", keyID) }
        value.withBytes { bytes in
            do {
                try object.set("SecretString", text: bytes)
            } catch {
                Secret(encodingBase64: bytes).withBytes { try? object.set("SecretBinary", text: $0) }
            }
        }
        return object.secret
    }
}

struct CreateSecretAnswer {
    let name: String
    let version: ObjectVersion

    /// Nil for an answer that AWS does not document.
    init?(_ body: Secret) {
        guard let root = body.json,
            let name = root["Name"]?.string, let versionID = root["VersionId"]?.string
        else { return nil }
        self.name = name
        version = ObjectVersion(id: versionID, arn: root["ARN"]?.string)
    }
}

struct GetSecretValueRequest {
    let reference: Reference
    /// The version to read; nil for the one that AWS labels AWSCURRENT.
    let versionID: String?

    var body: Secret {
        let object = JSONObject()
        object.set("SecretId", reference.text)
        if let versionID { object.set("VersionId", versionID) }
        return object.secret
    }
}

struct GetSecretValueAnswer {
    let arn: String
    let name: String
    let versionID: String
    let value: Secret

    /// Nil for an answer that AWS does not document.
    init?(_ body: Secret) {
        guard let root = body.json,
            let arn = root["ARN"]?.string, let name = root["Name"]?.string, let versionID = root["VersionId"]?.string,
            let value = root["SecretString"]?.secret ?? root["SecretBinary"]?.withString(Secret.init(decodingBase64:))
                ?? nil
        else { return nil }
        self.arn = arn
        self.name = name
        self.versionID = versionID
        self.value = value
    }
}

struct DeleteSecretRequest {
    let reference: Reference
    /// The recovery window in days; nil to delete at once.
    let recoveryDays: Int?

    var body: Secret {
        let object = JSONObject()
        object.set("SecretId", reference.text)
        if let recoveryDays {
            object.set("RecoveryWindowInDays", Int64(recoveryDays))
        } else {
            object.set("ForceDeleteWithoutRecovery", true)
        }
        return object.secret
    }
}

struct DeleteSecretAnswer {
    let name: String
    /// In seconds since 1970, with a fraction. Nil where AWS tells none.
    let deletionDate: Timestamp?

    /// Nil for what AWS does not document.
    init?(_ body: Secret) {
        guard let root = body.json, let name = root["Name"]?.string else { return nil }
        self.name = name
        deletionDate = root["DeletionDate"]?.number.flatMap { seconds in
            (0..<1e11).contains(seconds) ? Timestamp(milliseconds: Int64(seconds * 1000)) : nil
        }
    }
}
