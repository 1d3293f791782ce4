import Broker
import Foundation
import Simulator
import Support
import Testing

@testable import Providers

@Suite("AWS's shared files", .timeLimit(.minutes(1)))
struct AWSProfilesTests {
    private typealias World = AWSSignInWorld

    @Test(
        "what a profile lacks, or has too much of, is told before anybody is asked, and nothing that it says is repeated",
        arguments: [
            ("role_arn = ROLE", "in the profile that AWS_PROFILE names role_arn wants one of"),
            (
                "role_arn = ROLE\nsource_profile = base\ncredential_source = Ec2InstanceMetadata",
                "in the profile that AWS_PROFILE names role_arn wants one of"
            ),
            ("role_arn = hunter2\nsource_profile = base", "role_arn of the profile that AWS_PROFILE names is not"),
            ("role_arn = ROLE\nsource_profile = none", "neither of AWS's shared files has a source_profile"),
            ("role_arn = ROLE\nsource_profile = empty", "there is nothing to sign in with in a source_profile"),
            ("role_arn = ROLE\nsource_profile = p", "the chain leads from a source_profile"),
            ("role_arn = ROLE\nsource_profile = loop1", "the chain leads from a source_profile"),
            ("role_arn = ROLE\nsource_profile = half", "aws_access_key_id and aws_secret_access_key of a source"),
            ("role_arn = ROLE\nsource_profile = sso", "sso_account_id of a source_profile"),
            ("role_arn = ROLE\nsource_profile = base\nmfa_serial = hunter2", "mfa_serial of the profile"),
            ("role_arn = ROLE\nsource_profile = base\nrole_session_name = hunter 2", "role_session_name of"),
            ("role_arn = ROLE\nsource_profile = base\nexternal_id = h", "external_id of"),
            ("role_arn = ROLE\nsource_profile = base\nduration_seconds = 899", "duration_seconds of"),
            ("role_arn = ROLE\nsource_profile = base\nduration_seconds = 43201", "duration_seconds of"),
            ("role_arn = ROLE\nsource_profile = base\nduration_seconds = 1h", "duration_seconds of"),
            (
                "role_arn = ROLE\ncredential_source = hunter2",
                "credential_source of the profile that AWS_PROFILE names is"
            ),
            ("role_arn = ROLE\ncredential_source = Environment", "credential_source of"),
            ("role_arn = ROLE\ncredential_source = EcsContainer", "credential_source of"),
            ("web_identity_token_file = /hunter2", "in the profile that AWS_PROFILE names web_identity_token_file"),
            ("web_identity_token_file = /t\nrole_arn = hunter2", "role_arn of"),
            ("sso_account_id = 1\nsso_role_name = hunter2", "sso_account_id of"),
            ("sso_role_name = hunter2\naws_access_key_id = AKIA1\naws_secret_access_key = k", "sso_role_name of"),
            ("credential_process = cat /hunter2", "credential_process of"),
            ("login_session = hunter2", "login_session of"),
            ("aws_access_key_id = AKIA1", "aws_access_key_id and aws_secret_access_key of the profile"),
            ("aws_secret_access_key = hunter2", "aws_access_key_id and aws_secret_access_key of the profile"),
            ("aws_access_key_id = AKIA1\naws_secret_access_key = hunter2\n  more", "aws_access_key_id and"),
            ("aws_access_key_id = AKIA1\naws_secret_access_key = hunter2 # mine", "aws_access_key_id and"),
            ("aws_access_key_id = \"AKIA1\"\naws_secret_access_key = hunter2", "aws_access_key_id and"),
        ])
    func faults(_ lines: String, beginning: String) async throws {
        try await World.with { world in
            let role = World.arn("a")
            let files = try world.profiles(
                config: """
                    [profile p]
                    \(lines.replacingOccurrences(of: "ROLE", with: role))
                    [profile base]
                    aws_access_key_id = AKIA1
                    aws_secret_access_key = key
                    [profile empty]
                    region = us-east-1
                    [profile half]
                    aws_access_key_id = AKIA1
                    [profile sso]
                    sso_account_id = 1
                    [profile loop1]
                    role_arn = \(role)
                    source_profile = loop2
                    [profile loop2]
                    role_arn = \(role)
                    source_profile = loop1
                    """)
            let faults = try world.faults(files.merging(["AWS_PROFILE": "p"]) { $1 })
            #expect(faults.count == 1)
            #expect(faults.first?.hasPrefix(beginning) == true, "\(faults)")
            #expect(!faults.contains { $0.contains("hunter2") })
            #expect(await world.simulator.calls().isEmpty)
        }
    }

    @Test(
        "a file that is not of the format is a fault, whoever the broker signs in as",
        arguments: ["key = value", "[default]\nkey", "[default]\na = 1\na = 2", "[a]\n[a]", "[DEFAULT]\nregion = x"])
    func malformed(_ text: String) async throws {
        try await World.with { world in
            for isConfig in [true, false] {
                let files = try world.profiles(
                    config: isConfig ? text : "[default]", credentials: isConfig ? "[default]" : text)
                let faults = try world.faults(files.merging(world.keys) { $1 })
                #expect(faults.count == 1 && faults.first?.hasPrefix("line ") == true, "\(faults)")
            }
            #expect(
                try world.faults(world.profiles(config: "[default]\n[profile default]"))
                    == ["a profile is there twice in AWS's configuration file, in two spellings: keep one"])
        }
    }

    @Test("a file that a variable names must be there, and one at home need not")
    func missing() async throws {
        try await World.with { world in
            for variable in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
                let faults = try world.faults([variable: "/nonexistent"])
                #expect(
                    faults == [
                        "the broker cannot read the file that \(variable) names: make it readable for the broker's user"
                    ])
            }
            #expect(try world.driver(["HOME": "/nonexistent"]).signIn == "the instance's metadata service")
            #expect(try world.driver(["HOME": ""]).signIn == "the instance's metadata service")
        }
    }

    @Test("the files at home are read, with the credentials file before the other, key by key but for the access key")
    func atHome() async throws {
        let inCredentials = AWSCredential.random(principal: "user/credentials")
        let inConfig = AWSCredential.random(temporary: true, principal: "user/config")
        try await World.with(users: [inCredentials, inConfig]) { world in
            let home = TestFolder()
            try FileManager.default.createDirectory(
                at: home.url.appendingPathComponent(".aws"), withIntermediateDirectories: false)
            func write(_ text: String, to file: String) throws { try home.write(text, to: ".aws/\(file)") }
            try write(
                "[default]\nregion = eu-west-1\naws_session_token = t\n\(World.keyLines(inConfig))", to: "config")
            let environment = ["HOME": home.path, "AWS_REGION": ""]
            #expect(try world.driver(environment).settings.secretsManager.region.name == "eu-west-1")
            try write("[default]\n\(World.keyLines(inCredentials))", to: "credentials")
            let driver = try world.driver(environment.merging(["AWS_REGION": "us-east-1"]) { $1 })
            #expect(try await driver.identity() == "iam::123456789012:user/credentials")
            try write("[default]\nregion = eu-west-2\n", to: "credentials")
            #expect(try world.driver(environment).settings.secretsManager.region.name == "eu-west-2")
        }
    }

    @Test("a profile's region is taken where no other is set, and must be one")
    func region() async throws {
        try await World.with { world in
            let files = try world.profiles(
                config: "[default]\nregion = eu-west-1\n[profile odd]\nregion = evil.example/"
            )
            .merging(["AWS_REGION": ""]) { $1 }
            func region(_ changes: [String: String], _ query: String = "") throws -> String {
                try world.driver(files.merging(changes) { $1 }, query).settings.secretsManager.region.name
            }
            #expect(try region([:]) == "eu-west-1")
            #expect(try region(["AWS_DEFAULT_REGION": "eu-west-2"]) == "eu-west-2")
            #expect(try region(["AWS_REGION": "eu-west-3"]) == "eu-west-3")
            #expect(try region([:], "region=eu-central-1") == "eu-central-1")
            let faults = try world.faults(files.merging(["AWS_PROFILE": "odd"]) { $1 })
            #expect(
                faults == [
                    "region of the profile that AWS_PROFILE names is not the name of an AWS region: "
                        + "set one like us-east-1"
                ])
        }
    }

    @Test("faults of the settings and of the sign-in are told together")
    func together() async throws {
        try await World.with { world in
            let faults = try world.faults(["AWS_ACCESS_KEY_ID": "AKIA1", "AWS_REGION": "x"], "recovery_days=1")
            #expect(faults.count == 3)
        }
    }

    @Test("a profile that names itself takes on its role with its own keys")
    func itself() async throws {
        try await World.with { world in
            let files = try world.profiles(
                config:
                    "[default]\nrole_arn = \(World.arn("a"))\nsource_profile = default\n\(World.keyLines(world.user))")
            #expect(try await world.driver(files).identity() == "sts::123456789012:assumed-role/a/secret-broker")
        }
    }
}
