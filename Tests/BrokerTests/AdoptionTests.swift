import Support
import Testing

@testable import Broker

@Suite("An adoption")
struct AdoptionTests {
    private let provider = ScriptedProvider()
    private let reference = Reference(recorded: "console-made")

    private func adopt() async throws(AdoptionError) -> Version {
        let store = SecretStore(
            name: .default, kind: "scripted", identity: "memory", namespace: "test", maximumValueSize: 65_536,
            key: "none", signIn: "nothing", warnings: [], rates: [:], provider: Versioned(provider: provider),
            now: { Timestamp(milliseconds: 0) })
        let adoption = Adoption(
            stores: Stores(default: store), adoptions: Willing(), now: { Timestamp(milliseconds: 0) })
        return try await adoption.adopt(
            reference.text, from: store, as: SecretName("KEY")!, in: TeamName("research")!,
            by: .operatorsShell(requestID: "r"))
    }

    @Test("takes the object's current version, which stays somebody else's")
    func adopted() async throws {
        await provider.put("v", at: reference, pin: Versioned.pin)
        let version = try await adopt()
        #expect(version.reference == reference && version.pin == Versioned.pin && !version.isOwned)
    }

    @Test("says that a value is not text of one that is not, and of nothing else")
    func notText() async throws {
        await provider.put(binary: [0xFF, 0xFE], at: reference, pin: Versioned.pin)
        await #expect(throws: AdoptionError.notText) { try await adopt() }
        for kind in ProviderError.Kind.allCases {
            await provider.fail(.read, kind)
            await #expect(throws: AdoptionError.unreadable(ProviderError(kind, during: "read"))) { try await adopt() }
        }
    }
}

/// Its objects have one version.
private struct Versioned: VersionedProvider {
    static let pin = Pin("1")

    let provider: ScriptedProvider

    func create(_ value: Secret, at reference: Reference, note: ObjectNote) async throws(ProviderError) -> Pin {
        try await provider.create(value, at: reference, note: note)
    }

    func read(_ reference: Reference, at pin: Pin) async throws(ProviderError) -> Secret {
        try await provider.read(reference, at: pin)
    }

    func purge(_ reference: Reference) async throws(ProviderError) -> Purge { try await provider.purge(reference) }
    func check() async -> [Finding] { [] }
    func currentPin(of reference: Reference) async throws(ProviderError) -> Pin { Self.pin }

    func object(named name: String) -> ForeignObject? {
        ForeignObject(reference: Reference(recorded: name), name: name)
    }
}

/// A catalog in which nothing stands against it.
private struct Willing: Adoptions {
    func adopt(
        _ version: Version, as name: SecretName, in team: TeamName, by actor: Principal
    ) async throws(CatalogError) -> Result<Void, AdoptionRefusal> { .success(()) }
}
