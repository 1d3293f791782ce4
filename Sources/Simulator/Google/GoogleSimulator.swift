package import Broker
import ServiceLifecycle

/// Google Cloud on loopback: Secret Manager (global and regional), the token services and the metadata server of a
/// machine behind one address, told apart as the real ones' requests are. Everything is in memory. There are no expiry
/// times, rotations, topics, tags, delayed destruction or IAM policies.
package final class GoogleSimulator: SimulatedCloud {
    /// `http://127.0.0.1:PORT`.
    package let endpoint: String
    #if FaultInjection
    package let faults: Faults
    #endif
    private let settings: SimulatedGoogleSettings
    private let cloud: GoogleCloud
    private let callLog: CallLog
    private let server: LoopbackServer
    /// The folder that holds the first account's key file.
    private let folder: TemporaryFolder

    private init(
        _ settings: SimulatedGoogleSettings, front: CloudFront<GoogleCloud>, server: LoopbackServer,
        folder: TemporaryFolder
    ) {
        endpoint = "http://127.0.0.1:\(server.port)"
        self.settings = settings
        cloud = front.cloud
        callLog = front.callLog
        #if FaultInjection
        faults = front.faults
        #endif
        self.server = server
        self.folder = folder
    }

    /// Serves from its return until `stop`.
    ///
    /// - Parameters:
    ///   - port: 0 lets the system choose.
    ///   - observe: called with every request before it is answered.
    /// - Throws: the system's error, if the port is not available.
    package static func start(
        _ settings: SimulatedGoogleSettings, port: Int = 0,
        observe: (@Sendable (_ method: String, _ target: String, _ body: Secret) -> Void)? = nil
    ) async throws -> GoogleSimulator {
        let folder = try TemporaryFolder()
        if let account = settings.accounts.first { try folder.write(account.keyFile(), to: Self.keyFileName) }
        let front = CloudFront(cloud: GoogleCloud(settings), clock: settings.clock)
        let server = try await LoopbackServer.start(port: port, clock: settings.clock) { request in
            observe?(request.method, request.target, request.body)
            return await front.respond(to: request)
        }
        return GoogleSimulator(settings, front: front, server: server, folder: folder)
    }

    /// Starts a new project with one service account, which may do everything.
    static func startNew(clock: @escaping @Sendable () -> Timestamp) async throws -> GoogleSimulator {
        var settings = SimulatedGoogleSettings(clock: clock)
        settings.accounts = [GoogleAccount()]
        return try await start(settings)
    }

    package func stop() async {
        await server.stop()
    }

    private static let keyFileName = "key.json"
}

extension GoogleSimulator {
    package var storeURI: String { "gcp-secretmanager://\(settings.project)?namespace=wandb&endpoint=\(endpoint)" }

    /// The variables that sign in as the first account.
    package var environment: [String: String] {
        [
            "GOOGLE_APPLICATION_CREDENTIALS": "\(folder.path)/\(Self.keyFileName)",
            "GCE_METADATA_HOST": String(endpoint.dropFirst("http://".count)),
        ]
    }

    /// Writes a file beside the key.
    ///
    /// - Returns: the file's path.
    package func write(_ content: Secret, to name: String) throws -> String { try folder.write(content, to: name) }

    package static func callNames(of step: DriverStep) -> [String] {
        switch step {
        case .create: ["CreateSecret", "AddSecretVersion"]
        case .read: ["AccessSecretVersion"]
        case .purge: ["DeleteSecret"]
        }
    }
}

extension GoogleSimulator {
    /// Makes everything invalid that the account's key signed.
    package func revokeKey(of email: String) async { await cloud.revokeKey(of: email) }

    /// Makes every token unknown that was given out so far.
    package func revokeIssuedTokens() async { await cloud.revokeIssuedTokens() }

    package func setKey(_ name: String, to state: KMSKeyState) async { await cloud.setKey(name, to: state) }

    /// Sets the consistency of secrets created from now on.
    package func setConsistency(_ consistency: Consistency) async { await cloud.setConsistency(consistency) }
}

/// What somebody does in Google's console, behind the broker's back.
extension GoogleSimulator {
    /// Creates a secret, or adds a version to it.
    ///
    /// - Returns: the version's number.
    @discardableResult
    package func store(_ value: Secret, as id: String) async -> String { await cloud.store(value, as: id) }

    package func replace(_ object: String, with value: Secret) async {
        await store(value, as: object)
    }

    package func remove(_ object: String) async { await cloud.remove(object) }

    package func disable(_ id: String, version: String) async { await cloud.set(.disabled, id, version: version) }

    package func destroy(_ id: String, version: String) async { await cloud.set(.destroyed, id, version: version) }
}

extension GoogleSimulator {
    package struct StoredObject: Sendable, Hashable {
        package let versions: Int
        package let annotations: [String: String]
        package let keys: [String]
        /// The whole resource name.
        package let name: String
    }

    /// What is stored, by id.
    package func objects() async -> [String: StoredObject] { await cloud.objects() }

    package func objectNames() async -> Set<String> { Set(await objects().keys) }

    package func holds(_ value: Secret) async -> Bool { await cloud.holds(value) }

    package func calls() async -> [String: Int] { await callLog.counts }

    /// Waits until `operation` has been called `count` times since the start.
    ///
    /// - Throws: `CancellationError`.
    package func waitForCall(_ operation: String, count: Int = 1) async throws {
        try await callLog.wait(for: operation, count: count)
    }
}
