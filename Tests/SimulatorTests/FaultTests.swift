#if FaultInjection
import Broker
import Simulator
import Support
import Testing

@Suite("Ordered faults", .timeLimit(.minutes(1)))
struct FaultTests {
    @Test("a reset before the effect leaves nothing, one after it leaves the object")
    func resets() async throws {
        try await World.with { world async throws in
            for (name, effect) in [("a", Fault.Effect.resetBeforeEffect), ("b", .resetAfterEffect)] {
                await world.simulator.faults.order(.init(operation: "CreateSecret", effect: effect))
                let exchange = try await world.caller.create(name, "value")
                #expect(exchange.bytes.isEmpty)
                #expect(exchange.ending == .reset)
            }
            #expect(await world.simulator.objects().keys.sorted() == ["b"])
        }
    }

    @Test("half an answer ends before its length")
    func halfAnswer() async throws {
        try await World.with { world async throws in
            await world.simulator.faults.order(.init(operation: "CreateSecret", effect: .halfAnswer))
            let exchange = try await world.caller.create("a", "value")
            let length = try #require(exchange.header("Content-Length").flatMap { Int($0) })
            #expect(exchange.status == 200)
            #expect(exchange.body.utf8.count == length / 2)
            #expect(await world.simulator.objects().count == 1)
        }
    }

    @Test("a request that is held takes effect when it is released, though its client has gone")
    func hold() async throws {
        try await World.with { world async throws in
            let faults = world.simulator.faults
            await faults.order(.init(operation: "CreateSecret", effect: .hold))
            try world.caller.abandon(
                "CreateSecret",
                ["Name": "a", "SecretString": "value", "ClientRequestToken": "00000000-0000-4000-8000-000000000000"])
            try await faults.waitUntilHeld("CreateSecret")
            #expect(await world.simulator.objects().isEmpty)
            // Long enough for the signature to have expired, had it not been verified on arrival.
            world.pass(.seconds(600))
            try await faults.release()
            #expect(await world.simulator.objects().keys.sorted() == ["a"])
        }
    }

    @Test("a held request is dropped when the simulator stops")
    func heldAtStop() async throws {
        try await World.with { world async throws in
            await world.simulator.faults.order(.init(operation: "CreateSecret", effect: .hold))
            async let exchange = world.caller.create("a", "value")
            try await world.simulator.faults.waitUntilHeld("CreateSecret")
            await world.simulator.stop()
            #expect(try await exchange.bytes.isEmpty)
            #expect(await world.simulator.objects().isEmpty)
        }
    }

    @Test("throttling is status 400, with Retry-After only where it was ordered")
    func throttle() async throws {
        try await World.with { world async throws in
            for seconds in [nil, 7] {
                await world.simulator.faults.order(
                    .init(operation: "CreateSecret", effect: .throttle(retryAfter: seconds)))
                let exchange = try await world.caller.create("a", "value")
                #expect(exchange.status == 400)
                #expect(exchange.fault == "ThrottlingException")
                #expect(exchange.header("Retry-After") == seconds.map(String.init))
            }
            #expect(await world.simulator.objects().isEmpty)
        }
    }

    @Test("a status comes with HTML, a redirect with its address", arguments: [500, 503])
    func statuses(_ status: Int) async throws {
        try await World.with { world async throws in
            let faults = world.simulator.faults
            await faults.order(.init(operation: "CreateSecret", effect: .status(status)))
            await faults.order(.init(operation: "CreateSecret", effect: .redirect(to: "http://192.0.2.1/")))
            let failed = try await world.caller.create("a", "value")
            #expect(failed.status == status)
            #expect(failed.body.hasPrefix("<html>"))
            let moved = try await world.caller.create("a", "value")
            #expect(moved.status == 307)
            #expect(moved.header("Location") == "http://192.0.2.1/")
            #expect(await world.simulator.objects().isEmpty)
        }
    }

    @Test("an oversized answer has the ordered size, and garbage is no JSON")
    func bodies() async throws {
        try await World.with { world async throws in
            let faults = world.simulator.faults
            await faults.order(.init(operation: "CreateSecret", effect: .oversizedAnswer(bytes: 3_000_000)))
            #expect(try await world.caller.create("a", "value").body.utf8.count == 3_000_000)
            await faults.order(.init(operation: "CreateSecret", effect: .garbage))
            let garbage = try await world.caller.create("b", "value")
            #expect(garbage.status == 200)
            #expect(garbage.body.isEmpty == false)
            #expect(garbage.member("Name") == nil)
            #expect(await world.simulator.objects().keys.sorted() == ["b"])
        }
    }

    @Test("refusals come in AWS's words")
    func refusals() async throws {
        try await World.with { world async throws in
            let faults = world.simulator.faults
            await faults.order(.init(operation: "ListSecrets", effect: .expiredCredentials))
            await faults.order(.init(operation: "ListSecrets", effect: .accessDenied))
            #expect(try await world.caller.call("ListSecrets").fault == "ExpiredTokenException")
            #expect(try await world.caller.call("ListSecrets").fault == "AccessDeniedException")
            #expect(try await world.caller.call("ListSecrets").fault == nil)
        }
    }

    @Test("the metadata service is throttled and refuses by status alone")
    func metadata() async throws {
        try await World.with { world async throws in
            let request = Array(
                ("PUT /latest/api/token HTTP/1.1\r\nHost: metadata\r\nConnection: close\r\n"
                    + "X-aws-ec2-metadata-token-ttl-seconds: 60\r\n\r\n").utf8)
            let faults = world.simulator.faults
            await faults.order(.init(operation: "MetadataToken", effect: .throttle(retryAfter: nil)))
            await faults.order(.init(operation: "MetadataToken", effect: .accessDenied))
            for status in [429, 401, 200] {
                #expect(try await RawExchange.send(request, port: world.caller.port).status == status)
            }
        }
    }

    @Test("a replaced value has another version and another text")
    func replaced() async throws {
        try await World.with { world async throws in
            let version = try await world.caller.create("a", "value").member("VersionId")
            await world.simulator.faults.order(.init(operation: "GetSecretValue", effect: .valueReplaced))
            let read = try await world.caller.call("GetSecretValue", ["SecretId": "a"])
            #expect(read.member("Name") == "a")
            #expect(read.member("SecretString").map { $0 != "value" } == true)
            #expect(read.member("VersionId") != nil)
            #expect(read.member("VersionId") != version)
        }
    }

    @Test("a fault waits for its call, and one that is always so stays until it is cancelled")
    func occasions() async throws {
        try await World.with { world async throws in
            let faults = world.simulator.faults
            await faults.order(.init(operation: "ListSecrets", at: .nth(3), effect: .status(500)))
            var statuses: [Int] = []
            for _ in 0..<4 { statuses.append(try await world.caller.call("ListSecrets").status) }
            #expect(statuses == [200, 200, 500, 200])
            await faults.order(.init(operation: "ListSecrets", at: .always, effect: .status(503)))
            for _ in 0..<3 { #expect(try await world.caller.call("ListSecrets").status == 503) }
            #expect(try await world.caller.create("a", "value").status == 200)
            await faults.cancelAll()
            #expect(try await world.caller.call("ListSecrets").status == 200)
        }
    }

    @Test("a delay passes before the effect")
    func delay() async throws {
        try await World.with { world async throws in
            await world.simulator.faults.order(
                .init(operation: "CreateSecret", effect: .delay(.milliseconds(200))))
            let start = ContinuousClock.now
            #expect(try await world.caller.create("a", "value").status == 200)
            #expect(ContinuousClock.now - start >= .milliseconds(200))
        }
    }
}
#endif
