import Broker

/// What a request asks for.
enum GoogleCloudOperation: Sendable {
    case secretManager(SecretManagerOperation, SecretManagerResource)
    case generateAccessToken(email: String)
    case grantToken
    case exchangeToken
    case metadata(GoogleMetadataItem)

    /// The name in call counts and fault orders.
    var name: String {
        switch self {
        case .secretManager(let operation, _): operation.rawValue
        case .generateAccessToken: "GenerateAccessToken"
        case .grantToken: "GrantToken"
        case .exchangeToken: "ExchangeToken"
        case .metadata(let item): item.callName
        }
    }
}

/// Secret Manager's operations, by the names of Google's interface definition.
enum SecretManagerOperation: String, Sendable, CaseIterable {
    case createSecret = "CreateSecret"
    case getSecret = "GetSecret"
    case listSecrets = "ListSecrets"
    case updateSecret = "UpdateSecret"
    case deleteSecret = "DeleteSecret"
    case addSecretVersion = "AddSecretVersion"
    case accessSecretVersion = "AccessSecretVersion"
    case getSecretVersion = "GetSecretVersion"
    case listSecretVersions = "ListSecretVersions"
    case enableSecretVersion = "EnableSecretVersion"
    case disableSecretVersion = "DisableSecretVersion"
    case destroySecretVersion = "DestroySecretVersion"

    var permission: String {
        switch self {
        case .createSecret: "secretmanager.secrets.create"
        case .getSecret: "secretmanager.secrets.get"
        case .listSecrets: "secretmanager.secrets.list"
        case .updateSecret: "secretmanager.secrets.update"
        case .deleteSecret: "secretmanager.secrets.delete"
        case .addSecretVersion: "secretmanager.versions.add"
        case .accessSecretVersion: "secretmanager.versions.access"
        case .getSecretVersion: "secretmanager.versions.get"
        case .listSecretVersions: "secretmanager.versions.list"
        case .enableSecretVersion: "secretmanager.versions.enable"
        case .disableSecretVersion: "secretmanager.versions.disable"
        case .destroySecretVersion: "secretmanager.versions.destroy"
        }
    }
}

/// `projects/P[/locations/L]/secrets[/S[/versions[/V]]]`, as a path names it.
struct SecretManagerResource: Sendable, Hashable {
    let project: String
    let location: String?
    var secret: String?
    var version: String?
}

extension GoogleCloud: FrontedCloud {
    static func name(of operation: GoogleCloudOperation) -> String { operation.name }

    static func route(_ request: CloudRequest) throws(Misdirected) -> GoogleCloudOperation {
        let path = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        switch (request.method, path.first) {
        case ("POST", "token") where path.count == 1: return .grantToken
        case ("GET", "computeMetadata"):
            guard let item = GoogleMetadataItem(request.path) else { throw .noPage }
            return .metadata(item)
        case ("POST", "v1") where path == ["v1", "token"]: return .exchangeToken
        case (_, "v1") where path.count > 2 && path[1] == "projects":
            if let operation = impersonation(request.method, path) ?? secretManager(request.method, path) {
                return operation
            }
            throw .noPage
        default: throw .noPage
        }
    }

    private static func impersonation(_ method: String, _ path: [String]) -> GoogleCloudOperation? {
        guard method == "POST", path.count == 5, path[2] == "-", path[3] == "serviceAccounts",
            path[4].hasSuffix(":generateAccessToken")
        else { return nil }
        return .generateAccessToken(email: String(path[4].prefix { $0 != ":" }))
    }

    /// Reads a path. The verb follows the last part.
    private static func secretManager(_ method: String, _ path: [String]) -> GoogleCloudOperation? {
        var rest = path.dropFirst(3)
        var location: String?
        if rest.first == "locations" {
            location = rest.dropFirst().first
            rest = rest.dropFirst(2)
        }
        guard rest.popFirst() == "secrets" else { return nil }
        var resource = SecretManagerResource(project: path[2], location: location)
        let last = rest.popLast()?.split(separator: ":", maxSplits: 1).map(String.init) ?? []
        let verb = last.count > 1 ? last[1] : nil
        let parts = rest + last.prefix(1)
        guard parts.count <= 3, parts.count < 2 || parts.dropFirst().first == "versions" else { return nil }
        resource.secret = parts.first
        resource.version = parts.count == 3 ? parts.last : nil
        let operation = operation(method, depth: parts.count, verb)
        return operation.map { .secretManager($0, resource) }
    }

    private static func operation(_ method: String, depth: Int, _ verb: String?) -> SecretManagerOperation? {
        switch (method, depth, verb) {
        case ("POST", 0, nil): .createSecret
        case ("GET", 0, nil): .listSecrets
        case ("GET", 1, nil): .getSecret
        case ("PATCH", 1, nil): .updateSecret
        case ("DELETE", 1, nil): .deleteSecret
        case ("POST", 1, "addVersion"): .addSecretVersion
        case ("GET", 2, nil): .listSecretVersions
        case ("GET", 3, nil): .getSecretVersion
        case ("GET", 3, "access"): .accessSecretVersion
        case ("POST", 3, "enable"): .enableSecretVersion
        case ("POST", 3, "disable"): .disableSecretVersion
        case ("POST", 3, "destroy"): .destroySecretVersion
        default: nil
        }
    }

    #if FaultInjection
    static func dialect(of operation: GoogleCloudOperation) -> any FaultDialect {
        GoogleFaultDialect(operation: operation)
    }
    #endif
}

extension Misdirected {
    /// Google's answer to a path that none of its services has.
    fileprivate static let noPage = Misdirected(
        answer: CloudAnswer(
            status: 404, contentType: "text/html; charset=UTF-8",
            text: "<!DOCTYPE html>\n<html lang=en><title>Error 404 (Not Found)!!1</title>\n"))
}
