#if FaultInjection
import Broker
import Cryptography
import Providers
import Simulator
import Support
import Testing
import Transport

/// A simulated cloud and a store at it, opened as an operator's settings would open it.
struct ContractWorld: Sendable {
    let cloud: any SimulatedCloud
    let store: SecretStore

    static func with(_ kind: CloudKind, _ body: (ContractWorld) async throws -> Void) async throws {
        let cloud = try await kind.start(clock: TestCatalog.systemTime)
        let http = try HTTPClient(.fromEnvironment(cloud.environment))
        let surroundings = Surroundings(environment: cloud.environment, http: http, now: TestCatalog.systemTime)
        do {
            let uri = try StoreURI(cloud.storeURI, setting: "STORE")
            let store = try Registry.open(uri, as: .default, in: surroundings)
            try await body(ContractWorld(cloud: cloud, store: store))
        } catch {
            await cloud.stop()
            http.shutDown()
            throw error
        }
        await cloud.stop()
        http.shutDown()
    }

    struct Object: Sendable {
        let reference: Reference
        let pin: Pin
        let value: Secret
    }

    private static let note = ObjectNote(team: TeamName("research")!, name: SecretName("KEY")!)

    func newReference() -> Reference {
        var random = SecureRandom()
        return Reference(namespace: store.namespace, team: Self.note.team, name: Self.note.name, using: &random)
    }

    func create(_ text: String = "a value of some length", at reference: Reference? = nil) async throws -> Object {
        let reference = reference ?? newReference()
        let value = Secret(text: text)
        let pin = try await store.provider.create(value, at: reference, note: Self.note)
        return Object(reference: reference, pin: pin, value: value)
    }

    func reads(_ object: Object) async throws -> Bool {
        try await store.provider.read(object.reference, at: object.pin).matches(object.value)
    }

    /// Takes a step on an object of its own, with what is ordered before it.
    func failure(
        of step: DriverStep, after order: () async -> Void = {}
    ) async throws -> ProviderError.Kind? {
        let object = step == .create ? nil : try await create()
        await order()
        return await kind {
            switch step {
            case .create: _ = try await create()
            case .read: _ = try await store.provider.read(object!.reference, at: object!.pin)
            case .purge: _ = try await store.provider.purge(object!.reference)
            }
        }
    }

    func kind(_ call: () async throws -> Void) async -> ProviderError.Kind? {
        do {
            try await call()
            return nil
        } catch let error as ProviderError {
            return error.kind
        } catch {
            Issue.record(error)
            return nil
        }
    }

    func order(_ effect: Fault.Effect, on operation: String, at occasion: Fault.Occasion = .nth(1)) async {
        await cloud.faults.order(Fault(operation: operation, at: occasion, effect: effect))
    }

    func callNames(of step: DriverStep) -> [String] { type(of: cloud).callNames(of: step) }

    /// Those that a step cannot do without: what follows a delete only hastens the end of what is deleted.
    func neededCalls(of step: DriverStep) -> [String] {
        step == .purge ? Array(callNames(of: step).prefix(1)) : callNames(of: step)
    }

    func calls(_ operation: String) async -> Int { await cloud.calls()[operation] ?? 0 }
}
#endif
