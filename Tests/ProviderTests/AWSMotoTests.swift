import Broker
import Cryptography
import Foundation
import Support
import Testing
import Transport

@testable import Providers

@Suite("Against moto, the AWS driver", .moto)
struct AWSMotoTests {
    private struct Found: Decodable, Equatable {
        var error: String?
        var description: String?
        var key: String?
        var tags: Int?
        var deleted: Bool?
        var version: String?
        var text: String?
        var binary: String?
    }

    @Test("creates what boto3 reads back, reads it, and purges it")
    func lifeOfASecret() async throws {
        try await withStore("kms_key_id=alias/broker") { store, url in
            let reference = newReference()
            let value = "päss\"word\\\n\u{0}\u{1F511}"
            let pin = try await store.provider.create(Secret(value), at: reference, note: note)
            let expected = Found(
                description: "SecretBroker: team research, secret API_KEY", key: "alias/broker", tags: 0,
                deleted: false,
                version: ObjectVersion(pin)?.id, text: value)
            #expect(try await readBack(reference, at: url) == expected)
            #expect(ObjectVersion(pin)?.suffix != nil)
            #expect(try await store.provider.read(reference, at: pin).matches(Secret(value)))
            #expect(try await store.provider.purge(reference) == .gone)
            #expect(try await readBack(reference, at: url) == Found(error: "ResourceNotFoundException"))
        }
    }

    @Test("creates a value that is not text as binary, of any length")
    func binary() async throws {
        try await withStore { store, url in
            for length in [1, 8, 9, 10, 11, 64] {
                let bytes = [0xFF] + SecureRandom().bytes(length - 1)
                let value = unsafe Secret(copying: bytes.span.bytes)
                let reference = newReference()
                let pin = try await store.provider.create(value, at: reference, note: note)
                #expect(try await readBack(reference, at: url).binary == Hex.encode(bytes))
                #expect(try await store.provider.read(reference, at: pin).matches(value))
            }
        }
    }

    @Test("takes a repeated create for the same one, and another value for a conflict")
    func repeats() async throws {
        try await withStore { store, _ in
            let reference = newReference()
            let pin = try await store.provider.create(Secret("one"), at: reference, note: note)
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
            func kind(_ pin: Pin) async -> ProviderError.Kind? {
                await #expect(throws: ProviderError.self) { try await store.provider.read(reference, at: pin) }?.kind
            }
            #expect(await kind(Pin(String(repeating: "0", count: 64))) == .absent)
            #expect(try await store.provider.purge(reference) == .gone)
            _ = try await store.provider.create(Secret("value"), at: reference, note: note)
            #expect(await kind(Pin(String(repeating: "0", count: 64))) == .absent)
            #expect(await kind(Pin("1")) == .absent)
        }
    }

    @Test("with a recovery window tells when the value goes, again when asked again, and does not read it meanwhile")
    func recoveryWindow() async throws {
        try await withStore("recovery_days=7") { store, url in
            let reference = newReference()
            let pin = try await store.provider.create(Secret("value"), at: reference, note: note)
            for _ in 1...2 {
                guard case .held(let end) = try await store.provider.purge(reference) else {
                    Issue.record("not held")
                    return
                }
                let distance = end.since(Self.now())
                #expect(distance > .seconds(7 * 86_400 - 60) && distance <= .seconds(7 * 86_400 + 60))
            }
            let error = await #expect(throws: ProviderError.self) { try await store.provider.read(reference, at: pin) }
            #expect(error?.kind == .disabled)
            #expect(try await readBack(reference, at: url).deleted == true)
            #expect(try await store.provider.purge(newReference()) == .gone)
            #expect(store.warnings.map(\.code).contains("recovery_window_keeps_value"))
        }
    }

    @Test("checks a store that is well, and leaves nothing behind")
    func check() async throws {
        try await withStore { store, _ in
            let findings = await store.provider.check()
            #expect(findings.map(\.code) == ["signed_in", "clock", "can_create", "can_read", "can_purge"])
            #expect(findings.allSatisfy { $0.severity == .good })
        }
    }

    // MARK: -

    private let note = ObjectNote(team: TeamName("research")!, name: SecretName("API_KEY")!)

    private func newReference() -> Reference {
        var random = SecureRandom()
        return Reference(namespace: "wandb", team: note.team, name: note.name, using: &random)
    }

    private static func now() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }

    private func withStore(
        _ query: String = "", _ body: (_ store: SecretStore, _ url: String) async throws -> Void
    ) async throws {
        let url = MotoTrait.url
        let environment = [
            "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
        ]
        let http = try HTTPClient(.fromEnvironment(environment))
        defer { http.shutDown() }
        let uri = try StoreURI("aws-secretmanager://wandb?\(query)", setting: "STORE")
        let surroundings = Surroundings(environment: environment, http: http, now: Self.now)
        try await body(Registry.open(uri, as: .default, in: surroundings), url)
    }

    private func readBack(_ reference: Reference, at url: String) async throws -> Found {
        let (status, output) = try await PythonEnvironment.run(
            "aws_read_back.py", [url, "us-east-1", reference.text])
        try #require(status == 0)
        return try JSONDecoder().decode(Found.self, from: Data(output.utf8))
    }
}

/// One server for all tests of a suite: each test has references of its own.
private struct MotoTrait: SuiteTrait, TestScoping {
    @TaskLocal static var url = ""

    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        try await Moto.withServer { url in try await Self.$url.withValue(url, operation: body) }
    }
}

extension Trait where Self == MotoTrait {
    fileprivate static var moto: MotoTrait { MotoTrait() }
}
