import Broker
import WireJSON

extension KeyVault {
    /// Adds a version with each call; there is no condition to make it depend on.
    mutating func setSecret(
        _ call: VaultCall, _ body: Secret, _ context: VaultContext
    ) throws(AzureFault) -> CloudAnswer {
        let key = try writable(call, at: context.now)
        let parameters = try SecretParameters(body)
        guard let value = parameters.value else { throw .badParameter("Property value is required.") }
        guard value.byteCount <= SecretParameters.maximumValueSize else {
            throw .badParameter("The parameter value exceeds the limit of 25 KB.")
        }
        var version = VaultVersion(
            id: VaultVersion.newID(), value: value, tags: [], created: context.now, updated: context.now)
        parameters.apply(to: &version)
        var secret = secrets[key] ?? VaultSecret(name: call.name, versions: [])
        secret.versions.append(version)
        secrets[key] = secret
        return .vault(bundle(version, of: secret, context, withValue: true))
    }

    mutating func updateSecret(
        _ call: VaultCall, _ body: Secret, _ context: VaultContext
    ) throws(AzureFault) -> CloudAnswer {
        let key = try writable(call, at: context.now)
        var secret = try present(call)
        guard let index = secret.index(of: call.version) else { throw .notFound("\(call.name)/\(call.version)") }
        try SecretParameters(body).apply(to: &secret.versions[index])
        secret.versions[index].updated = context.now
        secrets[key] = secret
        return .vault(bundle(secret.versions[index], of: secret, context, withValue: false))
    }
}

/// The body of SetSecret and UpdateSecret.
private struct SecretParameters {
    static let maximumValueSize = 25_600

    let value: Secret?
    private var contentType: String?
    private var tags: [(key: String, value: String)]?
    private var isEnabled: Bool?
    private var notBefore: Timestamp?
    private var expires: Timestamp?

    init(_ body: Secret) throws(AzureFault) {
        guard let root = body.withBytes({ try? JSONDocument(parsing: $0).root }), root.kind == .object else {
            throw .badParameter("The request body is not valid JSON.")
        }
        value = root["value"]?.withString { Secret(copying: $0) }
        contentType = root["contentType"]?.string
        if let contentType, contentType.utf8.count > 255 {
            throw .badParameter("The content type exceeds 255 characters.")
        }
        if let node = root["tags"], node.kind == .object {
            let given = node.keys.map { (key: $0, value: node[$0]?.string ?? "") }
            guard given.count <= 15, given.allSatisfy({ $0.key.utf8.count <= 512 && $0.value.utf8.count <= 512 }) else {
                throw .badParameter("There are more than 15 tags, or one exceeds 512 characters.")
            }
            tags = given
        }
        let attributes = root["attributes"]
        isEnabled = attributes?["enabled"]?.boolean
        notBefore = attributes?["nbf"]?.integer.map { Timestamp(milliseconds: Int64($0) * 1000) }
        expires = attributes?["exp"]?.integer.map { Timestamp(milliseconds: Int64($0) * 1000) }
    }

    /// Applies what is given; the rest stays.
    func apply(to version: inout VaultVersion) {
        if let contentType { version.contentType = contentType }
        if let tags { version.tags = tags }
        if let isEnabled { version.isEnabled = isEnabled }
        if let notBefore { version.notBefore = notBefore }
        if let expires { version.expires = expires }
    }
}
