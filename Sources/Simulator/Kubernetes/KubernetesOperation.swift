/// What a request asks for.
enum KubernetesOperation: Sendable {
    /// - Parameter namespace: nil for all of them, which only a list may ask for.
    case secrets(SecretVerb, namespace: String?, name: String?)
    case review(ReviewKind, namespace: String?)
    case version
    /// What the API has, which clients ask before anything else.
    case discovery(String)

    enum SecretVerb: String, Sendable {
        case create, get, update, delete, list
    }

    enum ReviewKind: String, Sendable, CaseIterable {
        case selfSubject = "SelfSubjectReview"
        case selfAccess = "SelfSubjectAccessReview"
        case selfRules = "SelfSubjectRulesReview"
        case localAccess = "LocalSubjectAccessReview"

        var group: String { self == .selfSubject ? "authentication.k8s.io" : "authorization.k8s.io" }
        var resource: String { rawValue.lowercased() + "s" }
    }

    /// The operation's name in call counts and fault orders.
    var name: String {
        switch self {
        case .secrets(let verb, _, _): verb.rawValue.prefix(1).uppercased() + verb.rawValue.dropFirst() + "Secret"
        case .review(let kind, _): kind.rawValue
        case .version: "Version"
        case .discovery: "Discovery"
        }
    }

    /// - Throws: `noPath`, `noMethod`.
    init(_ request: CloudRequest) throws(KubernetesFault) {
        // Some clients end a path with a slash.
        let path = request.path.hasSuffix("/") ? request.path.dropLast() : request.path
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        switch parts {
        case ["version"]: self = .version
        case ["api"], ["apis"], ["api", "v1"], ["apis", "authorization.k8s.io", "v1"],
            ["apis", "authentication.k8s.io", "v1"]:
            self = .discovery(String(path))
        case ["api", "v1", "secrets"]:
            self = try .secrets(Self.verb(request, hasName: false), namespace: nil, name: nil)
        case let parts where parts.starts(with: ["api", "v1", "namespaces"]) && parts.dropFirst(4).first == "secrets":
            guard parts.count <= 6 else { throw .noPath }
            let name = parts.count == 6 ? parts[5] : nil
            self = try .secrets(Self.verb(request, hasName: name != nil), namespace: parts[3], name: name)
        default:
            guard let (kind, namespace) = Self.review(parts) else { throw .noPath }
            guard request.method == "POST" else { throw .noMethod }
            self = .review(kind, namespace: namespace)
        }
        if case .secrets = self {} else if case .review = self {} else if request.method != "GET" { throw .noMethod }
    }

    /// The verb. Patches and watches are not simulated.
    private static func verb(_ request: CloudRequest, hasName: Bool) throws(KubernetesFault) -> SecretVerb {
        switch (request.method, hasName) {
        case ("POST", false): return .create
        case ("GET", true): return .get
        case ("PUT", true): return .update
        case ("DELETE", true): return .delete
        case ("GET", false) where !request.target.contains("watch=true") && !request.target.contains("watch=1"):
            return .list
        default: throw .noMethod
        }
    }

    private static func review(_ parts: [String]) -> (ReviewKind, namespace: String?)? {
        for kind in ReviewKind.allCases {
            let prefix = ["apis", kind.group, "v1"]
            if kind != .localAccess, parts == prefix + [kind.resource] { return (kind, nil) }
            if kind == .localAccess, parts.count == 6, parts.starts(with: prefix + ["namespaces"]),
                parts[5] == kind.resource
            {
                return (kind, parts[4])
            }
        }
        return nil
    }
}

extension KubernetesCloud: FrontedCloud {
    static func name(of operation: KubernetesOperation) -> String { operation.name }

    static func route(_ request: CloudRequest) throws(Misdirected) -> KubernetesOperation {
        do throws(KubernetesFault) {
            return try KubernetesOperation(request)
        } catch {
            throw Misdirected(answer: .kubernetes(error))
        }
    }

    #if FaultInjection
    static func dialect(of operation: KubernetesOperation) -> any FaultDialect { KubernetesFaultDialect() }
    #endif
}
