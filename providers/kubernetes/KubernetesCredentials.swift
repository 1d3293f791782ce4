import Broker
import Transport

/// Which API server the broker calls, and how it signs in there.
struct KubernetesAccess: Sendable {
    enum Token: Sendable {
        /// There is none: a client certificate says who the broker is.
        case none
        case fixed(BearerToken)
        /// The token is in a file. The kubelet, or whoever else renews it, writes another before it expires.
        case file(String)
    }

    let server: KubernetesServer
    let transport: TransportSettings
    let token: Token
    /// The namespace that the sign-in belongs to, for a store URI that names none.
    let namespace: String?

    /// What the broker signs in with, for people.
    var name: String {
        switch token {
        case .none: "the kubeconfig's client certificate"
        case .fixed: "the kubeconfig's token"
        case .file: "the service account's token file"
        }
    }

    /// How long a token is used before its file is read again; Kubernetes' own clients do the same.
    private static let rereadingInterval = Duration.seconds(60)

    init(server: KubernetesServer, transport: TransportSettings, token: Token, namespace: String?) {
        self.server = server
        self.transport = transport
        self.token = token
        self.namespace = namespace
    }

    /// Finds the access as kubectl does: in the file that `KUBECONFIG` names, or else in the service account of this
    /// pod, or else in `~/.kube/config`. The first that exists decides, and a fault in it does not fall through to
    /// another identity.
    ///
    /// - Parameter pod: the folder that Kubernetes mounts into every container.
    /// - Returns: nil, with a sentence for each fault, unless all settings are good.
    init?(_ environment: [String: String], pod: String = PodServiceAccount.folder, faults: inout [String]) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let found: KubernetesAccess?
        if let paths = value("KUBECONFIG") {
            let files = paths.split(separator: ":")
            if files.count != 1 {
                faults.append(
                    "KUBECONFIG does not name one file: name one, which `kubectl config view --flatten` makes of"
                        + " several")
            }
            found = files.count == 1 ? Kubeconfig.access(String(files[0]), environment, faults: &faults) : nil
        } else if value("KUBERNETES_SERVICE_HOST") != nil {
            found = PodServiceAccount(folder: pod).access(environment, faults: &faults)
        } else if let home = value("HOME"), (try? SecretFile.read("\(home)/.kube/config")) != nil {
            found = Kubeconfig.access("\(home)/.kube/config", environment, faults: &faults)
        } else {
            faults.append(
                "there is no sign-in to Kubernetes: run the broker in a pod with a service account, or set KUBECONFIG"
                    + " to the path of a kubeconfig file")
            found = nil
        }
        guard let found else { return nil }
        self = found
    }

    /// - Throws: `unauthenticated` if the file has no token.
    func signIn(at now: Timestamp) throws(ProviderError) -> KubernetesSignIn {
        switch token {
        case .none: return KubernetesSignIn(token: nil)
        case .fixed(let token): return KubernetesSignIn(token: token)
        case .file(let path):
            let content = try? SecretFile.read(path, upTo: 64 << 10)
            guard let content, let token = BearerToken(content.trimmed, expires: now.adding(Self.rereadingInterval))
            else { throw ProviderError(.unauthenticated, during: KubernetesOperation.tokenFile.rawValue) }
            return KubernetesSignIn(token: token)
        }
    }
}

/// What a call is signed in with.
struct KubernetesSignIn: Sendable {
    /// The token; nil if the connection's certificate is enough.
    let token: BearerToken?
}

/// `https://HOST[:PORT][/PATH]`, or `http` on loopback. A proxy in front of many clusters tells them apart by the path.
struct KubernetesServer: Sendable, Hashable {
    /// The URL without a slash at its end.
    let text: String

    init?(_ url: String) {
        guard let separator = url.firstRange(of: "://") else { return nil }
        let slash = url[separator.upperBound...].firstIndex(of: "/") ?? url.endIndex
        guard let base = BaseURL(String(url[..<slash])) else { return nil }
        var path = url[slash...]
        if path.hasSuffix("/") { path = path.dropLast() }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard
            segments.allSatisfy({ segment in
                !segment.isEmpty && !segment.utf8.allSatisfy { $0 == UInt8(ascii: ".") }
                    && segment.utf8.allSatisfy(\.isUnreserved)
            })
        else { return nil }
        text = base.text + path
    }
}

/// What Kubernetes gives to every container of a pod with a service account: a token that the kubelet renews, the CA of
/// the API server, and the name of the pod's namespace.
struct PodServiceAccount {
    static let folder = "/var/run/secrets/kubernetes.io/serviceaccount"

    let folder: String

    /// The access to the API server, without a proxy: the address is the cluster's, and the token is for nobody else.
    func access(_ environment: [String: String], faults: inout [String]) -> KubernetesAccess? {
        let host = environment["KUBERNETES_SERVICE_HOST"] ?? ""
        let port = environment["KUBERNETES_SERVICE_PORT"].flatMap { $0.isEmpty ? nil : $0 } ?? "443"
        guard let server = KubernetesServer("https://\(host.contains(":") ? "[\(host)]" : host):\(port)") else {
            faults.append(
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not the address and port that Kubernetes sets:"
                    + " leave them as they are in a pod, or set KUBECONFIG")
            return nil
        }
        let faultsBefore = faults.count
        for file in ["token", "ca.crt"] where (try? SecretFile.read("\(folder)/\(file)")) == nil {
            faults.append(
                "\(folder)/\(file) cannot be read: give the pod a service account with"
                    + " automountServiceAccountToken: true, or set KUBECONFIG")
        }
        guard faults.count == faultsBefore else { return nil }
        var transport = TransportSettings()
        transport.serverCA = .file("\(folder)/ca.crt")
        let namespace = (try? SecretFile.read("\(folder)/namespace", upTo: 256))?.trimmed.unwipedText
        return KubernetesAccess(
            server: server, transport: transport, token: .file("\(folder)/token"), namespace: namespace)
    }
}
