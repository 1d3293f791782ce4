import Broker

/// The sentences of `check`: what failed, and what to do about it.
struct GoogleFindings: Sendable {
    private let settings: GoogleSettings
    private let source: String
    private let authorities: String?

    /// - Parameter authorities: the file of the CAs that are believed.
    init(_ settings: GoogleSettings, signInBy source: String, authorities: String?) {
        self.settings = settings
        self.source = source
        self.authorities = authorities
    }

    /// - Parameter operation: the operation of the step that failed. The error knows which of its calls did.
    func finding(_ error: ProviderError, during operation: GoogleOperation) -> Finding {
        if let signIn = GoogleOperation(signIn: error) {
            return Finding(.failure, code: "not_signed_in", message: signInSentence(error, signIn))
        }
        let failed = GoogleOperation(rawValue: error.operation) ?? operation
        if let obstacle = GoogleObstacle(error) {
            return Finding(.failure, code: obstacle.rawValue, message: sentence(error, obstacle))
        }
        return Finding(.failure, code: error.findingCode(verb(operation)), message: sentence(error, failed))
    }

    private func sentence(_ error: ProviderError, _ obstacle: GoogleObstacle) -> String {
        let what = error.identifiers()
        let project = settings.project.text
        return switch obstacle {
        case .apiDisabled:
            "the Secret Manager API is off in project \(project) (\(what)): gcloud services enable"
                + " secretmanager.googleapis.com --project \(project)"
        case .projectInactive:
            "project \(project) has no billing, or is suspended (\(what)): link it to a billing account that is in"
                + " force, or see its suspension in Google's console"
        case .projectUnknown:
            "Google takes no calls for project \(project) (\(what)): see that it exists, and that the store URI or"
                + " GOOGLE_CLOUD_PROJECT names it rightly"
        case .policy:
            "a policy of the organisation refuses the broker (\(what)): see VPC Service Controls, and which services"
                + " and locations the organisation allows to project \(project)"
        }
    }

    private func sentence(_ error: ProviderError, _ operation: GoogleOperation) -> String {
        let what = error.identifiers()
        let project = settings.project.text
        return switch error.kind {
        case .denied:
            "Google denies \(operation.rawValue) (\(what)): grant \(permission(operation)) on \(resource(operation))"
        case .keyDenied:
            "Google's service agent of Secret Manager may not use the key \(keys) (\(what)): grant it"
                + " roles/cloudkms.cryptoKeyEncrypterDecrypter there"
        case .keyDisabled:
            "the key \(keys) is disabled, destroyed or gone (\(what)): enable its version, or cancel the destruction"
        case .unauthenticated where error.vendorCode == "ACCESS_TOKEN_SCOPE_INSUFFICIENT":
            "the machine's access scopes leave out Secret Manager (\(what)): give the machine the scope"
                + " \(GoogleUniverse.scope), and let IAM say what the broker may do"
        case .unauthenticated:
            "Google does not take the token that the broker got from \(source) (\(what)): see that the key and its"
                + " account exist and are enabled; if the clock is off, correct it"
        case .limitExceeded:
            "a limit of project \(project) is reached (\(what)): have Google raise it"
        case .throttled:
            "Google throttles the broker (\(what)): try again, and see what else calls Secret Manager in project"
                + " \(project)"
        case .unavailable, .overloaded, .busy:
            noAnswer(error, of: settings.endpoint.host)
                ?? "\(settings.endpoint.host) answers that it cannot now (\(what)): try again, and see Google Cloud's"
                + " service health"
        case .absent, .disabled, .conflict, .corrupt, .rejected, .notConfigured:
            "the \(operation.rawValue) of a secret made for this check failed (\(what)): see whether project and"
                + " location exist, whether the organisation allows the location, and whether the endpoint is Google's"
        }
    }

    private func signInSentence(_ error: ProviderError, _ operation: GoogleOperation) -> String {
        let what = error.identifiers()
        return switch operation {
        case .metadataToken:
            "the metadata server gives no token (\(what)): give the machine, or the pod's Kubernetes service account, a"
                + " service account of Google's, or set GOOGLE_APPLICATION_CREDENTIALS"
        case .credentialFile:
            "the credential file of \(source) cannot be used any more (\(what)): see that it is there and whole"
        case .subjectToken:
            "the token to be exchanged cannot be had (\(what)): see what credential_source of \(source) names"
        case .exchangeToken where error.isTransient:
            noAnswer(error, of: "Google's security token service")
                ?? "Google's security token service gives no token now (\(what)): try again"
        case .exchangeToken:
            "Google's security token service refuses the exchange (\(what)): see the pool's provider, its attribute"
                + " condition, and the audience of the token"
        case .generateAccessToken where error.isTransient:
            noAnswer(error, of: "Google's IAM service")
                ?? "Google's IAM service gives no token now (\(what)): try again"
        case .generateAccessToken where error.vendorCode == "SERVICE_DISABLED":
            "the IAM Service Account Credentials API is off (\(what)): gcloud services enable"
                + " iamcredentials.googleapis.com in the service account's project"
        case .generateAccessToken:
            "the federated identity may not act as its service account (\(what)): grant it"
                + " roles/iam.workloadIdentityUser on that account"
        case .grantToken, .createSecret, .addSecretVersion, .accessSecretVersion, .deleteSecret:
            "the token service of \(source) gives no token (\(what)): see the key, and whether the clock is right"
        }
    }

    private func noAnswer(_ error: ProviderError, of host: String) -> String? {
        error.sentence(
            noAnswerOf: host, way: "directly, through HTTPS_PROXY or by Private Google Access",
            authorities: authorities)
    }

    private var keys: String { settings.replication.keys.map(\.name).joined(separator: ", ") }

    private func permission(_ operation: GoogleOperation) -> String {
        switch operation {
        case .createSecret: "secretmanager.secrets.create"
        case .addSecretVersion: "secretmanager.versions.add"
        case .deleteSecret: "secretmanager.secrets.delete"
        case .accessSecretVersion, .credentialFile, .subjectToken, .grantToken, .exchangeToken, .generateAccessToken,
            .metadataToken:
            "secretmanager.versions.access"
        }
    }

    /// What to grant on. A condition on the name cannot hold for a create: IAM asks about the project, which names no
    /// secret.
    private func resource(_ operation: GoogleOperation) -> String {
        let project = "project \(settings.project.text)"
        return operation == .createSecret || settings.namespace.isEmpty
            ? project : "secrets of \(project) whose names begin with \(settings.namespace)-"
    }

    private func verb(_ operation: GoogleOperation) -> String {
        switch operation {
        case .createSecret, .addSecretVersion: "create"
        case .accessSecretVersion: "read"
        case .deleteSecret: "purge"
        case .credentialFile, .subjectToken, .grantToken, .exchangeToken, .generateAccessToken, .metadataToken:
            "sign_in"
        }
    }
}

/// Why Google denies a call for which no grant is missing. The raw value is the code of the finding.
private enum GoogleObstacle: String {
    case apiDisabled = "api_disabled"
    case projectInactive = "project_inactive"
    case projectUnknown = "project_unknown"
    case policy = "forbidden_by_policy"

    /// Nil for all other errors.
    init?(_ error: ProviderError) {
        guard error.kind == .denied else { return nil }
        switch error.vendorCode {
        case "SERVICE_DISABLED": self = .apiDisabled
        case "BILLING_DISABLED", "CONSUMER_SUSPENDED", "GCP_SUSPENDED": self = .projectInactive
        case "CONSUMER_INVALID", "RESOURCE_PROJECT_INVALID", "USER_PROJECT_DENIED": self = .projectUnknown
        case "LOCATION_ORG_POLICY_VIOLATED", "LOCATION_POLICY_VIOLATED", "ORG_RESTRICTION_VIOLATION",
            "RESOURCE_USAGE_RESTRICTION_VIOLATED", "SECURITY_POLICY_VIOLATED", "SERVICE_NOT_VISIBLE":
            self = .policy
        default: return nil
        }
    }
}
