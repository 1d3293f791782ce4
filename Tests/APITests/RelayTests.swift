import Broker
import NIOConcurrencyHelpers
import Store
import Support
import Testing
import Transport

@testable import API

@Suite("A relay that begins by what is remembered", .timeLimit(.minutes(2)))
struct RelayTests {
    private static let team = TeamName("research")!
    private static let hook = WebhookName("hook")!

    private static func relay(_ token: String, _ world: PagesWorld, _ body: String = "{}") async throws
        -> APIClient.Answer
    {
        try await world.send(
            "POST", "/v1/relay/research/hook", [HTTPHeader("Authorization", "Bearer \(token)")], body: body)
    }

    private static func records(_ world: PagesWorld) async throws -> [String] {
        try await world.catalog.catalog.auditRecords(team: team, after: 0, limit: 1000).map(\.json)
            .filter { $0.contains("\"webhook:relay\"") }
    }

    /// Points the webhook of `world.token(.relay)` elsewhere.
    private static func point(
        to url: String, confirmed: Bool = true, _ world: PagesWorld
    ) async throws {
        let webhook = try Webhook(name: hook, url: #require(WebhookURL(url)))
        _ = try await world.catalog.catalog.replace(
            webhook, in: team, revision: nil, confirmed: confirmed, by: .operatorsShell(requestID: "test")
        ).get()
    }

    private static func sender(
        _ certificate: String?, _ names: NameLookup = NameLookup()
    ) throws -> RelaySender {
        var settings = TransportSettings()
        settings.caFile = certificate
        return try RelaySender(settings, rules: #require(AddressRules(allowing: "127.0.0.1")), names: names)
    }

    @Test("goes where the webhook points now, nowhere while it is not confirmed, and never for a token that is revoked")
    func changed() async throws {
        let receiver = try await WebhookReceiver()
        try await PagesWorld.run(sender: Self.sender(receiver.certificate)) { world in
            let token = try await world.token(.relay)
            func url(_ status: Int) -> String { receiver.url("/status/\(status)", host: "127.0.0.1") }
            for status in [200, 201, 418] {
                try await Self.point(to: url(status), world)
                for _ in 0..<3 { #expect(try await Self.relay(token.text, world).status == status) }
                try await Self.point(to: url(status), confirmed: false, world)
                for _ in 0..<2 { #expect(try await Self.relay(token.text, world).code == "webhook_unconfirmed") }
            }
            try await Self.point(to: url(200), world)
            #expect(try await Self.relay(token.text, world).status == 200)
            #expect(receiver.received.count == 10)
            #expect(try await Self.records(world).count == 2 * 10 + 6)
            #expect(
                try await world.catalog.catalog.revoke(id: token.id, by: .operatorsShell(requestID: "test")) != nil)
            for body in ["{}", "no JSON"] { #expect(try await Self.relay(token.text, world, body).status == 401) }
            #expect(receiver.received.count == 10)
            #expect(try await Self.records(world).count == 2 * 10 + 6)
        }
        await receiver.end()
    }

    @Test("is refused by what holds now, also where so many were refused before that no more of them are recorded")
    func refused() async throws {
        let receiver = try await WebhookReceiver()
        try await PagesWorld.run(sender: Self.sender(receiver.certificate)) { world in
            let token = try await world.token(.relay)
            let url = receiver.url("/status/200", host: "127.0.0.1")
            try await Self.point(to: url, confirmed: false, world)
            for _ in 0..<25 { #expect(try await Self.relay(token.text, world).code == "webhook_unconfirmed") }
            #expect(try await Self.records(world).count == 20)
            try await Self.point(to: url, world)
            #expect(try await Self.relay(token.text, world).status == 200)
        }
        await receiver.end()
    }

    @Test("is measured by what the destination said to it, as a test from a page is, and not logged for that")
    func measured() async throws {
        let receiver = try await WebhookReceiver()
        try await PagesWorld.run(sender: Self.sender(receiver.certificate)) { world in
            let token = try await world.token(.relay)
            let person = try await world.signedIn(.admin)
            for status in [200, 204, 404, 500] {
                try await Self.point(to: receiver.url("/status/\(status)", host: "127.0.0.1"), world)
                #expect(try await Self.relay(token.text, world).status == status)
                #expect(try await person.post("/teams/research/webhooks/hook/test", "payload=").status == 303)
            }
            try await Self.point(to: receiver.url("/status/200", host: "127.0.0.1"), confirmed: false, world)
            #expect(try await Self.relay(token.text, world).status == 409)
            let metrics = try await world.send("GET", "/metrics", []).body
            for (outcome, count) in [("ok", 4), ("destination_refused", 4), ("webhook_unconfirmed", 1)] {
                #expect(metrics.contains("secret_broker_relay_seconds_count{outcome=\"\(outcome)\"} \(count)\n"))
            }
            #expect(!world.logged.all.contains { $0.contains("a request failed") || $0.contains("a use was refused") })
        }
        #expect(receiver.received.count == 8)
        await receiver.end()
    }

    @Test("that may have arrived says so, whatever has become of its token")
    func late() async throws {
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        let holds = NIOLockedValueBox(false)
        let names = NameLookup { _ in
            if holds.withLockedValue({ $0 }) { ask.yield() }
            blockThread { !holds.withLockedValue { $0 } }
            return []
        }
        try await PagesWorld.run(sender: Self.sender(nil, names)) { world in
            let token = try await world.token(.relay)
            try await Self.point(to: "https://receiver.test/", world)
            let first = try await Self.relay(token.text, world)
            #expect(first.status == 502 && first.body.contains("could not be looked up, or has no address"))
            holds.withLockedValue { $0 = true }
            async let second = Self.relay(token.text, world)
            defer { holds.withLockedValue { $0 = false } }
            for await _ in asked { break }
            try await eventually("the record of the second attempt") { try await Self.records(world).count >= 3 }
            #expect(
                try await world.catalog.catalog.revoke(id: token.id, by: .operatorsShell(requestID: "test")) != nil)
            holds.withLockedValue { $0 = false }
            let answer = try await second
            #expect(answer.status == 502 && answer.code == "destination_unreachable")
            #expect(try await Self.records(world).count == 4)
            #expect(try await Self.relay(token.text, world).status == 401)
        }
    }
}
