import Broker
import Simulator
import Support
import Testing

@Suite("Instance metadata", .timeLimit(.minutes(1)))
struct MetadataTests {
    private static let path = "/latest/meta-data/iam/security-credentials/"

    @Test("rotation gives out other credentials, and the old ones live on until they expire")
    func rotation() async throws {
        try await World.with({ $0.instanceCredentialLifetime = .seconds(3600) }) { world async throws in
            let token = try await newToken(world)
            let first = try await credential(world, token)
            world.pass(.seconds(1800))
            await world.simulator.rotateInstanceCredential()
            let second = try await credential(world, token)
            #expect(first.accessKeyID != second.accessKeyID)
            for credential in [first, second] {
                #expect(try await world.caller(as: credential).call("ListSecrets").fault == nil)
            }
            world.pass(.seconds(1800))
            #expect(try await world.caller(as: first).call("ListSecrets").fault == "ExpiredTokenException")
            #expect(try await world.caller(as: second).call("ListSecrets").fault == nil)
        }
    }

    @Test("a token ends with its lifetime")
    func tokenExpires() async throws {
        try await World.with { world async throws in
            let token = try await newToken(world, seconds: 60)
            #expect(try await get(world, Self.path, token).body == "secret-broker")
            world.pass(.seconds(60))
            #expect(try await get(world, Self.path, token).status == 401)
        }
    }

    @Test("there are credentials for the instance's own role alone")
    func otherRole() async throws {
        try await World.with { world async throws in
            let token = try await newToken(world)
            #expect(try await get(world, Self.path + "another", token).status == 404)
            #expect(try await get(world, "/latest/user-data", token).status == 404)
        }
    }

    @Test("the instance's credentials may do what its actions say")
    func actions() async throws {
        try await World.with({ $0.instanceActions = ["secretsmanager:ListSecrets"] }) { world async throws in
            let caller = world.caller(as: try await credential(world, try await newToken(world)))
            #expect(try await caller.call("ListSecrets").fault == nil)
            #expect(try await caller.create("a", "value").fault == "AccessDeniedException")
        }
    }

    @Test("without a container token there is no container endpoint")
    func noContainer() async throws {
        try await World.with { world async throws in
            #expect(try await get(world, "/v2/credentials", "none").status == 404)
        }
    }

    private func newToken(_ world: World, seconds: Int = 21_600) async throws -> String {
        try await send(
            world, "PUT /latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds: \(seconds)"
        ).body
    }

    private func get(_ world: World, _ path: String, _ token: String) async throws -> RawExchange {
        try await send(world, "GET \(path)", "X-aws-ec2-metadata-token: \(token)")
    }

    private func send(_ world: World, _ line: String, _ header: String) async throws -> RawExchange {
        try await RawExchange.send(
            Array("\(line) HTTP/1.1\r\nHost: metadata\r\nConnection: close\r\n\(header)\r\n\r\n".utf8),
            port: world.caller.port)
    }

    private func credential(_ world: World, _ token: String) async throws -> AWSCredential {
        let answer = try await get(world, Self.path + "secret-broker", token)
        return AWSCredential(
            accessKeyID: try #require(answer.member("AccessKeyId")),
            secretAccessKey: Secret(text: try #require(answer.member("SecretAccessKey"))),
            sessionToken: Secret(text: try #require(answer.member("Token"))))
    }
}
