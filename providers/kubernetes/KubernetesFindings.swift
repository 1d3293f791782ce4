import Broker

/// The sentences of `check`: what failed, and what to do about it.
struct KubernetesFindings: Sendable {
    private let namespace: String
    private let server: String

    init(_ settings: KubernetesSettings, server: KubernetesServer) {
        namespace = settings.kubernetesNamespace
        self.server = server.text
    }

    func finding(_ error: ProviderError, during operation: KubernetesOperation) -> Finding {
        if operation == .selfReview && ![.unauthenticated, .unavailable, .overloaded, .throttled].contains(error.kind) {
            return Finding(
                .warning, code: "identity_unknown",
                message:
                    "the cluster did not say who the broker is (\(describe(error))), since it is older than Kubernetes"
                    + " 1.28 or does not let the broker ask; nothing else depends on it")
        }
        return Finding(.failure, code: error.findingCode(operation.stem), message: sentence(error, operation))
    }

    var notTrusted: Finding {
        Finding(
            .failure, code: "not_trusted",
            message: "\(server) does not prove itself by the CA that the broker was given, or does not take its client"
                + " certificate: correct certificate-authority, client-certificate and client-key, or the clock")
    }

    /// - Parameter held: what the broker may do and never does.
    func excess(_ held: [String]) -> Finding {
        guard !held.isEmpty else {
            return Finding(
                .good, code: "least_privilege", message: "the broker has none of the excess permissions asked about")
        }
        return Finding(
            .warning, code: "excess_permissions",
            message:
                "the broker may also \(held.joined(separator: ", ")), which it never does, and whoever takes it over"
                + " has that too: bind it to a Role in \(namespace) with get, create and delete on secrets alone")
    }

    func others(mayRead: Bool) -> Finding {
        guard mayRead else {
            return Finding(
                .good, code: "default_account_cannot_read",
                message: "the default service account of \(namespace) may not read its Secrets")
        }
        return Finding(
            .warning, code: "readable_by_default_account",
            message:
                "every pod that runs as the default service account of \(namespace) may read every value: take get on"
                + " secrets from it and from its groups, or give the broker a namespace of its own")
    }

    /// A finding about a question about permissions that the cluster did not answer.
    func unknown(_ error: ProviderError, _ operation: KubernetesOperation) -> Finding {
        let (code, what) =
            operation == .othersReview
            ? ("others_unknown", "who else may read Secrets in \(namespace) is not known")
            : ("excess_unknown", "what the broker may do beyond its need is not known")
        return Finding(
            .warning, code: code,
            message: "\(what) (\(describe(error))): grant create on \(operation.resource) for this check, or ask with"
                + " `kubectl auth can-i`")
    }

    private func sentence(_ error: ProviderError, _ operation: KubernetesOperation) -> String {
        let what = describe(error)
        return switch error.kind {
        case .unauthenticated where error.operation == KubernetesOperation.tokenFile.rawValue:
            "the token's file cannot be read, or holds no token (\(what)): give the pod a service account with"
                + " automountServiceAccountToken: true, or correct tokenFile in the kubeconfig file"
        case .unauthenticated:
            "the cluster does not take the broker's token or certificate (\(what)), which has expired or is for another"
                + " cluster: give the broker one of a service account"
        case .denied:
            "Kubernetes denies it (\(what)): grant \(operation.verb) on \(operation.resource) in the namespace"
                + " \(namespace) with a Role"
        case .limitExceeded:
            "a quota of the namespace \(namespace) is used up (\(what)): raise its limit on secrets"
        case .throttled:
            "the API server throttles the broker (\(what)): try again, and see what else calls it so often"
        case .unavailable, .overloaded, .busy:
            error.sentence(
                noAnswerOf: server, way: "directly or through a proxy", authorities: nil, requestName: "audit id")
                ?? "\(server) answers that it cannot now (\(what)): try again; if it answers InternalError, look at etcd"
                + " and at the key service of its encryption at rest"
        case .rejected where error.vendorCode == "NotFound":
            "the namespace \(namespace) does not exist, or \(server) is no API server (\(what)): create the namespace,"
                + " or correct the store URI"
        case .rejected where error.vendorCode?.hasPrefix("Forbidden.") == true:
            "the \(operation.rawValue) of a Secret made for this check was refused by a policy of the cluster, or the"
                + " namespace is being deleted (\(what)): allow immutable Secrets of the type Opaque in \(namespace)"
        case .rejected where error.vendorCode == "finalizers":
            "a finalizer holds deleted Secrets back (\(what)): take away what adds finalizers to Secrets in"
                + " \(namespace)"
        case .absent, .disabled, .keyDenied, .keyDisabled, .conflict, .corrupt, .rejected, .notConfigured:
            "the \(operation.rawValue) of a Secret made for this check failed (\(what)): see whether \(server) is an"
                + " API server, and what its admission changes in Secrets"
        }
    }

    private func describe(_ error: ProviderError) -> String { error.identifiers(requestName: "audit id") }
}

extension KubernetesOperation {
    /// What the codes of findings begin with.
    fileprivate var stem: String {
        switch self {
        case .createSecret: "create"
        case .getSecret: "read"
        case .deleteSecret: "purge"
        case .selfReview, .accessReview, .othersReview, .tokenFile: "sign_in"
        }
    }

    fileprivate var verb: String {
        switch self {
        case .getSecret: "get"
        case .deleteSecret: "delete"
        case .createSecret, .selfReview, .accessReview, .othersReview, .tokenFile: "create"
        }
    }

    fileprivate var resource: String {
        switch self {
        case .createSecret, .getSecret, .deleteSecret: "secrets"
        case .selfReview: "selfsubjectreviews"
        case .accessReview: "selfsubjectaccessreviews"
        case .othersReview: "localsubjectaccessreviews"
        case .tokenFile: "serviceaccounts/token"
        }
    }
}
