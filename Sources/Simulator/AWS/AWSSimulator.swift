package import Broker
import ServiceLifecycle

/// AWS on loopback: Secrets Manager, STS and the metadata services of an instance and a container behind one address,
/// told apart as the real ones' requests are. Everything is in memory. There are no replicas, rotations by AWS,
/// resource policies or batches.
///
/// It is the address for `AWS_ENDPOINT_URL_SECRETS_MANAGER`, `AWS_ENDPOINT_URL_STS` and
/// `AWS_EC2_METADATA_SERVICE_ENDPOINT`.
package final class AWSSimulator: SimulatedCloud {
    /// `http://127.0.0.1:PORT`.
    package let endpoint: String
    #if FaultInjection
    package let faults: Faults
    #endif
    private let settings: SimulatedAWSSettings
    private let cloud: AWSCloud
    private let callLog: CallLog
    private let server: LoopbackServer

    private init(_ settings: SimulatedAWSSettings, front: CloudFront<AWSCloud>, server: LoopbackServer) {
        endpoint = "http://127.0.0.1:\(server.port)"
        self.settings = settings
        cloud = front.cloud
        callLog = front.callLog
        #if FaultInjection
        faults = front.faults
        #endif
        self.server = server
    }

    /// Serves from its return until `stop`.
    ///
    /// - Parameter port: 0 lets the system choose.
    /// - Throws: the system's error, if the port is not available.
    package static func start(_ settings: SimulatedAWSSettings, port: Int = 0) async throws -> AWSSimulator {
        let front = CloudFront(cloud: AWSCloud(settings), clock: settings.clock)
        let server = try await LoopbackServer.start(port: port, clock: settings.clock, respond: front.respond)
        return AWSSimulator(settings, front: front, server: server)
    }

    /// Starts a new account with one pair of keys, which may do everything.
    static func startNew(clock: @escaping @Sendable () -> Timestamp) async throws -> AWSSimulator {
        var settings = SimulatedAWSSettings(clock: clock)
        settings.credentials = [.random()]
        return try await start(settings)
    }

    package func stop() async {
        await server.stop()
    }
}

extension AWSSimulator {
    package var storeURI: String { "aws-secretmanager://wandb?namespace=wandb&region=\(settings.region)" }

    /// The variables that sign in with the first credential that the account was given.
    package var environment: [String: String] {
        var environment = [
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": endpoint, "AWS_ENDPOINT_URL_STS": endpoint,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": endpoint,
        ]
        if let credential = settings.credentials.first {
            environment["AWS_ACCESS_KEY_ID"] = credential.accessKeyID
            environment["AWS_SECRET_ACCESS_KEY"] = credential.secretAccessKey.simulatedText
            environment["AWS_SESSION_TOKEN"] = credential.sessionToken?.simulatedText
        }
        return environment
    }

    package static func callNames(of step: DriverStep) -> [String] {
        switch step {
        case .create: ["CreateSecret"]
        case .read: ["GetSecretValue"]
        case .purge: ["DeleteSecret"]
        }
    }
}

extension AWSSimulator {
    /// Adds a credential, or replaces the one with its id.
    package func register(_ credential: AWSCredential) async { await cloud.register(credential) }

    /// Makes the key id unknown from now on.
    package func revoke(_ accessKeyID: String) async { await cloud.revoke(accessKeyID) }

    /// Adds a role, or replaces the one of its name: its trust, its token, its limits.
    package func setRole(_ role: AWSRole) async { await cloud.setRole(role) }

    /// Makes the metadata service give out new credentials; the old ones live until they expire.
    package func rotateInstanceCredential() async { await cloud.rotateInstanceCredential() }

    package func setKey(_ id: String, to state: KMSKeyState) async { await cloud.setKey(id, to: state) }

    /// Sets the consistency of secrets created from now on.
    package func setConsistency(_ consistency: Consistency) async { await cloud.setConsistency(consistency) }
}

/// What somebody does in AWS's console, behind the broker's back.
extension AWSSimulator {
    /// Creates a secret, or gives it a new current version.
    ///
    /// - Returns: the version's id.
    @discardableResult
    package func store(_ value: Secret, as name: String) async -> String { await cloud.store(value, as: name) }

    package func replace(_ object: String, with value: Secret) async {
        await store(value, as: object)
    }

    package func remove(_ object: String) async { await cloud.remove(object, recoveryDays: nil) }

    /// Marks a secret for deletion; with nil days it is gone at once.
    package func remove(_ name: String, recoveryDays: Int?) async {
        await cloud.remove(name, recoveryDays: recoveryDays)
    }
}

extension AWSSimulator {
    package struct StoredObject: Sendable, Hashable {
        package let versions: Int
        /// When a requested deletion is done; nil if none was requested.
        package let deletion: Timestamp?
        package let description: String?
    }

    /// What is stored, by name, including what is marked for deletion.
    package func objects() async -> [String: StoredObject] { await cloud.objects() }

    package func objectNames() async -> Set<String> {
        Set(await objects().filter { $0.value.deletion == nil }.keys)
    }

    package func holds(_ value: Secret) async -> Bool { await cloud.holds(value) }

    /// The calls that arrived. Those to the metadata services are `MetadataToken`, `MetadataRole`,
    /// `MetadataCredentials` and `ContainerCredentials`.
    package func calls() async -> [String: Int] { await callLog.counts }

    /// Waits until `operation` has been called `count` times since the start.
    ///
    /// - Throws: `CancellationError`.
    package func waitForCall(_ operation: String, count: Int = 1) async throws {
        try await callLog.wait(for: operation, count: count)
    }
}
