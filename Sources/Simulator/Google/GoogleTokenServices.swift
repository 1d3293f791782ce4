import Broker
import WireJSON

/// The services that give out tokens: OAuth 2's, the security token service, and IAM's for acting as an account.
extension GoogleCloud {
    /// Answers `oauth2.googleapis.com/token` for a service account's assertion: RFC 7523.
    func grantToken(_ request: CloudRequest) throws(OAuthFault) -> CloudAnswer {
        let form = ReceivedForm(request.body)
        let now = settings.clock()
        guard form.text("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer" else {
            throw OAuthFault(error: "unsupported_grant_type", description: "Invalid grant_type.")
        }
        guard let assertion = form.text("assertion") else { throw .invalidRequest("Missing parameter: assertion") }
        // google-auth names the first, whatever the key's file says.
        let audiences: Set = [
            "https://oauth2.googleapis.com/token", "http://\(request.header("host") ?? "")/token",
        ]
        guard let grant = tokens.assert(assertion, audiences: audiences, at: now) else {
            throw .invalidGrant("Invalid JWT Signature.")
        }
        return token(for: grant.principal, scopes: grant.scopes, at: now)
    }

    /// Answers `sts.googleapis.com/v1/token`: RFC 8693.
    func exchangeToken(_ request: CloudRequest) throws(OAuthFault) -> CloudAnswer {
        let form = ReceivedForm(request.body)
        guard form.text("grant_type") == "urn:ietf:params:oauth:grant-type:token-exchange" else {
            throw OAuthFault(error: "unsupported_grant_type", description: "Invalid value for grantType.")
        }
        guard form.text("requested_token_type") == "urn:ietf:params:oauth:token-type:access_token" else {
            throw .invalidRequest("Invalid value for requestedTokenType.")
        }
        guard let scope = form.text("scope"), !scope.isEmpty else { throw .invalidRequest("Missing scope.") }
        guard let federation = settings.federation, form.text("audience") == federation.audience else {
            throw OAuthFault(error: "invalid_target", description: "The target service indicated is invalid.")
        }
        guard form.text("subject_token_type") == federation.subjectTokenType,
            form.secret("subject_token")?.matches(federation.subjectToken) == true
        else { throw .invalidGrant("The subject token is not one of the pool's provider.") }
        let answer = tokenObject(
            for: Self.federated, scopes: scope.split(separator: " ").map(String.init), at: settings.clock())
        answer.set("issued_token_type", "urn:ietf:params:oauth:token-type:access_token")
        return .google(answer)
    }

    /// Answers `iamcredentials.googleapis.com` for whoever may act as an account.
    func generateAccessToken(
        for email: String, _ request: CloudRequest, at arrived: Timestamp
    ) throws(GoogleFault) -> CloudAnswer {
        let caller = try tokens.authenticate(request, for: [GoogleScope.cloudPlatform, GoogleScope.iam], at: arrived)
        guard caller.principal == Self.federated, settings.federation?.account == email,
            settings.accounts.contains(where: { $0.email == email })
        else { throw .denied("iam.serviceAccounts.getAccessToken", email) }
        guard let root = request.body.withBytes({ try? JSONDocument(parsing: $0).root }), root.kind == .object else {
            throw GoogleFault(.invalidArgument, "Invalid JSON payload received.")
        }
        let scopes = root["scope"]?.elements.compactMap(\.string) ?? []
        guard !scopes.isEmpty else { throw .invalidField("scope", "it is required") }
        let lifetime = try Self.lifetime(root["lifetime"])
        let now = settings.clock()
        let expires = now.adding(min(lifetime, settings.tokenLifetime))
        let answer = JSONObject()
        answer.set(
            "accessToken",
            tokens.issue(GoogleGrant(principal: email, scopes: scopes, expires: expires), at: now))
        // In whole seconds, since google-auth reads no fraction.
        answer.set("expireTime", "\(expires.rfc3339.prefix(19))Z")
        return .google(answer)
    }

    private static func lifetime(_ node: JSONNode?) throws(GoogleFault) -> Duration {
        guard let node else { return .seconds(3600) }
        guard let text = node.string, text.hasSuffix("s"), let seconds = Int(text.dropLast()),
            (1...3600).contains(seconds)
        else { throw .invalidField("lifetime", "it is a duration of at most 3600s") }
        return .seconds(seconds)
    }

    func token(for principal: String, scopes: [String], at now: Timestamp) -> CloudAnswer {
        .google(tokenObject(for: principal, scopes: scopes, at: now))
    }

    private func tokenObject(for principal: String, scopes: [String], at now: Timestamp) -> JSONObject {
        let expires = now.adding(settings.tokenLifetime)
        let answer = JSONObject()
        answer.set(
            "access_token",
            tokens.issue(GoogleGrant(principal: principal, scopes: scopes, expires: expires), at: now))
        answer.set("expires_in", settings.tokenLifetime.components.seconds)
        answer.set("token_type", "Bearer")
        return answer
    }

    /// The only identity of the pool.
    static let federated = "principal://iam.googleapis.com/federated"
}

/// What a request asks of the metadata server.
enum GoogleMetadataItem: Sendable {
    case token, email, account, project, universe, root

    private static let prefix = "/computeMetadata/v1/"

    init?(_ path: Substring) {
        switch path {
        case "\(Self.prefix)instance/service-accounts/default/token": self = .token
        case "\(Self.prefix)instance/service-accounts/default/email": self = .email
        case "\(Self.prefix)instance/service-accounts/default/": self = .account
        case "\(Self.prefix)project/project-id": self = .project
        case "\(Self.prefix)universe/universe-domain": self = .universe
        case "\(Self.prefix)": self = .root
        default: return nil
        }
    }

    var callName: String {
        switch self {
        case .token: "MetadataToken"
        case .email: "MetadataEmail"
        case .account: "MetadataAccount"
        case .project: "MetadataProject"
        case .universe: "MetadataUniverse"
        case .root: "MetadataRoot"
        }
    }
}

extension GoogleCloud {
    /// Answers for a machine that runs as the first account. Refuses a request that a browser or a proxy could have
    /// been made to send.
    func metadata(_ item: GoogleMetadataItem, _ request: CloudRequest) -> CloudAnswer {
        guard request.header("metadata-flavor") == "Google", request.header("x-forwarded-for") == nil else {
            return flavored(CloudAnswer(status: 403, contentType: "text/html", text: "Forbidden"))
        }
        guard let account = settings.accounts.first else {
            return flavored(CloudAnswer(status: 404, contentType: "text/html", text: "Not Found"))
        }
        switch item {
        case .token:
            return flavored(token(for: account.email, scopes: settings.machineScopes, at: settings.clock()))
        case .account:
            let json = JSONObject()
            json.set("aliases", ["default"])
            json.set("email", account.email)
            json.set("scopes", settings.machineScopes)
            return flavored(.google(json))
        case .email: return text(account.email)
        case .project: return text(settings.project)
        case .universe: return text("googleapis.com")
        case .root: return text("instance/\nproject/\n")
        }
    }

    private func text(_ text: String) -> CloudAnswer {
        flavored(CloudAnswer(status: 200, contentType: "application/text", text: text))
    }

    private func flavored(_ answer: CloudAnswer) -> CloudAnswer {
        var answer = answer
        answer.headers.append(("Metadata-Flavor", "Google"))
        return answer
    }
}
