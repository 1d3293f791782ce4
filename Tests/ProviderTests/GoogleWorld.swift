import Broker
import Cryptography
import Foundation
import Simulator
import Transport

@testable import Providers

/// A simulated Google Cloud and the driver before it, as an operator would set it.
struct GoogleWorld: Sendable {
    let simulator: GoogleSimulator
    let driver: GoogleSecretManager
    let surroundings: Surroundings
    let note = ObjectNote(team: TeamName("research")!, name: SecretName("API_KEY")!)

    static let email = "broker@acme-project.iam.gserviceaccount.com"
    /// Takes a moment to make.
    static let key = RSAPrivateKey()

    enum SignIn {
        case key
        /// A key for these of IAM's permissions alone.
        case keyFor(Set<String>)
        case machine
        /// The key's file names the token service of the simulator.
        case tokenService
        /// A file of this content, in which `ENDPOINT` and `FOLDER` stand for the simulator's.
        case file(String)
    }

    /// - Parameter query: of the store URI, beyond namespace and endpoint.
    /// - Parameter clockOffset: how far the driver's clock is ahead of Google's.
    static func with(
        _ query: String = "", signIn: SignIn = .key, clockOffset: Duration = .zero, deadline: Duration = .seconds(10),
        metadata: String? = nil, _ change: (inout SimulatedGoogleSettings) -> Void = { _ in },
        _ body: (GoogleWorld) async throws -> Void
    ) async throws {
        var permissions: Set<String>?
        if case .keyFor(let only) = signIn { permissions = only }
        let account = GoogleAccount(email: email, key: key, allowedPermissions: permissions)
        var settings = SimulatedGoogleSettings()
        settings.accounts = [account]
        change(&settings)
        let simulator = try await GoogleSimulator.start(settings)
        let http = try HTTPClient(.fromEnvironment([:]))
        do {
            var environment = simulator.environment
            if let metadata { environment["GCE_METADATA_HOST"] = metadata }
            environment["GOOGLE_APPLICATION_CREDENTIALS"] = try file(signIn, account, simulator)
            let surroundings = Surroundings(environment: environment, http: http) {
                Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)).adding(clockOffset)
            }
            let uri = try StoreURI("\(simulator.storeURI)\(query.isEmpty ? "" : "&\(query)")", setting: "STORE")
            try await body(try GoogleWorld(simulator, uri, surroundings, deadline))
        } catch {
            await simulator.stop()
            http.shutDown()
            throw error
        }
        await simulator.stop()
        http.shutDown()
    }

    /// Nil: none.
    private static func file(
        _ signIn: SignIn, _ account: GoogleAccount, _ simulator: GoogleSimulator
    ) throws -> String? {
        switch signIn {
        case .key, .keyFor: return simulator.environment["GOOGLE_APPLICATION_CREDENTIALS"]
        case .machine: return nil
        case .tokenService:
            return try simulator.write(account.keyFile(tokenURI: "\(simulator.endpoint)/token"), to: "exchanged.json")
        case .file(let content):
            let key = simulator.environment["GOOGLE_APPLICATION_CREDENTIALS"] ?? ""
            let text = content.replacingOccurrences(of: "ENDPOINT", with: simulator.endpoint)
                .replacingOccurrences(of: "FOLDER", with: String(key.dropLast("/key.json".count)))
            return try simulator.write(Secret(text), to: "credentials.json")
        }
    }

    private init(
        _ simulator: GoogleSimulator, _ uri: StoreURI, _ surroundings: Surroundings, _ deadline: Duration
    ) throws {
        var faults: [String] = []
        let settings = GoogleSettings(uri, surroundings.environment, faults: &faults)
        let source = GoogleCredentialChain.source(surroundings, faults: &faults)
        guard let settings, let source else { throw StoreSettingError(.default, faults: faults) }
        self.simulator = simulator
        self.surroundings = surroundings
        driver = GoogleSecretManager(settings, signingInBy: source, surroundings, deadline: deadline)
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
        of call: (GoogleSecretManager) async throws(ProviderError) -> Result
    ) async -> ProviderError.Kind? {
        do {
            _ = try await call(driver)
            return nil
        } catch {
            return error.kind
        }
    }

    func readFailure(_ reference: Reference, at pin: String) async -> ProviderError.Kind? {
        await failure { driver throws(ProviderError) in try await driver.read(reference, at: Pin(pin)) }
    }

    func createFailure(_ value: String, at reference: Reference) async -> ProviderError.Kind? {
        await failure { _ throws(ProviderError) in try await create(value, at: reference) }
    }

    func calls(_ operation: String) async -> Int { await simulator.calls()[operation] ?? 0 }
}
