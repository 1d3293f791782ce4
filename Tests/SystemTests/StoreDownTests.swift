import Broker
import Simulator
import Support
import Testing
import Transport

/// A store, or a webhook's destination, that is slow or gone.
@Suite("When a store is down, the broker", .timeLimit(.minutes(3)))
struct StoreDownTests {
    private func seconds(_ answer: APIClient.Answer) -> Int? { answer.header("retry-after").flatMap(Int.init) }

    @Test("asks it no more after a while, says when to come again, and goes on once it answers")
    func breaks() async throws {
        let place = try await Installation()
        let broker = try await place.serve(["SECRET_BROKER_CACHE_TTL": "0"])
        let resolver = place.asResolver(broker)
        #expect(try await place.asAdmin(broker).add("KEY", "v").status == 201)
        await place.cloud.faults.order(Fault(operation: "GetSecretValue", at: .always, effect: .status(500)))
        try await eventually("the broker leaves its store alone", within: .seconds(60)) {
            let status = try await place.asAdmin(broker).call("GET", "/v1/status").body
            if status.contains(#""left_alone":["read"]"#) { return true }
            let answer = try await resolver.resolve("KEY")
            #expect(answer.status == 503 && answer.code == "provider_unavailable" && seconds(answer) != nil)
            return false
        }
        let before = await place.cloud.calls()["GetSecretValue"] ?? 0
        let began = ContinuousClock.now
        for _ in 1...20 {
            let answer = try await resolver.resolve("KEY")
            #expect(answer.status == 503 && answer.code == "provider_unavailable" && seconds(answer) != nil)
        }
        // At most one call after each pause, of a second and then of longer, finds out how the store is, with its
        // repetitions.
        let trials = 2 + Int((.now - began) / Duration.seconds(4))
        #expect(await place.cloud.calls()["GetSecretValue"] ?? 0 <= before + 4 * trials)
        let metrics = try await place.asAdmin(broker).call("GET", "/metrics").body
        #expect(
            metrics.contains(
                #"secret_broker_provider_calls_not_made_total{store="default",operation="read",reason="breaker"}"#))
        #expect(await broker.logs("the store does not answer"))
        #expect(broker.logged.contains("a request failed"))
        await place.cloud.faults.cancelAll()
        // The pause gives no event from outside.
        try await eventually("the broker asks its store again", every: .milliseconds(100)) {
            try await resolver.resolve("KEY").resolved == "v"
        }
        #expect(await broker.logs("the store is no longer left alone"))
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("serves what it has past its time with a warning, and not a moment after it is denied, gone or disabled")
    func stale() async throws {
        let passing: [Fault.Effect] = [.status(503), .throttle(retryAfter: nil), .resetBeforeEffect]
        for effect in passing {
            try await withStale { place, resolver in
                await place.cloud.faults.order(Fault(operation: "GetSecretValue", at: .always, effect: effect))
                let answer = try await resolver.resolve("KEY")
                #expect(answer.resolved == "v" && answer.body.contains(#""code":"served_stale""#))
            }
        }
        let withdrawn: [(effect: Fault.Effect?, code: String)] = [
            (.accessDenied, "provider_denied"), (.keyDisabled, "provider_denied"), (nil, "value_lost"),
        ]
        for (effect, code) in withdrawn {
            try await withStale { place, resolver in
                if let effect {
                    await place.cloud.faults.order(Fault(operation: "GetSecretValue", at: .always, effect: effect))
                } else {
                    await place.remove(try #require(await place.objects().first))
                }
                let answer = try await resolver.resolve("KEY")
                #expect(answer.status == 502 && answer.code == code)
                await place.cloud.faults.cancelAll()
                await place.cloud.faults.order(Fault(operation: "GetSecretValue", at: .always, effect: .status(503)))
                #expect(try await resolver.resolve("KEY").status == 503)
            }
        }
    }

    /// A broker that has a value whose time is over at once.
    private func withStale(_ body: (Installation, APIClient) async throws -> Void) async throws {
        let place = try await Installation()
        let broker = try await place.serve(["SECRET_BROKER_CACHE_TTL": "1ms"])
        #expect(try await place.asAdmin(broker).add("KEY", "v").status == 201)
        try await body(place, place.asResolver(broker))
        #expect(await broker.end() == 0)
        await place.end()
    }

    /// Team `slow` has a store of its own that answers nothing. Its resolves fill that store's places and queue; the
    /// other team's are cold, one call each.
    @Test("serves the teams of its other stores all the while, and refuses what its queue does not take")
    func isolated() async throws {
        let place = try await Installation()
        let other = try await CloudKind.google.start(clock: TestCatalog.systemTime)
        let broker = try await place.serve(
            other.environment.merging([
                "SECRET_BROKER_STORE_OTHER": other.storeURI, "SECRET_BROKER_TEAM_STORES": "slow=other",
                "SECRET_BROKER_CACHE_TTL": "0",
            ]) { $1 })
        let admin = place.asAdmin(broker)
        #expect(try await admin.add("KEY", "v").status == 201)
        for number in 0..<100 { #expect(try await admin.add("KEY_\(number)", "v", to: "slow").status == 201) }
        let token = try await Installation.token(["--role", "resolver", "--team", "slow"], place.environment)
        let slow = APIClient(place.http, url: broker.url, token: token)
        let usual = try await median(place.asResolver(broker))
        await other.faults.order(Fault(operation: "AccessSecretVersion", at: .always, effect: .hold))
        let pending = Task {
            await withTaskGroup(of: Int?.self) { group in
                for number in 0..<100 { group.addTask { try? await slow.resolve("KEY_\(number)", of: "slow").status } }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        try await other.faults.waitUntilHeld("AccessSecretVersion", count: 64)
        let beside = try await median(place.asResolver(broker))
        #expect(await pending.value.allSatisfy { $0 == 503 })
        print("a cold resolve took \(usual), and \(beside) beside a store that answers nothing")
        await other.stop()
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("serves resolves, and relays to others, beside a destination that answers nothing")
    func slowDestination() async throws {
        let receiver = try await WebhookReceiver()
        let place = try await Installation()
        let broker = try await place.serve([
            "SSL_CERT_FILE": receiver.certificate, "SECRET_BROKER_RELAY_ALLOW": "localhost,127.0.0.1",
            "SECRET_BROKER_CACHE_TTL": "0",
        ])
        #expect(try await place.asAdmin(broker).add("KEY", "v").status == 201)
        func automation(_ name: String, _ url: String) async throws -> APIClient {
            let webhook = #"{"name":"\#(name)","url":"\#(url)","confirm":true}"#
            #expect(
                try await place.asAdmin(broker).call("POST", "/v1/teams/research/webhooks", webhook).status == 201)
            let token = try await Installation.token(
                ["--role", "relay", "--team", "research", "--webhook", name], place.environment)
            return APIClient(place.http, url: broker.url, token: token)
        }
        let stalled = try await automation("stalled", receiver.url("/stall"))
        let well = try await automation("well", receiver.url("/status/200", host: "127.0.0.1"))
        let usual = try await median(place.asResolver(broker))
        let pending = (0..<16).map { _ in Task { try? await stalled.call("POST", "/v1/relay/research/stalled", "{}") } }
        try await eventually("16 requests at the destination") { receiver.received.count >= 16 }
        let refused = try await stalled.call("POST", "/v1/relay/research/stalled", "{}")
        #expect(refused.status == 503 && refused.code == "overloaded" && seconds(refused) != nil)
        let beside = try await median(place.asResolver(broker))
        let relayed = try await well.call("POST", "/v1/relay/research/well", "{}")
        #expect(relayed.status == 200)
        print("a cold resolve took \(usual), and \(beside) beside a destination that answers nothing")
        for task in pending { task.cancel() }
        #expect(await broker.end() == 0)
        await receiver.end()
        await place.end()
    }

    /// Of fifty cold resolves.
    private func median(_ resolver: APIClient) async throws -> Duration {
        var times: [Duration] = []
        for _ in 0..<50 {
            let asked = ContinuousClock.now
            #expect(try await resolver.resolve("KEY").resolved == "v")
            times.append(.now - asked)
        }
        return times.sorted()[25]
    }
}
