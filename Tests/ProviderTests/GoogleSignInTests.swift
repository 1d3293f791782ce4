import Broker
import Cryptography
import Simulator
import Testing
import Transport

@testable import Providers

/// Each way to sign in, from what the operator sets to what Google answers.
@Suite("Signing in at Google, the driver", .timeLimit(.minutes(1)))
struct GoogleSignInTests {
    private static let federation = GoogleFederation(
        subjectToken: Secret("eyJ.subject.token"), account: GoogleWorld.email)

    private static func externalAccount(source: String, impersonates: Bool = true) -> String {
        let impersonation =
            "ENDPOINT/v1/projects/-/serviceAccounts/\(GoogleWorld.email):generateAccessToken"
        return #"{"type": "external_account", "audience": "\#(federation.audience)", "#
            + #""subject_token_type": "\#(federation.subjectTokenType)", "token_url": "ENDPOINT/v1/token", "#
            + (impersonates ? #""service_account_impersonation_url": "\#(impersonation)", "# : "")
            + #""credential_source": \#(source)}"#
    }

    private static let file = externalAccount(source: #"{"file": "FOLDER/subject"}"#)

    private func signedInAs(_ world: GoogleWorld) async -> String? {
        await world.driver.check().first { $0.code == "signed_in" }?.message
    }

    @Test("with a key signs its own token, and asks no token service")
    func selfSigned() async throws {
        try await GoogleWorld.with { world in
            for _ in 1...3 { _ = try await world.create("value", at: world.newReference()) }
            #expect(await world.simulator.calls().keys.sorted() == ["AddSecretVersion", "CreateSecret"])
            #expect(
                await signedInAs(world)
                    == "signed in to Google as \(GoogleWorld.email), by GOOGLE_APPLICATION_CREDENTIALS")
        }
    }

    @Test("with a key that names a token service on this machine is given a token there, once for many calls")
    func tokenService() async throws {
        try await GoogleWorld.with(signIn: .tokenService) { world in
            for _ in 1...3 { _ = try await world.create("value", at: world.newReference()) }
            #expect(await world.calls("GrantToken") == 1)
            #expect(await world.calls("CreateSecret") == 3)
        }
    }

    @Test("on a machine of Google's asks the metadata server, once for many calls")
    func machine() async throws {
        try await GoogleWorld.with(signIn: .machine) { world in
            for _ in 1...3 { _ = try await world.create("value", at: world.newReference()) }
            #expect(await world.calls("MetadataToken") == 1)
            #expect(
                await signedInAs(world) == "signed in to Google as \(GoogleWorld.email), by the metadata server")
        }
    }

    @Test("on a machine with narrower scopes is told so, in a sentence of its own")
    func scopes() async throws {
        let narrow = ["https://www.googleapis.com/auth/devstorage.read_only"]
        try await GoogleWorld.with(signIn: .machine, { $0.machineScopes = narrow }) { world in
            #expect(await world.createFailure("value", at: world.newReference()) == .unauthenticated)
            let finding = await world.driver.check().first
            #expect(finding?.code == "not_signed_in")
            #expect(finding?.message.contains("access scopes") == true)
        }
    }

    @Test(
        "by federation exchanges a token from a file or a URL, as text or as a field, and acts as its account",
        arguments: [
            file,
            externalAccount(
                source: #"{"file": "FOLDER/subject.json", "format": {"type": "json", "subject_token_field_name": "t"}}"#
            ),
        ])
    func federation(_ content: String) async throws {
        try await GoogleWorld.with(signIn: .file(content), { $0.federation = Self.federation }) { world in
            _ = try world.simulator.write(Secret("eyJ.subject.token\n"), to: "subject")
            _ = try world.simulator.write(Secret(#"{"t": "eyJ.subject.token"}"#), to: "subject.json")
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
            #expect(await world.calls("ExchangeToken") == 1)
            #expect(await world.calls("GenerateAccessToken") == 1)
            #expect(await signedInAs(world)?.contains(GoogleWorld.email) == true)
        }
    }

    @Test("by federation without an account acts as the federated identity, and names it")
    func withoutAccount() async throws {
        let content = Self.externalAccount(source: #"{"file": "FOLDER/subject"}"#, impersonates: false)
        try await GoogleWorld.with(signIn: .file(content), { $0.federation = Self.federation }) { world in
            _ = try world.simulator.write(Secret("eyJ.subject.token"), to: "subject")
            _ = try await world.create("value", at: world.newReference())
            #expect(await world.calls("GenerateAccessToken") == 0)
            #expect(await signedInAs(world)?.contains("the federated identity of //iam.googleapis.com/") == true)
        }
    }

    @Test("by federation asks a URL, with the headers that the file names")
    func subjectFromURL() async throws {
        // The metadata server of another simulated machine stands for whoever gives out the subject token.
        let other = try await GoogleSimulator.start(
            {
                var settings = SimulatedGoogleSettings()
                settings.accounts = [GoogleAccount(email: "eyJ.subject.token", key: GoogleWorld.key)]
                return settings
            }())
        let url = "\(other.endpoint)/computeMetadata/v1/instance/service-accounts/default/email"
        let content = Self.externalAccount(
            source: #"{"url": "\#(url)", "headers": {"Metadata-Flavor": "Google"}}"#)
        try await GoogleWorld.with(signIn: .file(content), { $0.federation = Self.federation }) { world in
            _ = try await world.create("value", at: world.newReference())
            #expect(await other.calls() == ["MetadataEmail": 1])
        }
        await other.stop()
    }

    @Test(
        "by federation says which step failed",
        arguments: [
            (nil, "the token to be exchanged cannot be had"),
            ("eyJ.another.token", "Google's security token service refuses the exchange"),
            ("", "Google's security token service refuses the exchange"),
        ])
    func failedFederation(_ subject: String?, sentence: String) async throws {
        try await GoogleWorld.with(signIn: .file(Self.file), { $0.federation = Self.federation }) { world in
            if let subject { _ = try world.simulator.write(Secret(subject), to: "subject") }
            #expect(await world.createFailure("value", at: world.newReference()) == .unauthenticated)
            let finding = await world.driver.check().first
            #expect(finding?.code == "not_signed_in")
            #expect(finding?.message.hasPrefix(sentence) == true, "\(finding?.message ?? "")")
            #expect(await world.calls("CreateSecret") == 0)
        }
    }

    @Test("by federation says that it may not act as its account")
    func notImpersonated() async throws {
        let stranger = GoogleFederation(subjectToken: Secret("eyJ.subject.token"), account: nil)
        try await GoogleWorld.with(signIn: .file(Self.file), { $0.federation = stranger }) { world in
            _ = try world.simulator.write(Secret("eyJ.subject.token"), to: "subject")
            let finding = await world.driver.check().first
            #expect(finding?.message.hasPrefix("the federated identity may not act as its service account") == true)
            #expect(finding?.message.contains("IAM_PERMISSION_DENIED") == true)
        }
    }

    @Test("reads its files anew at each sign-in, so that what was replaced is used without a restart")
    func rereads() async throws {
        try await GoogleWorld.with(signIn: .file(Self.file), { $0.federation = Self.federation }) { world in
            _ = try world.simulator.write(Secret("eyJ.old.token"), to: "subject")
            #expect(await world.createFailure("value", at: world.newReference()) == .unauthenticated)
            _ = try world.simulator.write(Secret("eyJ.subject.token"), to: "subject")
            _ = try await world.create("value", at: world.newReference())
            await world.simulator.revokeIssuedTokens()
            _ = try await world.create("value", at: world.newReference())
            #expect(await world.calls("ExchangeToken") == 3)
        }
    }

    @Test("gives up where a new token is not believed either")
    func revokedKey() async throws {
        try await GoogleWorld.with { world in
            _ = try await world.create("value", at: world.newReference())
            await world.simulator.revokeKey(of: GoogleWorld.email)
            #expect(await world.createFailure("value", at: world.newReference()) == .unauthenticated)
            #expect(await world.calls("CreateSecret") == 3)
        }
    }

    #if FaultInjection
    @Test("does not take for the metadata server what does not say that it is", arguments: ["nobody", "silent"])
    func notTheMetadataServer(_ kind: String) async throws {
        let other = try await AWSSimulator.start(SimulatedAWSSettings())
        let host = kind == "nobody" ? "127.0.0.1:1" : String(other.endpoint.dropFirst("http://".count))
        try await GoogleWorld.with(signIn: .machine, metadata: host) { world in
            let findings = await world.driver.check()
            #expect(findings.map(\.code) == ["not_signed_in", "clock"])
            #expect(findings.first?.message.hasPrefix("the metadata server gives no token") == true)
            #expect(await world.simulator.calls().isEmpty)
        }
        await other.stop()
    }

    @Test("serves what it has while the metadata server is down, and repeats a sign-in that may pass")
    func metadataDown() async throws {
        try await GoogleWorld.with(signIn: .machine) { world in
            await world.simulator.faults.order(Fault(operation: "MetadataToken", effect: .status(503)))
            _ = try await world.create("value", at: world.newReference())
            #expect(await world.calls("MetadataToken") == 2)
            await world.simulator.faults.order(Fault(operation: "MetadataToken", at: .always, effect: .status(503)))
            _ = try await world.create("value", at: world.newReference())
            #expect(await world.calls("MetadataToken") == 2)
        }
    }

    @Test(
        "believes no answer of a token service that makes no sense, and takes it for none about a secret",
        arguments: ["MetadataToken", "ExchangeToken", "GenerateAccessToken"])
    func senseless(_ operation: String) async throws {
        let signIn: GoogleWorld.SignIn = operation == "MetadataToken" ? .machine : .file(Self.file)
        try await GoogleWorld.with(signIn: signIn, { $0.federation = Self.federation }) { world in
            _ = try world.simulator.write(Secret("eyJ.subject.token"), to: "subject")
            await world.simulator.faults.order(Fault(operation: operation, effect: .garbage))
            #expect(await world.createFailure("value", at: world.newReference()) == .unavailable)
            #expect(await world.calls("CreateSecret") == 0)
            #expect(await world.calls(operation) == 1)
        }
    }
    #endif
}
