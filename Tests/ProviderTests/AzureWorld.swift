import Broker
import Cryptography
import Foundation
import Simulator
import Transport

@testable import Providers

/// A simulated Azure and the driver before it, as an operator would set it.
struct AzureWorld: Sendable {
    let simulator: AzureSimulator
    let driver: AzureKeyVault
    let note = ObjectNote(team: TeamName("research")!, name: SecretName("API_KEY")!)

    /// The application's secret is in the variables, unless `environment` takes it out.
    ///
    /// - Parameters:
    ///   - change: to the tenant and the vault. Its first identity is the application, with a secret.
    ///   - environment: variables in addition, or in the place of others. An empty one is not set.
    ///   - clockOffset: how far the driver's clock is ahead of Azure's.
    static func with(
        _ change: (inout SimulatedAzureSettings) -> Void = { _ in }, permissions: Set<String>? = nil,
        environment: [String: String] = [:], clockOffset: Duration = .zero, deadline: Duration = .seconds(10),
        _ body: (AzureWorld) async throws -> Void
    ) async throws {
        var settings = SimulatedAzureSettings()
        settings.identities = [.random(permissions: permissions)]
        change(&settings)
        let simulator = try await AzureSimulator.start(settings)
        let http = try HTTPClient(.fromEnvironment([:]))
        let surroundings = Surroundings(
            environment: simulator.environment.merging(environment) { _, new in new }, http: http
        ) {
            Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)).adding(clockOffset)
        }
        do {
            try await body(AzureWorld(simulator, try driver(simulator, surroundings, deadline)))
        } catch {
            await simulator.stop()
            http.shutDown()
            throw error
        }
        await simulator.stop()
        http.shutDown()
    }

    private init(_ simulator: AzureSimulator, _ driver: AzureKeyVault) {
        self.simulator = simulator
        self.driver = driver
    }

    private static func driver(
        _ simulator: AzureSimulator, _ surroundings: Surroundings, _ deadline: Duration
    ) throws -> AzureKeyVault {
        var faults: [String] = []
        let uri = try StoreURI(simulator.storeURI, setting: "STORE")
        let settings = AzureSettings(uri, surroundings.environment, faults: &faults)
        let source = AzureCredentialChain.source(.commercial, surroundings, faults: &faults)
        guard let settings, let source else { throw StoreSettingError(.default, faults: faults) }
        return AzureKeyVault(settings, signingInBy: source, surroundings, deadline: deadline)
    }

    func newReference() -> Reference {
        var random = SecureRandom()
        return Reference(namespace: "wandb", team: note.team, name: note.name, using: &random)
    }

    func create(_ value: String, at reference: Reference) async throws(ProviderError) -> Pin {
        try await driver.create(Secret(value), at: reference, note: note)
    }

    func read(_ reference: Reference, at pin: Pin) async -> ProviderError.Kind? {
        await failure { driver throws(ProviderError) in try await driver.read(reference, at: pin) }
    }

    /// How a call fails; nil: it does not.
    func failure<Result>(
        of call: (AzureKeyVault) async throws(ProviderError) -> Result
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
