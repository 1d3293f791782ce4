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

    @Test("names the canary whose secret was made, but never seen for its version")
    func canaryUnseen() async throws {
        let granted: Set = ["secrets.create", "versions.add", "versions.access"]
        let signIn = GoogleWorld.SignIn.keyFor(Set(granted.map { "secretmanager.\($0)" }))
        try await GoogleWorld.with(signIn: signIn, { $0.consistency = .after(.seconds(60)) }) { world in
            let findings = await world.driver.check().dropFirst(2)
            #expect(findings.map(\.code) == ["unavailable", "may_read", "purge_denied"])
            let left = try #require(await world.simulator.objects().keys.first)
            #expect(findings.last?.message.contains(left) == true)
        }
    }

    @Test("removes the canary that never got its version, or names it")
    func canaryEmpty() async throws {
        let cases = [(["secrets.create", "versions.access", "secrets.delete"], false), (["secrets.create"], true)]
        for (granted, isLeft) in cases {
            let signIn = GoogleWorld.SignIn.keyFor(Set(granted.map { "secretmanager.\($0)" }))
            try await GoogleWorld.with(signIn: signIn) { world in
                let last = try #require(await world.driver.check().last)
                let left = await world.simulator.objects().keys.first
                #expect((left != nil) == isLeft)
                #expect(last.message.contains("may be left: delete it") == isLeft)
                if let left { #expect(last.message.contains(left)) }
            }
        }
    }

    #if FaultInjection
    @Test("removes, or names, the canary whose version Google was too busy to take", arguments: [false, true])
    func canaryThrottled(_ isDeletingThrottled: Bool) async throws {
        try await GoogleWorld.with { world in
            for operation in isDeletingThrottled ? ["AddSecretVersion", "DeleteSecret"] : ["AddSecretVersion"] {
                await world.simulator.faults.order(
                    Fault(operation: operation, at: .always, effect: .throttle(retryAfter: nil)))
            }
            let findings = await world.driver.check().dropFirst(2)
            #expect(findings.map(\.code) == ["throttled"])
            let left = await world.simulator.objects().keys.first
            #expect((left != nil) == isDeletingThrottled)
            #expect(findings.last?.message.contains("may be left: delete it") == isDeletingThrottled)
            if let left { #expect(findings.last?.message.contains(left) == true) }
        }
    }

    @Test("names the canary that may be there, though what failed was the look whether it has its version")
    func canaryDoubtful() async throws {
        try await GoogleWorld.with { world in
            let faults = world.simulator.faults
            await faults.order(Fault(operation: "CreateSecret", at: .nth(1), effect: .resetAfterEffect))
            // The first look is the check's own, whether it is signed in.
            for number in 2...20 {
                await faults.order(
                    Fault(operation: "AccessSecretVersion", at: .nth(number), effect: .throttle(retryAfter: nil)))
            }
            await faults.order(Fault(operation: "DeleteSecret", at: .always, effect: .throttle(retryAfter: nil)))
            let last = try #require(await world.driver.check().last)
            let left = try #require(await world.simulator.objects().keys.first)
            #expect(last.code == "throttled")
            #expect(last.message.contains("AccessSecretVersion"))
            #expect(last.message.contains("\(left) may be left: delete it"))
        }
    }
    #endif

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

    private func findings() throws -> GoogleFindings {
        var faults: [String] = []
        let uri = try StoreURI("gcp-secretmanager://acme-project?namespace=wandb", setting: "STORE")
        let settings = try #require(GoogleSettings(uri, [:], faults: &faults))
        return GoogleFindings(settings, signInBy: "the metadata server", authorities: "/ca.pem")
    }

    @Test(
        "every failure says what to do, in one sentence, and names Google's code and request",
        arguments: ProviderError.Kind.allCases)
    func sentences(_ kind: ProviderError.Kind) throws {
        let findings = try findings()
        for operation in GoogleOperation.allCases {
            let error = ProviderError(kind, during: operation.rawValue, vendorCode: "SOME_CODE", requestID: "abc-1")
            let finding = findings.finding(error, during: .createSecret)
            #expect(finding.severity == .failure)
            #expect(finding.message.isClause, "\(finding.message)")
            #expect((finding.code == "not_signed_in") == (operation.isSignIn || kind == .unauthenticated))
            #expect(finding.message.contains("SOME_CODE, request abc-1"), "\(finding.message)")
        }
    }

    @Test(
        "orders a grant for a denial only where one is missing, and else says what of the project or a policy denies",
        arguments: GoogleFailure.reasons.filter { $0.value == .denied }.keys.sorted())
    func obstacles(_ reason: String) throws {
        let error = GoogleFailure(status: 403, name: "PERMISSION_DENIED", reason: reason, requestID: "abc-1")
            .error(during: .createSecret)
        let finding = try findings().finding(error, during: .createSecret)
        #expect(finding.message.isClause && finding.message.contains("project acme-project"))
        #expect(finding.message.contains("\(reason), request abc-1"))
        let isOfGrant = reason == "IAM_PERMISSION_DENIED"
        #expect(finding.message.contains("grant ") == isOfGrant)
        #expect((finding.code == "create_denied") == isOfGrant)
    }

    @Test(
        "tells what is off, an inactive project, an unknown one and a policy from each other",
        arguments: [
            ("SERVICE_DISABLED", "api_disabled"), ("BILLING_DISABLED", "project_inactive"),
            ("CONSUMER_INVALID", "project_unknown"), ("SECURITY_POLICY_VIOLATED", "forbidden_by_policy"),
        ])
    func obstacleCodes(_ reason: String, code: String) throws {
        let error = ProviderError(.denied, during: "AccessSecretVersion", vendorCode: reason)
        #expect(try findings().finding(error, during: .accessSecretVersion).code == code)
    }

    @Test("orders no role on an account where the API that acts as the account is off")
    func impersonationDisabled() throws {
        let error = ProviderError(.unauthenticated, during: "GenerateAccessToken", vendorCode: "SERVICE_DISABLED")
        let finding = try findings().finding(error, during: .accessSecretVersion)
        #expect(finding.code == "not_signed_in")
        #expect(finding.message.isClause && finding.message.contains("iamcredentials.googleapis.com"))
        #expect(!finding.message.contains("roles/"))
    }

    @Test("says where a condition on names can hold and where not")
    func places() throws {
        let findings = try findings()
        func finding(_ operation: GoogleOperation) -> Finding {
            findings.finding(ProviderError(.denied, during: operation.rawValue), during: operation)
        }
        #expect(finding(.createSecret).message.hasSuffix("on project acme-project"))
        #expect(
            finding(.addSecretVersion).message.hasSuffix(
                "on secrets of project acme-project whose names begin with wandb-"))
    }
}
