import Broker
import Foundation
import Simulator
import Support
import Testing

@testable import Providers

@Suite("Beside boto3")
struct AWSSignInInteropTests {
    private typealias World = AWSSignInWorld

    private struct Known: Decodable {
        let method: String?
        let arn: String?
        let error: String?
    }

    /// What a profile may say in either file. NAME is its own, OTHER that of any, and ARN/ the beginning of a role's.
    private static let kinds: [(config: String, credentials: String)] = [
        ("region = us-east-1", ""),
        ("KEYS", ""),
        ("", "KEYS"),
        ("role_arn = ARN/a\nsource_profile = OTHER\nrole_session_name = NAME", ""),
        ("role_arn = ARN/b\nsource_profile = OTHER\nrole_session_name = NAME", "KEYS"),
        ("role_arn = ARN/c\nsource_profile = NAME\nrole_session_name = itself\nKEYS", ""),
        ("role_arn = ARN/c\ncredential_source = Ec2InstanceMetadata\nrole_session_name = ec2", ""),
        ("role_arn = ARN/c\ncredential_source = EcsContainer\nrole_session_name = ecs", ""),
        ("role_arn = ARN/c\ncredential_source = Environment", ""),
        ("role_arn = ARN/c", ""),
        ("role_arn = ARN/web\nweb_identity_token_file = TOKEN\nrole_session_name = NAME", "KEYS"),
        ("web_identity_token_file = TOKEN", ""),
        ("sso_account_id = 1\nsso_role_name = r\nsso_region = us-east-1\nsso_start_url = https://h", "KEYS"),
    ]

    /// Shared files and variables at random. Left out is where the driver is meant to be stricter: half-set variables, and
    /// keys of the environment beside a profile that is not there.
    private static func environment(
        _ world: World, _ users: [AWSCredential], number: Int, using random: inout SeededRandom
    ) throws -> [String: String] {
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        let token = try world.write(World.webToken, to: "web-token")
        var environment = world.place.merging(["AWS_DEFAULT_REGION": "us-east-1"]) { $1 }
        var config = ""
        var credentials = ""
        let names = ["default", "p0", "p1", "p2"]
        for (name, user) in zip(names, users) where chance(name == "default" ? 40 : 80) {
            let kind = kinds.randomElement(using: &random)!
            let other = names.randomElement(using: &random)!
            func filled(_ text: String) -> String {
                text.replacing("KEYS", with: World.keyLines(user)).replacing("TOKEN", with: token)
                    .replacing("NAME", with: name).replacing("OTHER", with: other)
                    .replacing("ARN/", with: World.arn(""))
            }
            config += (name == "default" ? "[default]" : "[profile \(name)]") + "\n\(filled(kind.config))\n"
            if !kind.credentials.isEmpty { credentials += "[\(name)]\n\(filled(kind.credentials))\n" }
        }
        environment["AWS_CONFIG_FILE"] = try world.write(config, to: "config-\(number)")
        environment["AWS_SHARED_CREDENTIALS_FILE"] = try world.write(credentials, to: "credentials-\(number)")
        let hasKeys = chance(10)
        if hasKeys { environment.merge(world.keys) { $1 } }
        if chance(70) {
            let known = names.filter { config.contains($0 == "default" ? "[default]" : "[profile \($0)]") }
            environment["AWS_PROFILE"] = (hasKeys ? known : names).randomElement(using: &random)
        }
        if chance(25) { environment.merge(try world.webIdentity()) { $1 } }
        if chance(25) { environment.merge(try world.container()) { $1 } }
        return environment
    }

    @Test(
        "the driver signs in as whom boto3 signs in as, and where boto3 does not, not as somebody else",
        .timeLimit(.minutes(2)))
    func sameIdentity() async throws {
        let users = (0..<4).map { AWSCredential.random(principal: "user/profile-\($0)") }
        try await World.with(users: users, systemClock: true) { world in
            var random = SeededRandom(seed: 20)
            let environments = try (0..<120).map {
                try Self.environment(world, users, number: $0, using: &random)
            }
            let input = String(decoding: try JSONEncoder().encode(environments), as: UTF8.self)
            let (status, output) = try await PythonEnvironment.run("aws_sign_in.py", [], input: input)
            try #require(status == 0)
            let known = try JSONDecoder().decode([Known].self, from: Data(output.utf8))
            try #require(known.count == environments.count)
            var methods: Set<String> = []
            for (environment, known) in zip(environments, known) {
                let driver = try? world.driver(environment)
                let identity = try? await driver?.identity()
                #expect(
                    identity == known.arn?.replacing("arn:aws:", with: ""),
                    "\(known) \((try? String(contentsOfFile: environment["AWS_CONFIG_FILE"]!, encoding: .utf8)) ?? "") \(environment)"
                )
                if let method = known.method, let driver {
                    methods.insert(method)
                    #expect(Self.fits(driver.signIn, method), "\(driver.signIn) \(method)")
                }
            }
            #expect(known.contains { $0.error != nil })
            #expect(methods.count == 7, "\(methods)")
        }
    }

    private static func fits(_ name: String, _ method: String) -> Bool {
        switch method {
        case "env": name == "the environment"
        case "assume-role": name.contains(", then the role ")
        case "assume-role-with-web-identity": name.hasPrefix("the web identity token file")
        case "shared-credentials-file", "config-file":
            name == "the profile that AWS_PROFILE names" || name == "the default profile"
        case "container-role": name == "the container's credential endpoint"
        case "iam-role": name == "the instance's metadata service"
        default: false
        }
    }
}
