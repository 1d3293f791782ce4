import Broker
import Foundation
import ServiceLifecycle
import Simulator

/// A cloud on loopback, and what a broker needs to be told to use it.
struct SimulatedCloud {
    let service: any Service
    let store: String
    /// The process's own, without any of the cloud's settings that may be in it.
    let environment: [String: String]

    static func start(_ provider: DevCommand.Cloud) async throws -> SimulatedCloud {
        switch provider {
        case .aws: try await startAWS()
        }
    }

    private static func startAWS() async throws -> SimulatedCloud {
        let credential = AWSCredential.random()
        var account = AWSSettings(clock: SystemTime.now)
        account.credentials = [credential]
        let simulator = try await AWSSimulator.start(account)
        var environment = ProcessInfo.processInfo.environment.filter { name, _ in
            !name.hasPrefix("AWS_") && !name.hasPrefix("SECRET_BROKER_STORE") && name != "SECRET_BROKER_TEAM_STORES"
        }
        environment["AWS_ACCESS_KEY_ID"] = credential.accessKeyID
        environment["AWS_SECRET_ACCESS_KEY"] = credential.secretAccessKey.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
        environment["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = simulator.endpoint
        environment["AWS_ENDPOINT_URL_STS"] = simulator.endpoint
        return SimulatedCloud(
            service: simulator, store: "aws-secretmanager://wandb?namespace=wandb&region=\(account.region)",
            environment: environment)
    }
}
