import Broker

/// What a request asks for.
enum AzureOperation: Sendable {
    case vault(VaultCall)
    case token(tenant: String)
    case openIDConfiguration(tenant: String)
    case managedIdentityToken

    init?(_ request: CloudRequest) {
        let parts = request.path.split(separator: "/").map(String.init)
        if request.method == "POST", parts.count == 4, Array(parts[1...]) == ["oauth2", "v2.0", "token"] {
            self = .token(tenant: parts[0])
        } else if request.method == "GET", parts.count == 4,
            Array(parts[1...]) == ["v2.0", ".well-known", "openid-configuration"]
        {
            self = .openIDConfiguration(tenant: parts[0])
        } else if request.method == "GET", parts == ["metadata", "identity", "oauth2", "token"] {
            self = .managedIdentityToken
        } else if let call = VaultCall(request.method, parts) {
            self = .vault(call)
        } else {
            return nil
        }
    }

    /// The name in call counts and fault orders.
    var name: String {
        switch self {
        case .vault(let call): call.operation.rawValue
        case .token: "Token"
        case .openIDConfiguration: "OpenIDConfiguration"
        case .managedIdentityToken: "ManagedIdentityToken"
        }
    }
}

/// The vault's operations, by the names of Azure's API reference.
enum VaultOperation: String, Sendable, CaseIterable {
    case setSecret = "SetSecret"
    case getSecret = "GetSecret"
    case updateSecret = "UpdateSecret"
    case deleteSecret = "DeleteSecret"
    case getSecrets = "GetSecrets"
    case getSecretVersions = "GetSecretVersions"
    case getDeletedSecrets = "GetDeletedSecrets"
    case getDeletedSecret = "GetDeletedSecret"
    case recoverDeletedSecret = "RecoverDeletedSecret"
    case purgeDeletedSecret = "PurgeDeletedSecret"

    /// The permission as access policies name it.
    var permission: String {
        switch self {
        case .setSecret, .updateSecret: "set"
        case .getSecret, .getDeletedSecret: "get"
        case .deleteSecret: "delete"
        case .getSecrets, .getSecretVersions, .getDeletedSecrets: "list"
        case .recoverDeletedSecret: "recover"
        case .purgeDeletedSecret: "purge"
        }
    }
}

/// A request to the vault: the operation, and the object and version that it is about.
struct VaultCall: Sendable {
    let operation: VaultOperation
    var name = ""
    /// The version; empty for the latest.
    var version = ""

    init?(_ method: String, _ path: [String]) {
        let isDeleted = path.first == "deletedsecrets"
        guard isDeleted || path.first == "secrets" else { return nil }
        if path.count > 1 { name = path[1] }
        switch (isDeleted, method, path.count) {
        case (false, "GET", 1): operation = .getSecrets
        case (false, "PUT", 2): operation = .setSecret
        case (false, "GET", 2): operation = .getSecret
        case (false, "DELETE", 2): operation = .deleteSecret
        case (false, "GET", 3) where path[2] == "versions": operation = .getSecretVersions
        case (false, "GET", 3):
            operation = .getSecret
            version = path[2]
        case (false, "PATCH", 2): operation = .updateSecret
        case (false, "PATCH", 3):
            operation = .updateSecret
            version = path[2]
        case (true, "GET", 1): operation = .getDeletedSecrets
        case (true, "GET", 2): operation = .getDeletedSecret
        case (true, "DELETE", 2): operation = .purgeDeletedSecret
        case (true, "POST", 3) where path[2] == "recover": operation = .recoverDeletedSecret
        default: return nil
        }
    }
}

extension AzureCloud: FrontedCloud {
    static func name(of operation: AzureOperation) -> String { operation.name }

    static func route(_ request: CloudRequest) throws(Misdirected) -> AzureOperation {
        guard let operation = AzureOperation(request) else {
            throw Misdirected(answer: CloudAnswer(status: 404, contentType: "text/plain", text: ""))
        }
        return operation
    }

    #if FaultInjection
    static func dialect(of operation: AzureOperation) -> any FaultDialect { AzureFaultDialect(operation: operation) }
    #endif
}
