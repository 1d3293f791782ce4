import Broker
import Cryptography
import Foundation
import NIOConcurrencyHelpers
import Simulator
import Support
import Testing
import Transport

@testable import Providers

/// What the driver sends, judged by what Google itself publishes.
@Suite("By Google's own measure, the driver")
struct GoogleInteropTests {
    @Test("signs tokens that are those of google-auth, claim by claim, and that google-auth and PyJWT believe")
    func tokens() async throws {
        let file = GoogleAccount(email: GoogleWorld.email, key: GoogleWorld.key).keyFile()
        let root = try #require(file.json)
        let account = try GoogleServiceAccount(root)
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let input =
            #"{"key_file": \#(text(file)), "self_signed": "\#(text(account.selfSigned(at: now)))", "#
            + #""assertion": "\#(text(account.assertion(to: "https://oauth2.googleapis.com/token", at: now)))"}"#
        let (status, output) = try await PythonEnvironment.run("google_tokens.py", [], input: input)
        #expect(status == 0, "\(output)")
        #expect(output == "agreed\n")
    }

    /// One line of JSON for each request that a simulator saw.
    private final class Recorder: Sendable {
        private let lines = NIOLockedValueBox<[String]>([])

        var text: String { lines.withLockedValue { $0.joined(separator: "\n") } }

        private func text(of body: Secret) -> String { ProviderTests.text(body) }

        func record(_ method: String, _ target: String, _ body: Secret) {
            guard !target.hasPrefix("/computeMetadata/") else { return }
            let isForm = target == "/v1/token"
            let line = [
                #""method": "\#(method)""#, #""target": "\#(target)""#,
                #""body": \#(body.byteCount == 0 || isForm ? "null" : text(of: body))"#,
                #""form": \#(isForm ? "\"\(text(of: body))\"" : "null")"#,
            ]
            lines.withLockedValue { $0.append("{\(line.joined(separator: ", "))}") }
        }
    }

    @Test("sends only what is in the discovery documents of Secret Manager, STS and IAM")
    func requests() async throws {
        let recorder = Recorder()
        func key(_ location: String) -> String { "projects/acme-project/locations/\(location)/keyRings/r/cryptoKeys/k" }
        let queries = [
            "", "&kms_key=\(key("global"))", "&replicas=us-east1,europe-west4",
            "&replicas=us-east1,europe-west4&kms_key=\(key("us-east1")),\(key("europe-west4"))",
            "&location=europe-west4", "&location=europe-west4&kms_key=\(key("europe-west4"))",
        ]
        var settings = SimulatedGoogleSettings()
        settings.accounts = [GoogleAccount(email: GoogleWorld.email, key: GoogleWorld.key)]
        settings.federation = GoogleFederation(subjectToken: Secret("eyJ.subject"), account: GoogleWorld.email)
        for location in ["global", "us-east1", "europe-west4"] { settings.keys[key(location)] = .enabled }
        let simulator = try await GoogleSimulator.start(settings) { recorder.record($0, $1, $2) }
        for query in queries { try await live(on: simulator, query) }
        await simulator.stop()
        let (status, output) = try await PythonEnvironment.run("google_requests.py", [], input: recorder.text)
        #expect(status == 0, "\(output)")
        let secrets = ["addVersion", "create", "delete", "versions.access"]
        let expected =
            ["iamcredentials.projects.serviceAccounts.generateAccessToken", "sts.token"]
            + secrets.map { "secretmanager.projects.secrets.\($0)" }
            + secrets.map { "secretmanager.projects.locations.secrets.\($0)" }
        #expect(Set(output.split(separator: "\n").map(String.init)) == Set(expected))
    }

    /// Every call that there is, by a federated identity.
    private func live(on simulator: GoogleSimulator, _ query: String) async throws {
        let folder = TestFolder()
        let subject = try folder.write("eyJ.subject", to: "subject")
        let file = try folder.write(
            #"""
            {"type": "external_account", "token_url": "\#(simulator.endpoint)/v1/token",
             "audience": "\#(GoogleFederation(subjectToken: Secret("x")).audience)",
             "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "credential_source": {"file": "\#(subject)"},
             "service_account_impersonation_url":
                "\#(simulator.endpoint)/v1/projects/-/serviceAccounts/\#(GoogleWorld.email):generateAccessToken"}
            """#, to: "federation.json")
        let http = try HTTPClient(.fromEnvironment([:]))
        defer { http.shutDown() }
        let surroundings = Surroundings(environment: ["GOOGLE_APPLICATION_CREDENTIALS": file], http: http) {
            Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        }
        let store = try Registry.open(
            try StoreURI(simulator.storeURI + query, setting: "STORE"), as: .default, in: surroundings)
        let note = ObjectNote(team: TeamName("research")!, name: SecretName("API_KEY")!)
        var random = SecureRandom()
        let reference = Reference(namespace: "wandb", team: note.team, name: note.name, using: &random)
        let pin = try await store.provider.create(Secret("päss\u{0}"), at: reference, note: note)
        #expect(try await store.provider.create(Secret("päss\u{0}"), at: reference, note: note) == pin)
        #expect(try await store.provider.purge(reference) == .gone)
    }
}
