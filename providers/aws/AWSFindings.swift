import Broker

/// The sentences of `check`: what failed, and what to do about it.
struct AWSFindings: Sendable {
    private let settings: AWSSettings
    private let signIn: String
    private let authorities: String?
    /// The broker's secrets, as a policy names them.
    private let resource: String

    /// - Parameters:
    ///   - signIn: where the broker's credentials come from.
    ///   - authorities: the file of the CAs that are believed.
    ///   - account: where it is known.
    init(_ settings: AWSSettings, signIn: String, authorities: String?, account: String?) {
        self.settings = settings
        self.signIn = signIn
        self.authorities = authorities
        let region = settings.secretsManager.region
        let prefix = settings.namespace.isEmpty ? "*" : "\(settings.namespace)-*"
        resource = "arn:\(region.partition.name):secretsmanager:\(region.name):\(account ?? "ACCOUNT"):secret:\(prefix)"
    }

    func finding(_ error: ProviderError, during operation: AWSOperation) -> Finding {
        if let sentence = AWSOperation(rawValue: error.operation).flatMap({ signInSentence(error, during: $0) }) {
            return Finding(.failure, code: "not_signed_in", message: sentence)
        }
        if operation == .getCallerIdentity && error.kind != .unauthenticated {
            return Finding(
                .warning, code: "identity_unknown",
                message: "STS did not say who the broker is (\(error.identifiers())); nothing else depends on it")
        }
        let code = isOfAccount(error) ? "not_enabled" : error.findingCode(verb(operation))
        return Finding(.failure, code: code, message: sentence(error, operation))
    }

    /// Whether it is the account that may not, whatever is granted to the broker.
    private func isOfAccount(_ error: ProviderError) -> Bool {
        error.kind == .denied && ["OptInRequired", "RegionDisabledException"].contains(error.vendorCode)
    }

    /// Nil for a call that is not part of a sign-in.
    private func signInSentence(_ error: ProviderError, during operation: AWSOperation) -> String? {
        let what = error.identifiers()
        return switch operation {
        case .createSecret, .getSecretValue, .deleteSecret, .getCallerIdentity: nil
        case .instanceCredentials:
            "the instance's metadata service gives no credentials (\(what)): set AWS_ACCESS_KEY_ID and"
                + " AWS_SECRET_ACCESS_KEY, or give the instance a role, and for containers a hop limit of 2"
        case .containerCredentials:
            "the container's credential endpoint gives no credentials (\(what)): give the pod's service account a Pod"
                + " Identity association, or the task a role, and see that the agent runs"
        case .containerToken:
            "the file that AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names holds no token, or cannot be read: mount it for"
                + " the broker's user; a token is one line without its end"
        case .webIdentityToken:
            "the web identity token file holds no token, or cannot be read: mount it for the broker's user; a token has"
                + " 4 to 20,000 printable characters"
        case .profile:
            "the access key of the profile is not in AWS's shared files any more, or they cannot be read: put it back"
        case .assumeRole where error.isTransient, .assumeRoleWithWebIdentity where error.isTransient:
            noAnswer(error, of: settings.securityTokens.host)
                ?? "\(settings.securityTokens.host) gives no session now (\(what)): try again"
        // Who takes the role on is not signed in.
        case .assumeRole where error.kind == .unauthenticated: nil
        case .assumeRole where isOfAccount(error), .assumeRoleWithWebIdentity where isOfAccount(error):
            notEnabled(what)
        case .assumeRole:
            "STS gives no session of the role (\(what)): let the role's trust policy name who takes it on, with the"
                + " external id if it wants one, grant that identity sts:AssumeRole, and order no longer session than the"
                + " role allows, or an hour if a role takes it on"
        case .assumeRoleWithWebIdentity:
            "STS gives no session for the web identity token (\(what)): let the role's trust policy name the token's"
                + " issuer, subject and audience, sts.amazonaws.com; if the token has expired, see who renews it"
        }
    }

    private func sentence(_ error: ProviderError, _ operation: AWSOperation) -> String {
        let key = settings.keyID ?? "aws/secretsmanager"
        let what = error.identifiers()
        return switch error.kind {
        case .denied where isOfAccount(error): notEnabled(what)
        case .denied:
            "AWS denies \(operation.rawValue) (\(what)): grant secretsmanager:\(operation.rawValue) on \(resource), and"
                + " see that no other policy denies it"
        case .keyDenied:
            "AWS denies the use of the key \(key) (\(what)): grant the broker kms:GenerateDataKey and kms:Decrypt on"
                + " it, in the broker's policy and in the key's"
        case .keyDisabled:
            "the key \(key) is disabled, pending deletion or gone (\(what)): enable it, or cancel its deletion"
        case .unauthenticated:
            "AWS does not take the broker's credentials (\(what)), which are those of \(signIn): correct or"
                + " renew them; if the clock is off, correct it"
        case .limitExceeded:
            "a limit of the account is reached (\(what)): delete secrets, or have AWS raise the limit"
        case .throttled:
            "AWS throttles the broker (\(what)): try again, and see what else calls Secrets Manager in this account"
        case .unavailable, .overloaded, .busy:
            noAnswer(error, of: settings.secretsManager.host)
                ?? "\(settings.secretsManager.host) answers that it cannot now (\(what)): try again, and see AWS's health"
                + " dashboard"
        case .absent, .disabled, .conflict, .corrupt, .rejected, .notConfigured:
            "the \(operation.rawValue) of a secret made for this check failed (\(what)): see whether the endpoint is"
                + " AWS"
        }
    }

    private func notEnabled(_ what: String) -> String {
        "the region \(settings.secretsManager.region.name) is off for the account, or the account has no subscription"
            + " (\(what)): enable the region, and STS in it, or complete the account's sign-up"
    }

    private func noAnswer(_ error: ProviderError, of host: String) -> String? {
        error.sentence(
            noAnswerOf: host, way: "directly, through HTTPS_PROXY or by a VPC endpoint", authorities: authorities)
    }

    private func verb(_ operation: AWSOperation) -> String {
        switch operation {
        case .createSecret: "create"
        case .getSecretValue: "read"
        case .deleteSecret: "purge"
        case .getCallerIdentity, .assumeRole, .assumeRoleWithWebIdentity, .instanceCredentials, .containerCredentials,
            .containerToken, .webIdentityToken, .profile:
            "sign_in"
        }
    }
}
