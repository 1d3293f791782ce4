import Broker
import Cryptography
import Foundation
import Simulator
import Transport

@testable import Providers

/// A simulated AWS and the driver before it, as an operator would set it.
struct AWSWorld: Sendable {
    let simulator: AWSSimulator
    let driver: AWSSecretsManager
    let note = ObjectNote(team: TeamName("research")!, name: SecretName("API_KEY")!)

    enum SignIn {
        case keys
        /// Keys for these of IAM's actions alone.
        case keysFor(Set<String>)
        case instance
    }

    /// - Parameter query: of the store URI, beyond namespace and region.
    /// - Parameter metadata: where the instance's metadata service is sought; nil: at the simulator.
    /// - Parameter clockOffset: how far the driver's clock is ahead of AWS's.
    static func with(
        _ query: String = "", signIn: SignIn = .keys, metadata: String? = nil, clockOffset: Duration = .zero,
        deadline: Duration = .seconds(10), keys: [String: KMSKeyState] = [:], consistency: Consistency = .immediate,
        forcedDeletionTime: Duration = .zero, _ body: (AWSWorld) async throws -> Void
    ) async throws {
        var actions: Set<String>?
        if case .keysFor(let only) = signIn { actions = only }
        let credential = AWSCredential.random(temporary: true, allowedActions: actions)
        var settings = SimulatedAWSSettings()
        settings.credentials = [credential]
        settings.keys = keys
        settings.consistency = consistency
        settings.forcedDeletionTime = forcedDeletionTime
        let simulator = try await AWSSimulator.start(settings)
        var environment = [
            "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": simulator.endpoint,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata ?? simulator.endpoint,
        ]
        if case .instance = signIn {
        } else {
            environment["AWS_ACCESS_KEY_ID"] = credential.accessKeyID
            environment["AWS_SECRET_ACCESS_KEY"] = text(credential.secretAccessKey)
            environment["AWS_SESSION_TOKEN"] = credential.sessionToken.map(text)
        }
        let http = try HTTPClient(.fromEnvironment([:]))
        let surroundings = Surroundings(environment: environment, http: http) {
            Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)).adding(clockOffset)
        }
        do {
            try await body(AWSWorld(simulator, try driver(query, surroundings, deadline: deadline)))
        } catch {
            await simulator.stop()
            http.shutDown()
            throw error
        }
        await simulator.stop()
        http.shutDown()
    }

    private init(_ simulator: AWSSimulator, _ driver: AWSSecretsManager) {
        self.simulator = simulator
        self.driver = driver
    }

    private static func driver(
        _ query: String, _ surroundings: Surroundings, deadline: Duration
    ) throws -> AWSSecretsManager {
        var faults: [String] = []
        let uri = try StoreURI("aws-secretmanager://wandb?\(query)", setting: "STORE")
        guard let driver = AWSSecretsManager(uri, surroundings, deadline: deadline, faults: &faults) else {
            throw StoreSettingError(.default, faults: faults)
        }
        return driver
    }

    func newReference() -> Reference {
        var random = SecureRandom()
        return Reference(namespace: "wandb", team: note.team, name: note.name, using: &random)
    }

    func create(_ value: String, at reference: Reference) async throws(ProviderError) -> Pin {
        try await driver.create(Secret(value), at: reference, note: note)
    }

    /// How a call fails; nil: it does not.
    func failure<Result>(
        of call: (AWSSecretsManager) async throws(ProviderError) -> Result
    ) async -> ProviderError.Kind? {
        do {
            _ = try await call(driver)
            return nil
        } catch {
            return error.kind
        }
    }

    func calls(_ operation: String) async -> Int { await simulator.calls()[operation] ?? 0 }
}
