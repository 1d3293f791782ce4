import Broker
import Cryptography
import WireJSON

/// A call of AWS, by AWS's name.
enum AWSOperation: String, Sendable, CaseIterable {
    case createSecret = "CreateSecret"
    case getSecretValue = "GetSecretValue"
    case deleteSecret = "DeleteSecret"
    case getCallerIdentity = "GetCallerIdentity"
    case assumeRole = "AssumeRole"
    case assumeRoleWithWebIdentity = "AssumeRoleWithWebIdentity"
    // What is no call of AWS's APIs, and has no name of its own.
    case instanceCredentials = "InstanceMetadata"
    case containerCredentials = "ContainerCredentials"
    case containerToken = "ContainerAuthorizationToken"
    case webIdentityToken = "WebIdentityToken"
    case profile = "Profile"
}

/// The version's id as well: AWS makes the token of the call that writes a version its VersionId.
struct ClientRequestToken: Sendable, Hashable {
    let text: String

    /// The same for a reference each time, so that a repeated create is the same request to AWS: 64 characters, the
    /// most it allows.
    init(for reference: Reference) {
        text = unsafe Hex.encode(SHA256.hash(reference.text.utf8.span.bytes))
    }

    /// The lengths that AWS documents.
    static func isVersionID(_ text: String) -> Bool { (32...64).contains(text.utf8.count) }
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
                encodeBase64(bytes).withBytes { try? object.set("SecretBinary", text: $0) }
            }
        }
        return object.secret
    }
}

struct CreateSecretAnswer {
    let name: String
    let versionID: String

    /// Nil for what AWS does not document.
    init?(_ body: Secret) {
        guard let root = body.json,
            let name = root["Name"]?.string, let versionID = root["VersionId"]?.string
        else { return nil }
        self.name = name
        self.versionID = versionID
    }
}

struct GetSecretValueRequest {
    let reference: Reference
    let versionID: String

    var body: Secret {
        let object = JSONObject()
        object.set("SecretId", reference.text)
        object.set("VersionId", versionID)
        return object.secret
    }
}

struct GetSecretValueAnswer {
    let arn: String
    let name: String
    let versionID: String
    let value: Secret

    /// Nil for what AWS does not document.
    init?(_ body: Secret) {
        guard let root = body.json,
            let arn = root["ARN"]?.string, let name = root["Name"]?.string, let versionID = root["VersionId"]?.string,
            let value = root["SecretString"]?.withString({ Secret(copying: $0) })
                ?? root["SecretBinary"]?.withString(decodedBase64) ?? nil
        else { return nil }
        self.arn = arn
        self.name = name
        self.versionID = versionID
        self.value = value
    }
}

struct DeleteSecretRequest {
    let reference: Reference
    /// Nil: at once.
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
    let deletionDate: Timestamp

    /// Nil for what AWS does not document: the date is in seconds since 1970, with a fraction.
    init?(_ body: Secret) {
        guard let seconds = body.json?["DeletionDate"]?.number, (0..<1e11).contains(seconds) else { return nil }
        deletionDate = Timestamp(milliseconds: Int64(seconds * 1000))
    }
}

extension Secret {
    fileprivate var json: JSONNode? {
        withBytes { (try? JSONDocument(parsing: $0))?.root }
    }
}

extension JSONObject {
    /// The whole message: it may hold a value.
    fileprivate var secret: Secret {
        var secret: Secret?
        write { secret = Secret(copying: $0) }
        return secret ?? Secret("")
    }
}

private func decodedBase64(_ text: RawSpan) -> Secret? {
    var value: Secret?
    return Base64.decode(text, into: { value = Secret(copying: $0) }) ? value : nil
}

/// Nine bytes at a time: a `String` of twelve characters lies on the stack, and no copy of the value stays in memory
/// that is not wiped.
private func encodeBase64(_ bytes: RawSpan) -> Secret {
    var text = SecretBuffer(limit: bytes.byteCount / 3 * 4 + 4, capacity: bytes.byteCount / 3 * 4 + 4)
    for start in stride(from: 0, to: bytes.byteCount, by: 9) {
        try? text.append(Base64.encode(bytes.extracting(start..<min(start + 9, bytes.byteCount))))
    }
    return text.finish()
}
