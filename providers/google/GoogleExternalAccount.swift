import Broker
import Transport
import WireJSON

/// Workload identity federation: a token that somebody else gave to this machine is exchanged for one of Google's.
///
/// The file is configuration that travels, and whoever can write it could have the token sent anywhere. So every URL in
/// it must be that of Google's service, as Google's own libraries used to insist.
struct GoogleExternalAccount {
    private let audience: String
    private let subjectTokenType: String
    private let subject: SubjectToken
    private let tokenService: ServiceURL
    private let impersonation: Impersonation?

    private static let operation = GoogleOperation.exchangeToken

    init(_ root: JSONNode) throws(GoogleCredentialFault) {
        guard let audience = root["audience"]?.string, Self.isPool(audience),
            let type = root["subject_token_type"]?.string, type.hasPrefix("urn:ietf:params:"), type.isIdentity
        else { throw .audience }
        self.audience = audience
        subjectTokenType = type
        subject = try SubjectToken(root["credential_source"])
        guard let url = root["token_url"]?.string.flatMap({ ServiceURL($0) }), url.target == "/v1/token",
            Self.isGoogle(url.base, "sts")
        else { throw .tokenURL }
        tokenService = url
        impersonation = try root["service_account_impersonation_url"]?.string.map {
            url throws(GoogleCredentialFault) in
            guard let impersonation = Impersonation(url) else { throw .impersonationURL }
            return impersonation
        }
    }

    /// Whether the audience is a pool of workloads. Pools of a workforce are for people.
    private static func isPool(_ audience: String) -> Bool {
        audience.utf8.count <= 1024 && audience.utf8.allSatisfy(\.isVisible)
            && audience.hasPrefix("//iam.googleapis.com/projects/") && audience.contains("/workloadIdentityPools/")
    }

    /// Whether the host is a service of Google's, such as `sts.googleapis.com`, or this machine.
    private static func isGoogle(_ base: BaseURL, _ service: String) -> Bool {
        base.host == "\(service).\(GoogleUniverse.domain)" || LoopbackHost.isOne(base.name)
    }

    var identity: String { impersonation?.email ?? "the federated identity of \(audience)" }

    func token(_ surroundings: Surroundings) async throws(ProviderError) -> BearerToken {
        let now = surroundings.now()
        let subject = try await subject.read(surroundings)
        var form = FormBody()
        form.append("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")
        form.append("requested_token_type", "urn:ietf:params:oauth:token-type:access_token")
        form.append("audience", audience)
        form.append("scope", GoogleUniverse.scope)
        form.append("subject_token_type", subjectTokenType)
        form.append("subject_token", secret: subject)
        let answer = try await GoogleSignInCall(Self.operation, surroundings).post(form.finish(), to: tokenService)
        guard let federated = BearerToken(oauth: answer, at: now) else {
            throw ProviderError(.corrupt, during: Self.operation.rawValue)
        }
        return try await impersonation?.token(by: federated, surroundings) ?? federated
    }

    /// A service account that the federated identity may act as.
    private struct Impersonation {
        let email: String
        private let url: ServiceURL

        private static let path = "/v1/projects/-/serviceAccounts/"
        private static let method = ":generateAccessToken"

        init?(_ text: String) {
            guard let url = ServiceURL(text), GoogleExternalAccount.isGoogle(url.base, "iamcredentials"),
                url.target.hasPrefix(Self.path), url.target.hasSuffix(Self.method)
            else { return nil }
            email = String(url.target.dropFirst(Self.path.count).dropLast(Self.method.count))
            self.url = url
            guard email.isIdentity, email.contains("@") else { return nil }
        }

        func token(
            by federated: BearerToken, _ surroundings: Surroundings
        ) async throws(ProviderError) -> BearerToken {
            let operation = GoogleOperation.generateAccessToken
            let request = JSONObject()
            request.set("scope", [GoogleUniverse.scope])
            request.set("lifetime", "3600s")
            let answer = try await GoogleSignInCall(operation, surroundings).post(request, to: url, as: federated)
            guard let root = answer.json, let token = root["accessToken"]?.secret,
                let expires = root["expireTime"]?.string.flatMap({ Timestamp(rfc3339: $0) }),
                let bearer = BearerToken(token, expires: expires)
            else { throw ProviderError(.corrupt, during: operation.rawValue) }
            return bearer
        }
    }
}

/// Where the token to exchange is found: a file or a URL, which is read each time.
private struct SubjectToken {
    private enum Place {
        case file(String)
        case url(ServiceURL, [HTTPHeader])
    }

    private let place: Place
    /// The field that holds the token; nil if the content is the token.
    private let field: String?

    private static let operation = GoogleOperation.subjectToken
    /// Azure's metadata service, which gives out identities to federate.
    private static let linkLocal = "169.254.169.254"

    init(_ source: JSONNode?) throws(GoogleCredentialFault) {
        guard let source else { throw .source }
        for (key, fault) in [
            ("executable", GoogleCredentialFault.executable), ("environment_id", .aws), ("certificate", .certificate),
        ] where source[key] != nil { throw fault }
        field = try Self.field(source["format"])
        if let path = source["file"]?.string, path.hasPrefix("/") {
            place = .file(path)
            return
        }
        guard
            let url = source["url"]?.string.flatMap({ text in
                ServiceURL(text) { LoopbackHost.isOne($0) || $0 == Self.linkLocal }
            })
        else { throw .source }
        place = .url(url, try Self.headers(source["headers"]))
    }

    private static func field(_ format: JSONNode?) throws(GoogleCredentialFault) -> String? {
        switch format?["type"]?.string {
        case nil, "text": return nil
        case "json":
            guard let field = format?["subject_token_field_name"]?.string, !field.isEmpty else { throw .source }
            return field
        default: throw .source
        }
    }

    private static func headers(_ node: JSONNode?) throws(GoogleCredentialFault) -> [HTTPHeader] {
        try (node?.keys ?? []).map { name throws(GoogleCredentialFault) in
            guard let value = node?[name]?.secret else { throw .source }
            return HTTPHeader(name, secret: value)
        }
    }

    func read(_ surroundings: Surroundings) async throws(ProviderError) -> Secret {
        let content: Secret
        switch place {
        case .file(let path):
            guard let file = try? SecretFile.read(path, upTo: 64 << 10) else { throw Self.missing }
            content = file
        case .url(let url, let headers):
            content = try await GoogleSignInCall(Self.operation, surroundings).get(url, headers).body
        }
        guard let field else { return content.trimmed }
        guard let token = content.json?[field]?.secret else { throw Self.missing }
        return token
    }

    private static var missing: ProviderError { ProviderError(.unauthenticated, during: operation.rawValue) }
}
