package import Broker
import Cryptography
import ServiceLifecycle

/// Azure on loopback: one Key Vault with its secrets, the token endpoint of its tenant, and the metadata service of a
/// machine behind one address, told apart as the real ones' requests are. Everything is in memory. There are no keys,
/// certificates, backups or roles.
///
/// It is the address for `vault_uri`, `AZURE_AUTHORITY_HOST` and `AZURE_POD_IDENTITY_AUTHORITY_HOST`.
package final class AzureSimulator: SimulatedCloud {
    /// `http://127.0.0.1:PORT`, or the same with `https`.
    package let endpoint: String
    #if FaultInjection
    package let faults: Faults
    #endif
    private let settings: SimulatedAzureSettings
    private let cloud: AzureCloud
    private let callLog: CallLog
    private let server: LoopbackServer

    private init(_ settings: SimulatedAzureSettings, front: CloudFront<AzureCloud>, server: LoopbackServer) {
        endpoint = "\(settings.authority == nil ? "http" : "https")://127.0.0.1:\(server.port)"
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
    package static func start(_ settings: SimulatedAzureSettings, port: Int = 0) async throws -> AzureSimulator {
        let front = CloudFront(cloud: AzureCloud(settings), clock: settings.clock)
        let security = settings.authority.map { LoopbackSecurity(server: $0.issueServer()) }
        let server = try await LoopbackServer.start(
            port: port, security: security, clock: settings.clock, respond: front.respond)
        return AzureSimulator(settings, front: front, server: server)
    }

    /// Starts a new vault, with one application with a secret, which may do everything.
    static func startNew(clock: @escaping @Sendable () -> Timestamp) async throws -> AzureSimulator {
        var settings = SimulatedAzureSettings(clock: clock)
        settings.identities = [.random()]
        return try await start(settings)
    }

    package func stop() async {
        await server.stop()
    }
}

extension AzureSimulator {
    package var storeURI: String { "az-secretmanager://wandb?vault_uri=\(endpoint)" }

    /// The variables that sign in as the first identity, if it has a secret, or else as the machine.
    package var environment: [String: String] {
        var environment = ["AZURE_POD_IDENTITY_AUTHORITY_HOST": endpoint]
        if let identity = settings.identities.first, let secret = identity.secret {
            environment["AZURE_AUTHORITY_HOST"] = endpoint
            environment["AZURE_TENANT_ID"] = settings.tenant
            environment["AZURE_CLIENT_ID"] = identity.clientID
            environment["AZURE_CLIENT_SECRET"] = secret.simulatedText
        }
        return environment
    }

    package static func callNames(of step: DriverStep) -> [String] {
        switch step {
        case .create: ["SetSecret"]
        case .read: ["GetSecret"]
        case .purge: ["DeleteSecret", "PurgeDeletedSecret"]
        }
    }
}

extension AzureSimulator {
    /// Adds an identity, or replaces the one with its client id.
    package func register(_ identity: AzureIdentity) async { await cloud.register(identity) }

    /// Makes every token that was given out invalid.
    package func revokeTokens() async { await cloud.revokeTokens() }
}

/// What somebody does in the portal, behind the broker's back.
extension AzureSimulator {
    /// Creates a secret, or gives it another version.
    ///
    /// - Returns: the version's id.
    @discardableResult
    package func store(_ value: Secret, as name: String) async -> String { await cloud.store(value, as: name) }

    package func replace(_ object: String, with value: Secret) async { await store(value, as: object) }

    /// Deletes a secret softly, as every deletion is.
    package func remove(_ object: String) async { await cloud.remove(object) }

    package func setEnabled(_ isEnabled: Bool, _ object: String) async { await cloud.setEnabled(isEnabled, object) }
}

extension AzureSimulator {
    package struct StoredObject: Sendable, Hashable {
        package let versions: Int
        /// When a softly deleted object is purged; nil if it is not deleted.
        package let scheduledPurge: Timestamp?
        package let tags: [String: String]
    }

    /// What is stored, by name, including what is softly deleted.
    package func objects() async -> [String: StoredObject] { await cloud.objects() }

    package func objectNames() async -> Set<String> {
        Set(await objects().filter { $0.value.scheduledPurge == nil }.keys)
    }

    package func holds(_ value: Secret) async -> Bool { await cloud.holds(value) }

    /// The calls that arrived. Those to Entra are `Token` and `OpenIDConfiguration`, those to the metadata service
    /// `ManagedIdentityToken`.
    package func calls() async -> [String: Int] { await callLog.counts }
}
