import Broker

/// What an operator sets for a store in Kubernetes: the store URI, and W&B Server's own variable.
struct KubernetesSettings: Sendable {
    static let keys = ["namespace"]
    static let namespaceVariable = "GORILLA_CUSTOMER_SECRET_STORE_K8S_CONFIG_NAMESPACE"
    /// The maximum length of a namespace, so that a reference has room for team, name and id.
    static let maximumNamespaceLength = 60

    /// What every object's name begins with; may be empty. Not what the cluster calls a namespace.
    let namespace: String
    /// The cluster's namespace that holds the objects.
    let kubernetesNamespace: String

    /// Nil, with a sentence for each fault, unless all settings are good.
    ///
    /// - Parameter access: its namespace is the last resort; nil if it has faults of its own.
    init?(
        _ uri: StoreURI, _ environment: [String: String], _ access: KubernetesAccess?, faults: inout [String]
    ) {
        let faultsBefore = faults.count
        let parameters = StoreParameters(uri, known: Self.keys, faults: &faults)
        namespace = uri.host
        if !Self.isPrefix(namespace) {
            faults.append(
                "the store URI's host is not up to \(Self.maximumNamespaceLength) lower-case letters, digits, hyphens"
                    + " and dots that may begin the name of a Secret: shorten or correct it")
        }
        let candidates = [
            ("namespace", parameters["namespace"]), (Self.namespaceVariable, environment[Self.namespaceVariable]),
            ("the sign-in's namespace", access?.namespace),
        ]
        let found = candidates.lazy.compactMap { name, value in value.map { (name, $0) } }.first { !$0.1.isEmpty }
        kubernetesNamespace = found?.1 ?? ""
        if let found, !Self.isLabel(found.1) {
            faults.append("\(found.0) is not the name of a namespace of Kubernetes: correct it")
        }
        if found == nil, access != nil {
            faults.append(
                "no namespace of Kubernetes is set: add namespace=NAME to the store URI, with one that is for the"
                    + " broker alone")
        }
        guard faults.count == faultsBefore, found != nil else { return nil }
    }

    /// Whether the text may be a prefix: with a hyphen and more after it, it must be a DNS subdomain name.
    private static func isPrefix(_ text: String) -> Bool {
        text.isEmpty || text.utf8.count <= maximumNamespaceLength && isDNSSubdomain(text + "-x")
    }

    private static func isLabel(_ text: String) -> Bool {
        text.utf8.count <= 63 && !text.contains(".") && isDNSSubdomain(text)
    }

    /// The path of the collection.
    var path: String { "/api/v1/namespaces/\(kubernetesNamespace)/secrets" }

    func path(of reference: Reference) -> String { "\(path)/\(reference.text)" }

    /// A warning that is true of every cluster: nothing that an API server tells can lift it.
    var notRecommended: Warning {
        Warning(
            code: "kubernetes_store_not_recommended",
            message:
                "Kubernetes Secrets are no secret manager; whoever may read Secrets or create pods in the namespace"
                + " \(kubernetesNamespace), or reach etcd or its backups, which are not encrypted by default, has every"
                + " value: configure a store of a cloud's secret manager and leave with `secret-broker migrate`",
            docs: "providers/kubernetes/README.md#kubernetes_store_not_recommended")
    }
}
