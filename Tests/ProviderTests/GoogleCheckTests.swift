import Broker
import Simulator
import Support
import Testing

@testable import Providers

@Suite("A check of a store at Google", .timeLimit(.minutes(1)))
struct GoogleCheckTests {
    @Test("finds all well, though Google takes a while to see the canary, and leaves nothing")
    func well() async throws {
        try await GoogleWorld.with("", { $0.consistency = .afterReads(1) }) { world in
            let findings = await world.driver.check()
            #expect(findings.map(\.code) == ["signed_in", "clock", "can_create", "can_read", "can_purge"])
            #expect(findings.allSatisfy { $0.severity == .good })
            #expect(await world.simulator.objects().isEmpty)
        }
    }

    @Test(
        "names every grant that is missing, and only those",
        arguments: [
            ([], ["create_denied", "read_denied", "purge_denied"], "secretmanager.secrets.create"),
            (["versions.access"], ["create_denied", "may_read", "purge_denied"], "secretmanager.secrets.create"),
            (
                ["secrets.create", "versions.access", "secrets.delete"], ["create_denied", "may_read", "can_purge"],
                "secretmanager.versions.add"
            ),
            (
                ["secrets.create", "versions.add", "secrets.delete"], ["can_create", "read_denied", "can_purge"],
                "secretmanager.versions.access"
            ),
            (
                ["secrets.create", "versions.add", "versions.access"], ["can_create", "can_read", "purge_denied"],
                "secretmanager.secrets.delete"
            ),
        ] as [([String], [String], String)])
    func grants(_ granted: [String], codes: [String], firstMissing: String) async throws {
        try await GoogleWorld.with(signIn: .keyFor(Set(granted.map { "secretmanager.\($0)" }))) { world in
            let findings = await world.driver.check().dropFirst(2)
            #expect(findings.map(\.code) == codes)
            let denied = findings.first { $0.code.hasSuffix("denied") }
            #expect(denied?.message.contains("grant \(firstMissing) on ") == true, "\(denied?.message ?? "")")
        }
    }

    @Test("names the canary that it could not remove")
    func canaryLeft() async throws {
        let granted: Set = ["secrets.create", "versions.add", "versions.access"]
        try await GoogleWorld.with(signIn: .keyFor(Set(granted.map { "secretmanager.\($0)" }))) { world in
            let last = await world.driver.check().last
            let left = try #require(await world.simulator.objects().keys.first)
            #expect(left.hasPrefix("wandb-secret-broker-check-"))
            #expect(last?.message.contains(left) == true)
        }
    }

    private static let key = "projects/acme-project/locations/global/keyRings/r/cryptoKeys/k"

    @Test(
        "finds a key that may not be used, or is off, and names it",
        arguments: [(KMSKeyState.accessDenied, "key_denied"), (.disabled, "key_disabled")])
    func key(_ state: KMSKeyState, code: String) async throws {
        try await GoogleWorld.with("kms_key=\(Self.key)", { $0.keys = [Self.key: state] }) { world in
            let failures = await world.driver.check().filter { $0.severity == .failure }
            #expect(failures.first?.code == code)
            #expect(failures.first?.message.contains(Self.key) == true)
        }
    }

    @Test("every failure says what to do, in one sentence", arguments: ProviderError.Kind.allCases)
    func sentences(_ kind: ProviderError.Kind) throws {
        var faults: [String] = []
        let uri = try StoreURI("gcp-secretmanager://acme-project?namespace=wandb", setting: "STORE")
        let settings = try #require(GoogleSettings(uri, [:], faults: &faults))
        let findings = GoogleFindings(settings, signInBy: "the metadata server", authorities: "/ca.pem")
        for operation in GoogleOperation.allCases {
            let error = ProviderError(kind, during: operation.rawValue, vendorCode: "SOME_CODE", requestID: "abc-1")
            let finding = findings.finding(error, during: .createSecret)
            #expect(finding.severity == .failure)
            #expect(finding.message.isClause, "\(finding.message)")
            #expect((finding.code == "not_signed_in") == (operation.isSignIn || kind == .unauthenticated))
            let namesTheKey = [.keyDenied, .keyDisabled].contains(kind) && !operation.isSignIn
            #expect(namesTheKey || finding.message.contains("SOME_CODE, request abc-1"), "\(finding.message)")
        }
    }

    @Test("says that the API is off, and where a condition on names can hold and where not")
    func places() throws {
        var faults: [String] = []
        let uri = try StoreURI("gcp-secretmanager://acme-project?namespace=wandb", setting: "STORE")
        let settings = try #require(GoogleSettings(uri, [:], faults: &faults))
        let findings = GoogleFindings(settings, signInBy: "x", authorities: nil)
        func finding(_ operation: GoogleOperation, _ code: String? = nil) -> Finding {
            findings.finding(
                ProviderError(.denied, during: operation.rawValue, vendorCode: code), during: operation)
        }
        #expect(finding(.createSecret, "SERVICE_DISABLED").code == "api_disabled")
        #expect(finding(.createSecret).message.hasSuffix("on project acme-project"))
        #expect(
            finding(.addSecretVersion).message.hasSuffix(
                "on secrets of project acme-project whose names begin with wandb-"))
    }
}
