import Broker
import Cryptography
import NIOConcurrencyHelpers
import Simulator
import Support
import Transport

@testable import Providers

/// A simulated cluster and the driver before it, as an operator would set it.
struct KubernetesWorld: Sendable {
    let simulator: KubernetesSimulator
    let driver: KubernetesSecrets
    let note = ObjectNote(team: TeamName("research")!, name: SecretName("API_KEY")!)
    private let time: NIOLockedValueBox<Timestamp>

    enum SignIn: Sendable {
        /// As a pod of the broker's service account.
        case pod
        /// Lines of a kubeconfig's user, indented as the simulator wants them, and of its cluster.
        case kubeconfig(user: String = "tokenFile: token", cluster: String? = nil)
    }

    /// - Parameters:
    ///   - change: to the cluster, before it starts.
    ///   - prepare: writes the files that the sign-in names.
    static func with(
        signIn: SignIn = .pod, deadline: Duration = .seconds(10),
        _ change: (inout SimulatedKubernetesSettings) -> Void = { _ in },
        prepare: (KubernetesSimulator) async throws -> Void = { _ in },
        _ body: (KubernetesWorld) async throws -> Void
    ) async throws {
        let time = NIOLockedValueBox(TestCatalog.systemTime())
        var settings = SimulatedKubernetesSettings(clock: { time.withLockedValue { $0 } })
        change(&settings)
        let simulator = try await KubernetesSimulator.start(settings)
        do {
            try await prepare(simulator)
            let driver = try driver(signIn, simulator, deadline: deadline, now: settings.clock)
            try await body(KubernetesWorld(simulator: simulator, driver: driver, time: time))
        } catch {
            await simulator.stop()
            throw error
        }
        await simulator.stop()
    }

    private init(simulator: KubernetesSimulator, driver: KubernetesSecrets, time: NIOLockedValueBox<Timestamp>) {
        self.simulator = simulator
        self.driver = driver
        self.time = time
    }

    private static func driver(
        _ signIn: SignIn, _ simulator: KubernetesSimulator, deadline: Duration, now: @escaping @Sendable () -> Timestamp
    ) throws -> KubernetesSecrets {
        var environment = simulator.podEnvironment
        if case .kubeconfig(let user, let cluster) = signIn {
            environment = [
                "KUBECONFIG": try simulator.write(simulator.kubeconfig(user: user, cluster: cluster), to: "kubeconfig")
            ]
        }
        var faults: [String] = []
        let access = KubernetesAccess(environment, pod: simulator.podFolder, faults: &faults)
        let uri = try StoreURI("k8s-secretmanager://wandb", setting: "STORE")
        let settings = KubernetesSettings(uri, [:], access, faults: &faults)
        guard let settings, let access else { throw StoreSettingError(.default, faults: faults) }
        return try KubernetesSecrets(settings, access, deadline: deadline, now: now)
    }

    /// For the driver and the cluster alike.
    func pass(_ duration: Duration) {
        time.withLockedValue { $0 = $0.adding(duration) }
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
        of call: (KubernetesSecrets) async throws(ProviderError) -> Result
    ) async -> ProviderError? {
        do {
            _ = try await call(driver)
            return nil
        } catch {
            return error
        }
    }

    func failureToCreate(_ value: String = "value", at reference: Reference) async -> ProviderError? {
        await failure { _ throws(ProviderError) in try await create(value, at: reference) }
    }

    func failureToRead(_ reference: Reference, at pin: Pin) async -> ProviderError? {
        await failure { driver throws(ProviderError) in try await driver.read(reference, at: pin) }
    }

    func failureToPurge(_ reference: Reference) async -> ProviderError? {
        await failure { driver throws(ProviderError) in try await driver.purge(reference) }
    }

    func calls(_ operation: String) async -> Int { await simulator.calls()[operation] ?? 0 }
}
