package import Broker
package import Cryptography
import ServiceLifecycle

/// A Kubernetes API server on loopback, as far as Secrets go, over TLS with an authority of its own: create, get,
/// update, delete and list, the reviews of access, and enough of discovery for the official clients. Everything is in
/// memory. There are no watches, patches, controllers, other kinds, or formats but JSON. A client certificate of
/// another authority ends the connection, where the real server answers Unauthorized.
///
/// It is used through `KUBECONFIG`, or in place of a pod's service account.
package final class KubernetesSimulator: SimulatedCloud {
    /// `https://127.0.0.1:PORT`.
    package let endpoint: String
    #if FaultInjection
    package let faults: Faults
    #endif
    private let settings: SimulatedKubernetesSettings
    private let cloud: KubernetesCloud
    private let callLog: CallLog
    private let server: LoopbackServer
    private let folder: TemporaryFolder

    /// The authority of all clusters in a process: making keys takes time.
    package static let authority = CertificateAuthority(commonName: "Simulated Kubernetes")
    private static let serverKey = authority.issueServer()

    private init(
        _ settings: SimulatedKubernetesSettings, front: CloudFront<KubernetesCloud>, server: LoopbackServer,
        folder: TemporaryFolder
    ) {
        endpoint = "\(settings.usesTLS ? "https" : "http")://127.0.0.1:\(server.port)"
        self.settings = settings
        cloud = front.cloud
        callLog = front.callLog
        #if FaultInjection
        faults = front.faults
        #endif
        self.server = server
        self.folder = folder
    }

    /// Serves from its return until `stop`. Writes the account's token, the CA and a kubeconfig file.
    ///
    /// - Parameter port: 0 lets the system choose.
    /// - Throws: the system's error, if the port is not available or a file cannot be written.
    package static func start(_ settings: SimulatedKubernetesSettings, port: Int = 0) async throws
        -> KubernetesSimulator
    {
        let front = CloudFront(cloud: KubernetesCloud(settings), clock: settings.clock)
        let folder = try TemporaryFolder()
        let security = LoopbackSecurity(server: serverKey, clientAuthority: authority.certificate)
        let server = try await LoopbackServer.start(
            port: port, security: settings.usesTLS ? security : nil, clock: settings.clock, respond: front.respond)
        let simulator = KubernetesSimulator(settings, front: front, server: server, folder: folder)
        do {
            try await simulator.writeFiles()
        } catch {
            await server.stop()
            throw error
        }
        return simulator
    }

    /// Starts a new cluster with one service account, which may do what its driver needs.
    static func startNew(clock: @escaping @Sendable () -> Timestamp) async throws -> KubernetesSimulator {
        try await start(SimulatedKubernetesSettings(clock: clock))
    }

    private func writeFiles() async throws {
        try folder.write(Secret(Self.authority.certificate), to: "ca.crt")
        try folder.write(Secret("wandb"), to: "namespace")
        try await rotateToken()
        try folder.write(Secret(kubeconfig(user: "tokenFile: token")), to: "config")
    }

    package func stop() async {
        await server.stop()
    }
}

extension KubernetesSimulator {
    package var storeURI: String { "k8s-secretmanager://wandb?namespace=wandb" }
    package var environment: [String: String] { ["KUBECONFIG": "\(folder.path)/config"] }

    /// The folder with `token`, `ca.crt` and `namespace`, as it is mounted into pods.
    package var podFolder: String { folder.path }

    package var podEnvironment: [String: String] {
        ["KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": String(server.port)]
    }

    package static func callNames(of step: DriverStep) -> [String] {
        switch step {
        case .create: ["CreateSecret"]
        case .read: ["GetSecret"]
        case .purge: ["DeleteSecret"]
        }
    }

    /// Makes a kubeconfig with one context.
    ///
    /// - Parameters:
    ///   - user: lines of YAML, each indented by four.
    ///   - cluster: the same, for what follows the server; nil for the authority.
    package func kubeconfig(user: String, cluster: String? = nil) -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: simulated
        contexts:
        - name: simulated
          context: {cluster: simulated, user: broker, namespace: wandb}
        clusters:
        - name: simulated
          cluster:
            server: \(endpoint)
            \(cluster ?? (settings.usesTLS ? "certificate-authority: ca.crt" : ""))
        users:
        - name: broker
          user:
            \(user)

        """
    }

    /// Writes a file beside the kubeconfig, replacing one of the same name.
    /// - Returns: the file's path.
    package func write(_ text: String, to name: String) throws -> String {
        try folder.write(Secret(text), to: name)
    }
}

/// What the kubelet, an administrator or somebody else does, behind the broker's back.
extension KubernetesSimulator {
    /// Gives the account a new token in its file. The old one lives until it expires.
    package func rotateToken() async throws {
        try folder.write(await cloud.issueToken(to: settings.account), to: "token")
    }

    package func issueToken(to user: KubernetesUser) async -> Secret { await cloud.issueToken(to: user) }

    /// Makes every token invalid that was issued.
    package func revokeTokens() async { await cloud.revokeTokens() }

    package func remove(_ object: String) async { await cloud.remove(object) }

    /// Replaces an object. The new one has another uid.
    package func replace(_ object: String, with value: Secret) async { await cloud.replace(object, with: value) }

    /// Makes an object with one value in Base64, as somebody else might.
    package func store(
        _ name: String, key: String = "value", base64: Secret, type: String = "Opaque", isImmutable: Bool = true,
        uid: String, isBeingDeleted: Bool = false
    ) async {
        await cloud.store(
            SecretObject(
                namespace: "wandb", name: name, uid: uid, created: settings.clock(),
                deleted: isBeingDeleted ? settings.clock() : nil, finalizers: isBeingDeleted ? ["example/hold"] : [],
                labels: [:], annotations: [:], type: type, isImmutable: isImmutable, data: [key: base64]))
    }
}

extension KubernetesSimulator {
    package struct StoredObject: Sendable, Hashable {
        package let uid: String
        package let type: String
        package let isImmutable: Bool
        package let labels: [String: String]
        package let annotations: [String: String]
        package let keys: Set<String>
    }

    /// What is stored, by name.
    package func objects() async -> [String: StoredObject] {
        Dictionary(
            await cloud.objects().map { object in
                (
                    object.name,
                    StoredObject(
                        uid: object.uid, type: object.type, isImmutable: object.isImmutable, labels: object.labels,
                        annotations: object.annotations, keys: Set(object.data.keys))
                )
            }, uniquingKeysWith: { $1 })
    }

    package func objectNames() async -> Set<String> {
        Set(await cloud.objects().filter { $0.deleted == nil }.map(\.name))
    }

    package func holds(_ value: Secret) async -> Bool { await cloud.holds(value) }

    package func calls() async -> [String: Int] { await callLog.counts }
}
