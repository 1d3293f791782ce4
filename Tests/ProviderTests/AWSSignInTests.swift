#if FaultInjection
import Broker
import Simulator
import Support
import Testing
import Transport

@testable import Providers

@Suite("Signing in to AWS", .timeLimit(.minutes(1)))
struct AWSSignInTests {
    private typealias World = AWSSignInWorld

    // MARK: What fails, fails as itself

    @Test(
        "a web identity token that cannot be sent is told, and the instance is not asked instead",
        arguments: [nil, "", "abc", "two\nlines", "\n", String(repeating: "x", count: 20_001)])
    func unusableWebToken(_ token: String?) async throws {
        try await World.with { world in
            var environment = try world.webIdentity(token ?? "")
            if token == nil { environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/nonexistent" }
            let driver = try world.driver(environment)
            #expect(
                await driver.signInFailure() == ProviderError(.unauthenticated, during: "WebIdentityToken"))
            #expect(await world.simulator.calls().isEmpty)
            #expect(await driver.check().first?.message.hasPrefix("the web identity token file holds no token") == true)
        }
    }

    @Test("a web identity token whose file ends with a line end is sent without it")
    func webTokenLine() async throws {
        try await World.with { world in
            let driver = try world.driver(world.webIdentity(World.webToken + "\n"))
            #expect(await driver.signInFailure() == nil)
            #expect(await world.calls("AssumeRoleWithWebIdentity") == 1)
        }
    }

    @Test(
        "a web identity token that STS does not take is told in STS's word for it",
        arguments: [
            ("expired", "ExpiredTokenException", ProviderError.Kind.unauthenticated),
            ("foreign", "InvalidIdentityToken", .unauthenticated), ("web", "InvalidIdentityToken", .unauthenticated),
            ("a", "AccessDenied", .denied),
        ])
    func refusedWebToken(_ role: String, code: String, kind: ProviderError.Kind) async throws {
        let expired = WebIdentity(Secret("eyJ.other"), expires: Timestamp(milliseconds: 0))
        let foreign = WebIdentity(Secret("eyJ.other"), audience: "sigstore")
        let roles = [AWSRole(name: "expired", webIdentity: expired), AWSRole(name: "foreign", webIdentity: foreign)]
        try await World.with(roles: roles) { world in
            let environment = try world.webIdentity("eyJ.other").merging(["AWS_ROLE_ARN": World.arn(role)]) { $1 }
            let driver = try world.driver(environment)
            let failure = await driver.signInFailure()
            #expect(failure?.kind == kind)
            #expect(failure?.vendorCode == code)
            #expect(failure?.operation == "AssumeRoleWithWebIdentity")
            let finding = await driver.check().first
            #expect(finding?.code == "not_signed_in")
            #expect(finding?.message.contains(code) == true)
            #expect(await world.calls("MetadataToken") == 0)
        }
    }

    @Test("a web identity that fails for a moment is asked for again")
    func idpUnreachable() async throws {
        try await World.with { world in
            await world.simulator.faults.order(
                Fault(operation: "AssumeRoleWithWebIdentity", effect: .throttle(retryAfter: nil)))
            await world.simulator.faults.order(
                Fault(operation: "AssumeRoleWithWebIdentity", effect: .resetAfterEffect))
            let driver = try world.driver(world.webIdentity())
            #expect(try await driver.identity() == "sts::123456789012:assumed-role/web/pod")
            #expect(await world.calls("AssumeRoleWithWebIdentity") == 3)
        }
    }

    @Test(
        "an answer of STS that is not a session is none, and says nothing about a secret",
        arguments: [Fault.Effect.halfAnswer, .garbage, .oversizedAnswer(bytes: 100_000), .redirect(to: "/elsewhere")])
    func noSession(_ effect: Fault.Effect) async throws {
        try await World.with { world in
            for operation in ["AssumeRoleWithWebIdentity", "AssumeRole"] {
                await world.simulator.faults.order(Fault(operation: operation, at: .always, effect: effect))
            }
            let signIns = [
                try world.driver(world.webIdentity()), try world.driver(world.keys, "role_arn=\(World.arn("a"))"),
            ]
            for driver in signIns {
                let failure = await driver.signInFailure()
                #expect([.unavailable, .rejected].contains(failure?.kind))
            }
            #expect(await world.calls("GetCallerIdentity") == 0)
        }
    }

    @Test("a role that does not let the broker in is told, with what to do")
    func roleRefused() async throws {
        try await World.with(roles: [AWSRole(name: "closed", externalID: "tenant-1")]) { world in
            for query in ["", "&external_id=tenant-2"] {
                let driver = try world.driver(world.keys, "role_arn=\(World.arn("closed"))\(query)")
                let failure = await driver.signInFailure()
                #expect(failure?.kind == .denied && failure?.operation == "AssumeRole")
                let findings = await driver.check()
                #expect(findings.map(\.code) == ["not_signed_in", "clock"])
                #expect(findings.first?.message.contains("trust policy") == true)
            }
            let driver = try world.driver(world.keys, "role_arn=\(World.arn("closed"))&external_id=tenant-1")
            #expect(try await driver.identity() == "sts::123456789012:assumed-role/closed/secret-broker")
        }
    }

    @Test("an error of STS never makes a secret look absent, or its key denied")
    func noAbsence() async throws {
        for name in ["ResourceNotFoundException", "ResourceExistsException", "KMSAccessDeniedException"] {
            #expect(AWSFailure(status: 400, name: name).error(during: .assumeRole).kind == .rejected)
            #expect(AWSFailure(status: 400, name: name).error(during: .assumeRoleWithWebIdentity).kind == .rejected)
        }
    }

    @Test(
        "a container's endpoint that gives nothing is told, and the instance is not asked instead",
        arguments: [
            (Fault.Effect.status(404), ProviderError.Kind.unauthenticated), (.status(408), .unavailable),
            (.status(500), .unavailable),
            (.throttle(retryAfter: nil), .throttled), (.resetBeforeEffect, .unavailable), (.garbage, .unauthenticated),
            (.redirect(to: "http://169.254.169.254/"), .unauthenticated),
            (.oversizedAnswer(bytes: 100_000), .unavailable),
        ])
    func containerFails(_ effect: Fault.Effect, kind: ProviderError.Kind) async throws {
        try await World.with { world in
            await world.simulator.faults.order(
                Fault(operation: "ContainerCredentials", at: .always, effect: effect))
            let driver = try world.driver(world.container())
            let failure = await driver.signInFailure()
            #expect(failure?.kind == kind && failure?.operation == "ContainerCredentials")
            #expect(await world.calls("MetadataToken") == 0)
            #expect(await driver.check().first?.code == "not_signed_in")
        }
    }

    @Test(
        "a container's token that cannot be sent is told",
        arguments: [nil, "", "token\n", "token\r\nX-Other: 1", "t\u{0}", "tök"])
    func unusableContainerToken(_ token: String?) async throws {
        try await World.with { world in
            var environment = try world.container(token ?? "")
            if token == nil { environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/nonexistent" }
            let driver = try world.driver(environment)
            #expect(
                await driver.signInFailure()
                    == ProviderError(.unauthenticated, during: "ContainerAuthorizationToken"))
            #expect(await world.simulator.calls().isEmpty)
        }
    }

    @Test("a longer session than AWS allows is told, not shortened")
    func sessionTooLong() async throws {
        try await World.with { world in
            let files = try world.profiles(
                config: """
                    [default]
                    role_arn = \(World.arn("a"))
                    credential_source = Ec2InstanceMetadata
                    duration_seconds = 3601
                    """)
            let failure = try await world.driver(files).signInFailure()
            #expect(failure?.kind == .rejected && failure?.vendorCode == "ValidationError")
        }
    }

    @Test(
        "a session that is not as STS documents it is none",
        arguments: [
            ("<AccessKeyId>ASIA1</AccessKeyId>", ""),
            ("<AccessKeyId>ASIA1</AccessKeyId>", "<AccessKeyId>ASIA1</AccessKeyId><AccessKeyId>ASIA2</AccessKeyId>"),
            ("<AccessKeyId>ASIA1", "<AccessKeyId>ASIA&#x31;"), ("<AccessKeyId>ASIA1", "<AccessKeyId>ASIA 1"),
            ("key</SecretAccessKey>", "</SecretAccessKey>"), ("key</SecretAccessKey>", "k&amp;y</SecretAccessKey>"),
            ("key</SecretAccessKey>", "key"), ("key</SecretAccessKey>", "<b>key</b></SecretAccessKey>"),
            ("<SecretAccessKey>", "<SecretAccessKey x=\"y\">"), ("token</SessionToken>", "to\nken</SessionToken>"),
            ("token", String(repeating: "t", count: 16_385)), ("2027-01-01T00:00:00Z", "tomorrow"),
            ("2027-01-01T00:00:00Z", ""),
        ])
    func malformedSession(_ part: String, replacement: String) throws {
        let answer = """
            <AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>\
            <SecretAccessKey>key</SecretAccessKey><SessionToken>token</SessionToken>\
            <Expiration>2027-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>
            """
        let whole = try #require(AWSCredentials(securityTokens: Secret(answer)))
        #expect(whole.accessKeyID == "ASIA1" && whole.secretAccessKey.matches(Secret("key")))
        #expect(whole.sessionToken?.matches(Secret("token")) == true && whole.expires != nil)
        #expect(answer.contains(part))
        let changed = answer.replacing(part, with: replacement)
        #expect(AWSCredentials(securityTokens: Secret(changed)) == nil)
    }

    // MARK: Who it is

    @Test("each place signs in as itself, and says so in a check")
    func places() async throws {
        let profiled = AWSCredential.random(principal: "user/profiled")
        try await World.with(users: [profiled]) { world in
            let profiles = try world.profiles(
                config: """
                    [profile base]
                    \(World.keyLines(profiled))
                    [profile role]
                    role_arn = \(World.arn("a"))
                    source_profile = base
                    role_session_name = chosen
                    [profile chain]
                    role_arn = \(World.arn("b"))
                    source_profile = role
                    """)
            func selected(_ name: String) -> [String: String] { profiles.merging(["AWS_PROFILE": name]) { $1 } }
            let expected: [([String: String], name: String, identity: String)] = [
                (world.keys, "the environment", "iam::123456789012:user/environment"),
                (
                    try world.webIdentity(), "the web identity token file",
                    "sts::123456789012:assumed-role/web/pod"
                ),
                (
                    try world.container(), "the container's credential endpoint",
                    "sts::123456789012:assumed-role/secret-broker/i-0123456789abcdef0"
                ),
                (selected("base"), "the profile that AWS_PROFILE names", "iam::123456789012:user/profiled"),
                (
                    selected("role"),
                    "a source_profile of the profile that AWS_PROFILE names, then the role \(World.arn("a"))",
                    "sts::123456789012:assumed-role/a/chosen"
                ),
                (
                    selected("chain"),
                    "a source_profile of the profile that AWS_PROFILE names, then the role \(World.arn("a")), then the"
                        + " role \(World.arn("b"))",
                    "sts::123456789012:assumed-role/b/secret-broker"
                ),
                (
                    [:], "the instance's metadata service",
                    "sts::123456789012:assumed-role/secret-broker/i-0123456789abcdef0"
                ),
            ]
            for (environment, name, identity) in expected {
                let driver = try world.driver(environment)
                #expect(driver.signIn == name)
                #expect(try await driver.identity() == identity)
                #expect(await driver.check().first?.message == "signed in to AWS as arn:aws:\(identity), by \(name)")
            }
        }
    }

    @Test("the store says who it signs in by, and a role of the store URI comes on top of any")
    func storeSaysIt() async throws {
        try await World.with { world in
            let driver = try world.driver(world.webIdentity(), "role_arn=\(World.arn("c"))")
            #expect(driver.signIn == "the web identity token file, then the role \(World.arn("c"))")
            #expect(try await driver.identity() == "sts::123456789012:assumed-role/c/secret-broker")
        }
    }
}
#endif
