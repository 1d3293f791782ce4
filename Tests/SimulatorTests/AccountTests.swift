import Broker
import Simulator
import Support
import Testing

@Suite("The simulated account", .timeLimit(.minutes(1)))
struct AccountTests {
    @Test("a secret under a key that was disabled cannot be read until the key is enabled again")
    func disabledKey() async throws {
        try await World.with({ $0.keys = ["k": .enabled] }) { world async throws in
            #expect(try await world.caller.create("a", "value", ["KmsKeyId": "k"]).fault == nil)
            for state in [KMSKeyState.disabled, .pendingDeletion] {
                await world.simulator.setKey("k", to: state)
                #expect(try await world.caller.call("GetSecretValue", ["SecretId": "a"]).fault == "DecryptionFailure")
                #expect(try await world.caller.create("b", "value", ["KmsKeyId": "k"]).fault == "EncryptionFailure")
            }
            await world.simulator.setKey("k", to: .accessDenied)
            #expect(try await world.caller.call("GetSecretValue", ["SecretId": "a"]).fault == "AccessDeniedException")
            await world.simulator.setKey("k", to: .enabled)
            #expect(
                try await world.caller.call("GetSecretValue", ["SecretId": "a"]).member("SecretString") == "value")
            #expect(await world.simulator.objects().keys.sorted() == ["a"])
        }
    }

    @Test("a caller may do what its actions say, and tags on creation need their own")
    func allowedActions() async throws {
        let limited = AWSCredential.random(allowedActions: ["secretsmanager:CreateSecret"])
        try await World.with(credential: limited) { world async throws in
            #expect(try await world.caller.create("a", "value").fault == nil)
            let read = try await world.caller.call("GetSecretValue", ["SecretId": "a"])
            #expect(read.status == 400)
            #expect(read.fault == "AccessDeniedException")
            #expect(read.member("message")?.contains("secretsmanager:GetSecretValue") == true)
            let tagged = try await world.caller.create("b", "value", ["Tags": ["Key": "team", "Value": "research"]])
            #expect(tagged.fault == "AccessDeniedException")
            #expect(tagged.member("message")?.contains("secretsmanager:TagResource") == true)
            #expect(await world.simulator.objects().keys.sorted() == ["a"])
        }
    }

    @Test("an expired credential is named as such, and a revoked one is unknown")
    func expiry() async throws {
        let expires = World.start.adding(.seconds(60))
        try await World.with(credential: .random(temporary: true, expires: expires)) { world async throws in
            #expect(try await world.caller.call("ListSecrets").fault == nil)
            world.pass(.seconds(60))
            #expect(try await world.caller.call("ListSecrets").fault == "ExpiredTokenException")
            await world.simulator.revoke(world.caller.credential.accessKeyID)
            #expect(try await world.caller.call("ListSecrets").fault == "UnrecognizedClientException")
        }
    }

    @Test("a key pair without a token is refused when it brings one")
    func unexpectedToken() async throws {
        let lasting = AWSCredential.random()
        try await World.with(credential: lasting) { world async throws in
            let imposter = AWSCredential(
                accessKeyID: lasting.accessKeyID, secretAccessKey: lasting.secretAccessKey,
                sessionToken: AWSCredential.random(temporary: true).sessionToken)
            #expect(try await world.caller(as: imposter).call("ListSecrets").fault == "UnrecognizedClientException")
            #expect(try await world.caller.call("ListSecrets").fault == nil)
        }
    }

    @Test("a new secret is missed by as many reads as consistency says")
    func consistencyByReads() async throws {
        try await World.with({ $0.consistency = .afterReads(2) }) { world async throws in
            #expect(try await world.caller.create("a", "value").fault == nil)
            for expected in ["ResourceNotFoundException", "ResourceNotFoundException", nil] {
                #expect(try await world.caller.call("GetSecretValue", ["SecretId": "a"]).fault == expected)
            }
        }
    }

    @Test("a new secret is missed until the time that consistency says, but its name is taken")
    func consistencyByTime() async throws {
        try await World.with({ $0.consistency = .after(.seconds(3)) }) { world async throws in
            #expect(try await world.caller.create("a", "value").fault == nil)
            world.pass(.milliseconds(2999))
            #expect(
                try await world.caller.call("GetSecretValue", ["SecretId": "a"]).fault == "ResourceNotFoundException")
            #expect(try await world.caller.create("a", "other").fault == "ResourceExistsException")
            world.pass(.milliseconds(1))
            #expect(try await world.caller.call("GetSecretValue", ["SecretId": "a"]).fault == nil)
        }
    }

    @Test("a deletion is done when its window ends, and not a moment before")
    func deletionEnds() async throws {
        try await World.with { world async throws in
            _ = try await world.caller.create("a", "value")
            _ = try await world.caller.call("DeleteSecret", ["SecretId": "a", "RecoveryWindowInDays": 7])
            let end = World.start.adding(.seconds(7 * 86_400))
            #expect(await world.simulator.objects()["a"]?.deletion == end)
            world.pass(.seconds(7 * 86_400) - .milliseconds(1))
            #expect(await world.simulator.objects().count == 1)
            world.pass(.milliseconds(1))
            #expect(await world.simulator.objects().isEmpty)
            #expect(try await world.caller.create("a", "new").fault == nil)
        }
    }

    @Test("100 versions fit; one more is LimitExceededException until old ones without a stage are a day old")
    func versionLimit() async throws {
        try await World.with { world async throws in
            _ = try await world.caller.create("a", "0")
            func put(_ value: Int) async throws -> String? {
                let token = "00000000-0000-4000-8000-\(String(100_000_000_000 + value))"
                return try await world.caller.call(
                    "PutSecretValue",
                    ["SecretId": "a", "SecretString": "\(value)", "ClientRequestToken": token]
                ).fault
            }
            for value in 1...99 { #expect(try await put(value) == nil) }
            #expect(try await put(100) == "LimitExceededException")
            world.pass(.seconds(86_401))
            #expect(try await put(100) == nil)
            #expect(await world.simulator.objects()["a"]?.versions == 100)
        }
    }

    @Test("what is no JSON is SerializationException, and so is a member of another type")
    func malformedBodies() async throws {
        try await World.with { world async throws in
            #expect(try await world.caller.call("GetSecretValue", ["SecretId": 1]).fault == "SerializationException")
            #expect(
                try await world.caller.call("DeleteSecret", ["SecretId": "a", "RecoveryWindowInDays": "7"]).fault
                    == "SerializationException")
            #expect(try await world.caller.call("GetSecretValue").fault == "ValidationException")
        }
    }

    @Test("what is stored behind the broker's back is current, and what is removed there is gone")
    func console() async throws {
        try await World.with { world async throws in
            let first = try await world.caller.create("a", "value").member("VersionId")
            let second = await world.simulator.store(Secret(text: "other"), as: "a")
            let current = try await world.caller.call("GetSecretValue", ["SecretId": "a"])
            #expect(current.member("VersionId") == second)
            let pinned = try await world.caller.call("GetSecretValue", ["SecretId": "a", "VersionId": first ?? ""])
            #expect(pinned.member("SecretString") == "value")
            await world.simulator.remove("a", recoveryDays: 7)
            #expect(
                try await world.caller.call("GetSecretValue", ["SecretId": "a"]).fault == "InvalidRequestException")
            await world.simulator.remove("a")
            #expect(
                try await world.caller.call("GetSecretValue", ["SecretId": "a"]).fault == "ResourceNotFoundException")
        }
    }

    @Test("the simulator can say whether it holds a value")
    func holds() async throws {
        try await World.with { world async throws in
            _ = try await world.caller.create("a", "the value")
            #expect(await world.simulator.holds(Secret(text: "the value")))
            #expect(await world.simulator.holds(Secret(text: "the valu")) == false)
            _ = try await world.caller.call("DeleteSecret", ["SecretId": "a", "ForceDeleteWithoutRecovery": true])
            world.pass(.seconds(1))
            #expect(await world.simulator.holds(Secret(text: "the value")) == false)
        }
    }

    @Test("a call is counted when it arrives, refused or not")
    func counts() async throws {
        try await World.with { world async throws in
            async let arrived: Void = world.simulator.waitForCall("GetSecretValue", count: 2)
            for _ in 0..<2 { _ = try await world.caller.call("GetSecretValue", ["SecretId": "none"]) }
            try await arrived
            #expect(await world.simulator.calls() == ["GetSecretValue": 2])
        }
    }

    @Test("once stopped nothing answers, and a waiting task ends when it is cancelled")
    func stops() async throws {
        let simulator = try await AWSSimulator.start(SimulatedAWSSettings())
        let waiting = Task { try await simulator.waitForCall("GetSecretValue") }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        await simulator.stop()
        let port = try #require(Int(simulator.endpoint.split(separator: ":").last ?? ""))
        // The system may take a connection that nobody will accept any more, and reset it.
        let exchange = try? await RawExchange.send(Array("GET / HTTP/1.1\r\n\r\n".utf8), port: port)
        #expect(exchange?.bytes.isEmpty ?? true)
    }

    @Test("as a service it stops when it is cancelled")
    func service() async throws {
        let simulator = try await AWSSimulator.start(SimulatedAWSSettings())
        let running = Task { try await simulator.run() }
        running.cancel()
        try await running.value
        let port = try #require(Int(simulator.endpoint.split(separator: ":").last ?? ""))
        // The system may take a connection that nobody will accept any more, and reset it.
        let exchange = try? await RawExchange.send(Array("GET / HTTP/1.1\r\n\r\n".utf8), port: port)
        #expect(exchange?.bytes.isEmpty ?? true)
    }

    @Test("a port that is taken is refused at the start")
    func portTaken() async throws {
        try await World.with { world async throws in
            await #expect(throws: (any Error).self) {
                try await AWSSimulator.start(SimulatedAWSSettings(), port: world.caller.port)
            }
        }
    }
}
