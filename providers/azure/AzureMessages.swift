import Broker
import WireJSON

/// A call, by its name in Azure's API reference.
enum AzureOperation: String, Sendable, CaseIterable {
    case setSecret = "SetSecret"
    case getSecret = "GetSecret"
    case deleteSecret = "DeleteSecret"
    case purgeDeletedSecret = "PurgeDeletedSecret"
    case getDeletedSecret = "GetDeletedSecret"
    /// The ways to sign in, which have no names there.
    case applicationToken = "ApplicationToken"
    case managedIdentityToken = "ManagedIdentityToken"
    /// The file that proves who the application is.
    case credentialFile = "CredentialFile"
}

/// A request to a vault.
struct AzureRequest: Sendable {
    /// The version of the API: stable and years old, so that vaults in every cloud serve it. Nothing newer is used.
    static let apiVersion = "7.4"

    let operation: AzureOperation
    let method: String
    /// The path below the vault's URL, in characters that need no encoding.
    let path: String
    var body: Secret?

    var target: String { "/\(path)?api-version=\(Self.apiVersion)" }

    static func setSecret(_ reference: Reference, _ body: Secret) -> AzureRequest {
        AzureRequest(operation: .setSecret, method: "PUT", path: "secrets/\(reference)", body: body)
    }

    /// - Parameter version: nil for the newest.
    static func getSecret(_ reference: Reference, version: String?) -> AzureRequest {
        let path = ["secrets", reference.text, version].compactMap(\.self).joined(separator: "/")
        return AzureRequest(operation: .getSecret, method: "GET", path: path)
    }

    static func deleteSecret(_ reference: Reference) -> AzureRequest {
        AzureRequest(operation: .deleteSecret, method: "DELETE", path: "secrets/\(reference)")
    }

    static func purgeDeletedSecret(_ reference: Reference) -> AzureRequest {
        AzureRequest(operation: .purgeDeletedSecret, method: "DELETE", path: "deletedsecrets/\(reference)")
    }

    static func getDeletedSecret(_ reference: Reference) -> AzureRequest {
        AzureRequest(operation: .getDeletedSecret, method: "GET", path: "deletedsecrets/\(reference)")
    }
}

/// The body of SetSecret.
struct SetSecretMessage {
    let value: Secret
    let note: ObjectNote

    /// - Throws: `notText`, since Key Vault keeps only text.
    func body() throws(JSONFault) -> Secret {
        let object = JSONObject()
        try value.withBytes { bytes throws(JSONFault) in try object.set("value", text: bytes) }
        // Nobody knows what a value is; but a built-in policy of Azure's refuses secrets without a content type.
        object.set("contentType", "text/plain")
        let tags = JSONObject()
        tags.set("managed-by", "secret-broker")
        tags.set("team", note.team.text)
        tags.set("secret", note.name.text)
        object.set("tags", tags)
        return object.secret
    }
}

/// The answer to SetSecret and GetSecret.
struct SecretBundle {
    let id: SecretIdentifier
    let value: Secret

    /// Nil for an answer that Azure does not document.
    init?(_ body: Secret) {
        guard let root = body.json, let id = root["id"]?.string.flatMap({ SecretIdentifier($0) }),
            let value = root["value"]?.secret
        else { return nil }
        self.id = id
        self.value = value
    }
}

/// The answer to DeleteSecret and GetDeletedSecret.
struct DeletedSecretBundle {
    /// When the vault purges it by itself; nil if nothing is held, since the vault has no soft delete.
    let scheduledPurge: Timestamp?
    /// Whether somebody whom the vault lets may purge it earlier. False under purge protection.
    let isPurgeable: Bool

    /// Nil for an answer that Azure does not document.
    init?(_ body: Secret) {
        guard let root = body.json, let level = root["attributes"]?["recoveryLevel"]?.string else { return nil }
        let seconds = root["scheduledPurgeDate"]?.integer
        guard level == Self.levelWithoutSoftDelete || seconds.map((0..<1 << 37).contains) ?? false else { return nil }
        scheduledPurge = seconds.map { Timestamp(milliseconds: Int64($0) * 1000) }
        isPurgeable = level.hasSuffix(Self.levelWithoutSoftDelete)
    }

    /// The recovery level of a vault without soft delete. The others are `Recoverable` and `CustomizedRecoverable`,
    /// alone, with `+ProtectedSubscription`, or with `+Purgeable`.
    private static let levelWithoutSoftDelete = "Purgeable"
}

/// `https://NAME.vault.azure.net/secrets/OBJECT/VERSION`.
struct SecretIdentifier: Hashable {
    private let text: String

    /// Makes an identifier that is compared without regard to case, as Azure compares it.
    init(_ text: String) {
        self.text = text.lowercased()
    }

    init(_ vault: BaseURL, _ reference: Reference, version: String) {
        self.init("\(vault.text)/secrets/\(reference)/\(version)")
    }

    /// The version, if this identifies one of the object in the vault.
    func version(of reference: Reference, in vault: BaseURL) -> String? {
        let version = text.dropFirst(SecretIdentifier(vault, reference, version: "").text.utf8.count)
        guard Self.isVersion(version), self == SecretIdentifier(vault, reference, version: String(version)) else {
            return nil
        }
        return String(version)
    }

    /// Whether the text is 32 hexadecimal digits.
    static func isVersion(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy(\.isLowercaseHexDigit)
    }
}
