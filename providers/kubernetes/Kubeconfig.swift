import Broker
import Transport
import Yams

/// A kubeconfig file: its current context, as far as a program without a terminal can use it. It is read once.
///
/// Yams returns text, so a token or a key in the file itself is text for a moment; one in a file of its own never is.
struct Kubeconfig {
    private let root: Node
    private let folder: String

    /// - Returns: nil, with a sentence for each fault, unless all settings are good.
    static func access(
        _ path: String, _ environment: [String: String], faults: inout [String]
    ) -> KubernetesAccess? {
        guard let content = try? SecretFile.read(path) else {
            faults.append(
                "the kubeconfig file cannot be read: see that KUBECONFIG names a file that the broker may read")
            return nil
        }
        guard let root = compose(content), root.mapping != nil else {
            faults.append("the kubeconfig file is not YAML: make it anew with `kubectl config view --flatten`")
            return nil
        }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        return Kubeconfig(root: root, folder: folder).access(environment, faults: &faults)
    }

    private static func compose(_ content: Secret) -> Node? {
        try? Yams.compose(yaml: content.unwipedText)
    }

    private func access(_ environment: [String: String], faults: inout [String]) -> KubernetesAccess? {
        guard let name = text(root["current-context"]), let context = entry("context", named: name),
            let cluster = text(context["cluster"]).flatMap({ entry("cluster", named: $0) }),
            let user = text(context["user"]).flatMap({ entry("user", named: $0) })
        else {
            faults.append(
                "the kubeconfig file has no current context with a cluster and a user: set one with"
                    + " `kubectl config use-context`")
            return nil
        }
        let faultsBefore = faults.count
        refuse(user, Self.refusedOfUser, faults: &faults)
        refuse(cluster, Self.refusedOfCluster, faults: &faults)
        let server = text(cluster["server"]).flatMap { KubernetesServer($0) }
        if server == nil {
            faults.append(
                "server in the kubeconfig file is not https://HOST, nor http:// and a loopback address: correct it")
        }
        var transport = TransportSettings.fromEnvironment(environment)
        transport.serverCA = pem("certificate-authority", of: cluster, faults: &faults)
        setProxy(of: &transport, cluster, faults: &faults)
        transport.clientCertificate = clientCertificate(user, faults: &faults)
        let token = token(user, hasCertificate: transport.clientCertificate != nil, faults: &faults)
        guard let server, let token, faults.count == faultsBefore else { return nil }
        return KubernetesAccess(
            server: server, transport: transport, token: token, namespace: text(context["namespace"]))
    }

    // MARK: What is refused

    private static let refusedOfUser = [
        "exec": "asks another program: set token or tokenFile, of a service account for the broker",
        "auth-provider": "is gone from Kubernetes: set token or tokenFile, of a service account for the broker",
        "username": "and password are gone from Kubernetes: set token or tokenFile, of a service account",
        "as": "lets the broker act as somebody else: sign in as whom it is to be",
        "as-uid": "lets the broker act as somebody else: sign in as whom it is to be",
        "as-groups": "lets the broker act as somebody else: sign in as whom it is to be",
        "as-user-extra": "lets the broker act as somebody else: sign in as whom it is to be",
    ]

    private static let refusedOfCluster = [
        "insecure-skip-tls-verify":
            "would send every value to whoever answers: set certificate-authority-data in its place",
        "tls-server-name": "is not supported: let server have a name that is in the API server's certificate",
    ]

    private func refuse(_ entry: Node, _ refused: [String: String], faults: inout [String]) {
        for (key, why) in refused.sorted(by: { $0.key < $1.key }) {
            guard let node = entry[key], node.mapping != nil || node.sequence != nil || isSet(node) else { continue }
            faults.append("\(key) in the kubeconfig file \(why)")
        }
    }

    private func isSet(_ node: Node) -> Bool { text(node).map { $0 != "false" } ?? false }

    // MARK: What is taken

    /// Sets the proxy. As with kubectl, one in the file comes before that of the environment and has no exceptions.
    private func setProxy(of transport: inout TransportSettings, _ cluster: Node, faults: inout [String]) {
        guard let url = text(cluster["proxy-url"]) else { return }
        guard let proxy = BaseURL(url, allowsPlainHTTP: { _ in true }) else {
            faults.append("proxy-url in the kubeconfig file is not http://HOST:PORT or https://HOST:PORT: correct it")
            return
        }
        transport.proxy = proxy.text
        transport.noProxy = ""
    }

    private func token(
        _ user: Node, hasCertificate: Bool, faults: inout [String]
    ) -> KubernetesAccess.Token? {
        switch (text(user["token"]), text(user["tokenFile"])) {
        case (nil, let file?): return .file(path(file))
        case (let text?, nil):
            if let token = BearerToken(Secret(text), expires: nil) { return .fixed(token) }
            faults.append("token in the kubeconfig file is no bearer token: copy it again")
        case (nil, nil):
            if hasCertificate { return KubernetesAccess.Token.none }
            faults.append(
                "the user in the kubeconfig file has no token, tokenFile or client-certificate: set one, of a service"
                    + " account for the broker")
        case (_?, _?):
            faults.append("token and tokenFile are both set in the kubeconfig file: keep one")
        }
        return nil
    }

    private func clientCertificate(_ user: Node, faults: inout [String]) -> ClientCertificate? {
        let chain = pem("client-certificate", of: user, faults: &faults)
        let key = pem("client-key", of: user, faults: &faults)
        if let chain, let key { return ClientCertificate(chain: chain, key: key) }
        if chain != nil || key != nil {
            faults.append("client-certificate and client-key in the kubeconfig file go together: set both or neither")
        }
        return nil
    }

    /// A certificate or key. As with kubectl, `KEY-data` comes before the file that `KEY` names.
    private func pem(_ key: String, of entry: Node, faults: inout [String]) -> PEM? {
        if let data = text(entry["\(key)-data"]) {
            if let decoded = unsafe Secret(decodingBase64: data.utf8.span.bytes) { return .text(decoded) }
            faults.append("\(key)-data in the kubeconfig file is not Base64: copy it again")
            return nil
        }
        guard let file = text(entry[key]).map(path) else { return nil }
        if (try? SecretFile.read(file)) == nil {
            faults.append("the file that \(key) in the kubeconfig file names cannot be read: correct it")
        }
        return .file(file)
    }

    // MARK: The file's shape

    /// An entry of `contexts: [{name, context}]`, or of a list like it.
    private func entry(_ kind: String, named name: String) -> Node? {
        let entries = root["\(kind)s"]?.sequence.map(Array.init) ?? []
        return entries.first { text($0["name"]) == name }?[kind]
    }

    /// Nil also for what is set to nothing.
    private func text(_ node: Node?) -> String? {
        guard let scalar = node?.scalar, !scalar.string.isEmpty else { return nil }
        return scalar.style == .plain && ["null", "~"].contains(scalar.string) ? nil : scalar.string
    }

    /// The absolute path: relative paths start from the file's folder.
    private func path(_ path: String) -> String { path.hasPrefix("/") ? path : "\(folder)/\(path)" }
}
