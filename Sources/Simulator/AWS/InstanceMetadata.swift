import Broker
import Cryptography
import WireJSON

enum MetadataOperation: Sendable {
    case token
    case role
    case credentials(role: String)
    /// The container endpoint's credentials. It is another service at another address, but gives out the same.
    case container

    private static let prefix = "/latest/meta-data/iam/security-credentials"

    init?(_ request: CloudRequest) {
        switch (request.method, request.path) {
        case ("PUT", "/latest/api/token"): self = .token
        case ("GET", Self.prefix[...]), ("GET", "\(Self.prefix)/"[...]): self = .role
        case ("GET", let path) where path.hasPrefix("\(Self.prefix)/"):
            self = .credentials(role: String(path.dropFirst(Self.prefix.count + 1)))
        case ("GET", "/v2/credentials"): self = .container
        default: return nil
        }
    }

    var name: String {
        switch self {
        case .token: "MetadataToken"
        case .role: "MetadataRole"
        case .credentials: "MetadataCredentials"
        case .container: "ContainerCredentials"
        }
    }
}

/// The instance metadata service, only in version 2: a token first, then the role's name and its credentials.
struct InstanceMetadata: Sendable {
    private static let maximumTokens = 1000

    private let role: String
    private let containerToken: Secret?
    private var credential: AWSCredential
    private var issued: Timestamp
    private var tokens: [(text: String, expires: Timestamp)] = []

    init(_ settings: SimulatedAWSSettings, credential: AWSCredential) {
        role = settings.instanceRole
        containerToken = settings.containerToken
        self.credential = credential
        issued = settings.clock()
    }

    mutating func replaceCredential(with credential: AWSCredential, at now: Timestamp) {
        self.credential = credential
        issued = now
    }

    mutating func answer(_ operation: MetadataOperation, to request: CloudRequest, at now: Timestamp) -> CloudAnswer {
        tokens.removeAll { $0.expires <= now }
        switch operation {
        case .token:
            return makeToken(for: request, at: now)
        case .role:
            guard hasToken(request) else { return Self.page(401) }
            return CloudAnswer(status: 200, contentType: "text/plain", text: role)
        case .credentials(let name):
            guard hasToken(request) else { return Self.page(401) }
            return name == role ? credentials() : Self.page(404)
        case .container:
            guard let containerToken else { return Self.page(404) }
            let given = request.header("authorization") ?? ""
            let isRight = containerToken.withBytes { unsafe ConstantTime.equal($0, given.utf8.span.bytes) }
            return isRight ? credentials() : Self.page(401)
        }
    }

    /// Whether the request has a valid token. Version 1 sends none.
    private func hasToken(_ request: CloudRequest) -> Bool {
        guard let token = request.header("x-aws-ec2-metadata-token") else { return false }
        return tokens.contains { $0.text == token }
    }

    private mutating func makeToken(for request: CloudRequest, at now: Timestamp) -> CloudAnswer {
        // A forwarded request may come from outside the instance.
        guard request.header("x-forwarded-for") == nil else { return Self.page(403) }
        guard let seconds = request.header("x-aws-ec2-metadata-token-ttl-seconds").flatMap({ Int($0) }),
            (1...21_600).contains(seconds)
        else { return Self.page(400) }
        let token = RandomText.alphanumeric(56)
        if tokens.count == Self.maximumTokens { tokens.removeFirst() }
        tokens.append((token, now.adding(.seconds(seconds))))
        var answer = CloudAnswer(status: 200, contentType: "text/plain", text: token)
        answer.headers.append(("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", String(seconds)))
        return answer
    }

    private func credentials() -> CloudAnswer {
        let document = JSONObject()
        document.set("Code", "Success")
        document.set("LastUpdated", issued.rfc3339)
        document.set("Type", "AWS-HMAC")
        document.set("AccessKeyId", credential.accessKeyID)
        document.set("SecretAccessKey", credential.secretAccessKey)
        if let token = credential.sessionToken { document.set("Token", token) }
        if let expires = credential.expires { document.set("Expiration", expires.rfc3339) }
        return CloudAnswer(status: 200, contentType: "text/plain", json: document)
    }

    private static func page(_ status: Int) -> CloudAnswer {
        CloudAnswer(status: status, contentType: "text/html", text: "<html><body>\(status)</body></html>")
    }
}
