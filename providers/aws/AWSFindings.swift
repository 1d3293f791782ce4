import Broker

/// The sentences of `check`: what failed, and what to do.
struct AWSFindings: Sendable {
    private let settings: AWSSettings
    /// The broker's secrets, as a policy names them.
    private let resource: String

    /// - Parameter account: where it is known.
    init(_ settings: AWSSettings, account: String?) {
        self.settings = settings
        let region = settings.secretsManager.region
        let prefix = settings.namespace.isEmpty ? "*" : "\(settings.namespace)-*"
        resource = "arn:\(region.partition.name):secretsmanager:\(region.name):\(account ?? "ACCOUNT"):secret:\(prefix)"
    }

    func finding(_ error: ProviderError, during operation: AWSOperation) -> Finding {
        if error.operation == AWSOperation.instanceCredentials.rawValue {
            return Finding(
                .failure, code: "not_signed_in",
                message: "The instance's metadata service gives no credentials (\(describe(error))): set"
                    + " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the instance a role, and for containers a"
                    + " hop limit of 2.")
        }
        if operation == .getCallerIdentity && error.kind != .unauthenticated {
            return Finding(
                .warning, code: "identity_unknown",
                message: "STS did not say who the broker is (\(describe(error))). Nothing else depends on it.")
        }
        return Finding(.failure, code: code(error, operation), message: sentence(error, operation))
    }

    private func code(_ error: ProviderError, _ operation: AWSOperation) -> String {
        switch error.kind {
        case .keyDenied: "key_denied"
        case .keyDisabled: "key_disabled"
        case .unauthenticated: "not_signed_in"
        case .denied: "\(verb(operation))_denied"
        case .limitExceeded: "limit_exceeded"
        case .throttled: "throttled"
        case .unavailable, .overloaded: "unreachable"
        case .absent, .disabled, .conflict, .corrupt, .rejected: "\(verb(operation))_failed"
        }
    }

    private func sentence(_ error: ProviderError, _ operation: AWSOperation) -> String {
        let key = settings.keyID ?? "aws/secretsmanager"
        let what = describe(error)
        return switch error.kind {
        case .denied:
            "AWS denies \(operation.rawValue): grant secretsmanager:\(operation.rawValue) on \(resource)."
        case .keyDenied:
            "AWS denies the use of the key \(key): grant the broker kms:GenerateDataKey and kms:Decrypt on it, in the"
                + " broker's policy and in the key's."
        case .keyDisabled:
            "The key \(key) is disabled, pending deletion or gone: enable it, or cancel its deletion."
        case .unauthenticated:
            "AWS does not take the broker's credentials (\(what)): correct AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and"
                + " AWS_SESSION_TOKEN, or give the instance a role; if the clock is off, correct it."
        case .limitExceeded:
            "A limit of the account is reached (\(what)): delete secrets, or have AWS raise the limit."
        case .throttled:
            "AWS throttles the broker (\(what)): try again, and see what else calls Secrets Manager in this account."
        case .unavailable, .overloaded:
            "\(settings.secretsManager.host) did not answer (\(what)): let the broker reach it, directly, through"
                + " HTTPS_PROXY or by a VPC endpoint."
        case .absent, .disabled, .conflict, .corrupt, .rejected:
            "\(operation.rawValue) of a secret made for this check failed (\(what)): see whether the endpoint is AWS."
        }
    }

    private func verb(_ operation: AWSOperation) -> String {
        switch operation {
        case .createSecret: "create"
        case .getSecretValue: "read"
        case .deleteSecret: "purge"
        case .getCallerIdentity, .instanceCredentials: "sign_in"
        }
    }

    /// Identifiers only.
    private func describe(_ error: ProviderError) -> String {
        let words = [error.operation, error.vendorCode ?? error.kind.rawValue]
        return words.joined(separator: ", ") + (error.requestID.map { ", request \($0)" } ?? "")
    }
}
