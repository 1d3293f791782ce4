import Broker
import Cryptography
import Foundation
import Simulator
import Support
import Testing
import Transport

@testable import Providers

/// drongo is somebody else's reading of Google's interface. It asks nobody to sign in; the driver does all the same, at
/// a simulated metadata server.
@Suite("Against drongo, the Google driver")
struct GoogleDrongoTests {
    private struct Found: Decodable, Equatable {
        var error: String?
        var versions: [String]?
        var hex: String?
    }

    @Test(
        "creates what Google's client reads back, reads it, and purges it",
        arguments: ["", "&replicas=europe-west4,us-east1"])
    func lifeOfASecret(_ query: String) async throws {
        try await withStore(query) { store, url in
            for value in [
                Array("päss\"word\\\n\u{0}\u{1F511}".utf8), [0xFF, 0x00], Array(repeating: 7, count: 65_536),
            ] {
                let secret = unsafe Secret(copying: value.span.bytes)
                let reference = newReference()
                let pin = try await store.provider.create(secret, at: reference, note: note)
                #expect(try await readBack(reference, at: url) == Found(versions: ["1"], hex: Hex.encode(value)))
                #expect(try await store.provider.read(reference, at: pin).matches(secret))
                #expect(try await store.provider.purge(reference) == .gone)
                #expect(try await readBack(reference, at: url) == Found(error: "NotFound"))
            }
        }
    }

    @Test("takes a repeated create for the same one, and another value for a conflict")
    func repeats() async throws {
        try await withStore { store, _ in
            let reference = newReference()
            let pin = try await store.provider.create(Secret("one"), at: reference, note: note)
            #expect(try await store.provider.create(Secret("one"), at: reference, note: note) == pin)
            let error = await #expect(throws: ProviderError.self) {
                try await store.provider.create(Secret("two"), at: reference, note: note)
            }
            #expect(error?.kind == .conflict)
            #expect(try await store.provider.read(reference, at: pin).matches(Secret("one")))
        }
    }

    @Test("finds nothing at a reference that does not exist, or at another pin, and purges what is not there")
    func absent() async throws {
        try await withStore { store, _ in
            let reference = newReference()
            func kind(_ pin: String) async -> ProviderError.Kind? {
                await #expect(throws: ProviderError.self) {
                    try await store.provider.read(reference, at: Pin(pin))
                }?.kind
            }
            #expect(await kind("1") == .absent)
            #expect(try await store.provider.purge(reference) == .gone)
            _ = try await store.provider.create(Secret("value"), at: reference, note: note)
            #expect(await kind("2") == .absent)
        }
    }

    @Test("checks a store that is well, and leaves nothing behind")
    func check() async throws {
        try await withStore { store, _ in
            let findings = await store.provider.check().filter { $0.code != "clock" }
            #expect(findings.map(\.code) == ["signed_in", "can_create", "can_read", "can_purge"])
            #expect(findings.allSatisfy { $0.severity == .good })
        }
    }

    // MARK: -

    private let note = ObjectNote(team: TeamName("research")!, name: SecretName("API_KEY")!)

    private func newReference() -> Reference {
        var random = SecureRandom()
        return Reference(namespace: "wandb", team: note.team, name: note.name, using: &random)
    }

    private func withStore(
        _ query: String = "", _ body: (_ store: SecretStore, _ url: String) async throws -> Void
    ) async throws {
        var settings = SimulatedGoogleSettings()
        settings.accounts = [GoogleAccount(key: GoogleWorld.key)]
        let machine = try await GoogleSimulator.start(settings)
        let environment = ["GCE_METADATA_HOST": String(machine.endpoint.dropFirst("http://".count))]
        let http = try HTTPClient(.fromEnvironment(environment))
        defer { http.shutDown() }
        let surroundings = Surroundings(environment: environment, http: http) {
            Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        }
        try await Drongo.withServer { url in
            let uri = try StoreURI(
                "gcp-secretmanager://acme-project?namespace=wandb&endpoint=\(url)\(query)", setting: "STORE")
            try await body(Registry.open(uri, as: .default, in: surroundings), url)
        }
        await machine.stop()
    }

    private func readBack(_ reference: Reference, at url: String) async throws -> Found {
        let (status, output) = try await PythonEnvironment.run(
            "google_read_back.py", [url, "acme-project", reference.text])
        try #require(status == 0)
        return try JSONDecoder().decode(Found.self, from: Data(output.utf8))
    }
}
