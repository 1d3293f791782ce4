import Broker
import Support
import Testing

@testable import Providers

@Suite("The findings of an AWS check")
struct AWSFindingsTests {
    private func findings(_ query: String = "", account: String? = "123456789012") throws -> AWSFindings {
        var faults: [String] = []
        let uri = try StoreURI("aws-secretmanager://wandb?region=cn-north-1\(query)", setting: "STORE")
        let settings = AWSSettings(uri, [:], AWSProfiles([:], faults: &faults), faults: &faults)
        return AWSFindings(try #require(settings), signIn: "the environment", authorities: "/ca.pem", account: account)
    }

    @Test("a denial names the one grant that is missing, on the namespace's own secrets")
    func denied() throws {
        let finding = try findings().finding(ProviderError(.denied, during: "DeleteSecret"), during: .deleteSecret)
        #expect(finding.severity == .failure)
        #expect(finding.code == "purge_denied")
        #expect(
            finding.message
                == "AWS denies DeleteSecret (DeleteSecret, denied): grant secretsmanager:DeleteSecret on"
                + " arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:wandb-*, and see that no other policy"
                + " denies it")
        let unknown = try findings(account: nil).finding(ProviderError(.denied, during: "x"), during: .createSecret)
        #expect(unknown.message.contains(":ACCOUNT:secret:wandb-*"))
    }

    @Test(
        "what fails on the way to a session says where: at STS's address, at the role, or with who takes it on",
        arguments: [
            (ProviderError.Kind.unavailable, "AssumeRole", "sts.cn-north-1.amazonaws.com.cn gives no session now"),
            (.throttled, "AssumeRoleWithWebIdentity", "sts.cn-north-1.amazonaws.com.cn gives no session now"),
            (.denied, "AssumeRole", "STS gives no session of the role"),
            (.denied, "AssumeRoleWithWebIdentity", "STS gives no session for the web identity token"),
            (.unauthenticated, "AssumeRoleWithWebIdentity", "STS gives no session for the web identity token"),
            (.unauthenticated, "AssumeRole", "AWS does not take the broker's credentials"),
        ])
    func signIn(_ kind: ProviderError.Kind, operation: String, beginning: String) throws {
        let finding = try findings().finding(ProviderError(kind, during: operation), during: .getCallerIdentity)
        #expect(finding.code == "not_signed_in")
        #expect(finding.message.hasPrefix(beginning))
    }

    @Test(
        "a denial to the whole account orders no grant, of an action or of a role",
        arguments: ["OptInRequired", "RegionDisabledException"])
    func account(_ name: String) throws {
        let failure = AWSFailure(status: 403, name: name, requestID: "abc-1")
        for (operation, code) in [
            (AWSOperation.createSecret, "not_enabled"), (.assumeRole, "not_signed_in"),
            (.assumeRoleWithWebIdentity, "not_signed_in"),
        ] {
            let finding = try findings().finding(failure.error(during: operation), during: operation)
            #expect(finding.code == code)
            #expect(finding.message.isClause && finding.message.contains("the region cn-north-1 is off"))
            #expect(finding.message.contains("\(name), request abc-1"))
            #expect(!finding.message.contains("grant") && !finding.message.contains("policy"))
        }
    }

    @Test("trouble with a key names the key, and not the secret's grants")
    func key() throws {
        let own = try findings("&kms_key_id=alias/own")
        let denied = own.finding(ProviderError(.keyDenied, during: "x"), during: .createSecret)
        #expect(denied.code == "key_denied")
        #expect(denied.message.contains("alias/own") && denied.message.contains("kms:Decrypt"))
        #expect(!denied.message.contains("secretsmanager:"))
        let disabled = own.finding(ProviderError(.keyDisabled, during: "x"), during: .getSecretValue)
        #expect(disabled.code == "key_disabled")
        #expect(disabled.message.contains("alias/own"))
    }

    @Test(
        "every failure says what to do, in one sentence, and names AWS's code and request",
        arguments: ProviderError.Kind.allCases)
    func sentences(_ kind: ProviderError.Kind) throws {
        let error = ProviderError(kind, during: "CreateSecret", vendorCode: "SomeException", requestID: "abc-1")
        for operation in AWSOperation.allCases {
            let finding = try findings().finding(error, during: operation)
            #expect(finding.message.isClause, "\(finding.message)")
            #expect(finding.severity != .good)
            #expect(finding.message.contains("SomeException, request abc-1"))
        }
    }

    @Test(
        "a call without an answer says where on its way it ended, and an answer is not called none",
        arguments: [
            (ProviderError.Phase.nameLookup, "secretsmanager.cn-north-1.amazonaws.com.cn has no address"),
            (.connection, "by a VPC endpoint"), (.proxy, "HTTPS_PROXY names one that runs"),
            (.trust, "is not trusted by /ca.pem"), (.tls, "there is no TLS with"), (.timeout, "in time"),
            (.answer, "ended the connection"), (nil, "answers that it cannot now"),
        ] as [(ProviderError.Phase?, String)])
    func noAnswer(_ phase: ProviderError.Phase?, words: String) throws {
        let finding = try findings().finding(
            ProviderError(.unavailable, during: "CreateSecret", phase: phase), during: .createSecret)
        #expect(finding.message.contains(words) && finding.message.isClause, "\(finding.message)")
        #expect(finding.code == (phase == .trust ? "not_trusted" : phase == nil ? "unavailable" : "unreachable"))
        #expect(phase != .trust || finding.message.contains("SSL_CERT_FILE"))
    }

    @Test("that STS is out of reach is a warning, for nothing else needs it")
    func identity() throws {
        func severity(_ kind: ProviderError.Kind) throws -> Finding.Severity {
            try findings().finding(ProviderError(kind, during: "x"), during: .getCallerIdentity).severity
        }
        #expect(try severity(.unavailable) == .warning)
        #expect(try severity(.denied) == .warning)
        #expect(try severity(.unauthenticated) == .failure)
    }
}
