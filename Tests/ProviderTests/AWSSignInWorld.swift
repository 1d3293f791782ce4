import Broker
import Foundation
import Support
import Testing
import Transport

@testable import Providers
@testable import Simulator

/// A simulated AWS with roles, the files that a sign-in reads, and a clock of both that the test moves.
struct AWSSignInWorld: Sendable {
    let simulator: AWSSimulator
    let clock: ManualClock
    private let now: @Sendable () -> Timestamp
    let user: AWSCredential
    private let folder: TemporaryFolder
    private let http: HTTPClient

    static let webToken = "eyJ.web.identity"
    static let containerToken = "eyJ.container"

    /// - Parameter systemClock: for peers that have no other.
    /// - Parameter roles: beyond `web`, which takes the web token, and `a`, `b` and `c`.
    static func with(
        roles: [Simulator.AWSRole] = [], users: [AWSCredential] = [], systemClock: Bool = false,
        _ body: (AWSSignInWorld) async throws -> Void
    ) async throws {
        let clock = ManualClock()
        var settings = SimulatedAWSSettings()
        if !systemClock { settings.clock = { clock.timestamp } }
        let user = AWSCredential.random(principal: "user/environment")
        settings.credentials = [user] + users
        settings.containerToken = Secret(containerToken)
        settings.roles =
            ["a", "b", "c"].map { Simulator.AWSRole(name: $0) }
            + [Simulator.AWSRole(name: "web", webIdentity: WebIdentity(Secret(webToken)))] + roles
        let world = AWSSignInWorld(
            simulator: try await AWSSimulator.start(settings), clock: clock, now: settings.clock, user: user,
            folder: try TemporaryFolder(),
            http: try HTTPClient(.fromEnvironment([:])))
        do {
            try await body(world)
        } catch {
            await world.end()
            throw error
        }
        await world.end()
    }

    private func end() async {
        await simulator.stop()
        http.shutDown()
    }

    static func arn(_ role: String) -> String { "arn:aws:iam::123456789012:role/\(role)" }

    /// - Returns: its path.
    @discardableResult
    func write(_ text: String, to file: String) throws -> String { try folder.write(Secret(text), to: file) }

    /// Where everything of AWS is, and nothing to sign in with.
    var place: [String: String] {
        [
            "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": simulator.endpoint, "HOME": folder.path,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": simulator.endpoint,
        ]
    }

    var keys: [String: String] { Self.keys(user) }

    static func keys(_ user: AWSCredential) -> [String: String] {
        [
            "AWS_ACCESS_KEY_ID": user.accessKeyID,
            "AWS_SECRET_ACCESS_KEY": user.secretAccessKey.simulatedText,
        ]
    }

    /// Of a profile.
    static func keyLines(_ user: AWSCredential) -> String {
        "aws_access_key_id = \(user.accessKeyID)\naws_secret_access_key = \(user.secretAccessKey.simulatedText)\n"
    }

    func webIdentity(_ token: String = webToken) throws -> [String: String] {
        [
            "AWS_WEB_IDENTITY_TOKEN_FILE": try write(token, to: "web-token"), "AWS_ROLE_ARN": Self.arn("web"),
            "AWS_ROLE_SESSION_NAME": "pod",
        ]
    }

    func container(_ token: String = containerToken) throws -> [String: String] {
        [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": simulator.endpoint + "/v2/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": try write(token, to: "container-token"),
        ]
    }

    func profiles(config: String, credentials: String? = nil) throws -> [String: String] {
        var files = ["AWS_CONFIG_FILE": try write(config, to: "config")]
        files["AWS_SHARED_CREDENTIALS_FILE"] = try credentials.map { try write($0, to: "credentials") }
        return files
    }

    /// - Throws: `StoreSettingError` with every fault.
    func driver(_ environment: [String: String], _ query: String = "") throws -> AWSSecretsManager {
        var faults: [String] = []
        let uri = try StoreURI("aws-secretmanager://wandb?\(query)", setting: "STORE")
        let surroundings = Surroundings(
            environment: place.merging(environment) { $1 }, http: http, now: now)
        guard let driver = AWSSecretsManager(uri, surroundings, deadline: .seconds(3), faults: &faults) else {
            throw StoreSettingError(.default, faults: faults)
        }
        return driver
    }

    func faults(_ environment: [String: String], _ query: String = "") throws -> [String] {
        do {
            _ = try driver(environment, query)
            return []
        } catch let error as StoreSettingError {
            return error.faults
        }
    }

    func calls(_ operation: String) async -> Int { await simulator.calls()[operation] ?? 0 }
}

extension AWSSecretsManager {
    /// Who AWS takes the broker for.
    func identity() async throws(ProviderError) -> String? {
        let answer = try await securityTokens.call(.getCallerIdentity, GetCallerIdentityAnswer.requestBody)
        return GetCallerIdentityAnswer(answer)?.arn.replacing("arn:aws:", with: "")
    }

    func signInFailure() async -> ProviderError? {
        do throws(ProviderError) {
            _ = try await identity()
            return nil
        } catch {
            return error
        }
    }
}
