import Broker
import NIOConcurrencyHelpers
import Support
import Testing

@testable import Transport

/// Against a real receiver over TLS. Names are the test's own, so that they can change their answer.
@Suite("A delivery", .serialized, .timeLimit(.minutes(2)))
struct RelaySenderTests {
    /// - Parameter answers: one for each look-up of a name; the last one stays.
    private func sender(
        _ receiver: WebhookReceiver, allowing list: String, _ answers: [[String]] = [["127.0.0.1"]],
        asked: NIOLockedValueBox<Int> = NIOLockedValueBox(0)
    ) throws -> RelaySender {
        var settings = TransportSettings()
        settings.caFile = receiver.certificate
        settings.connectTimeout = .milliseconds(500)
        let names = NameLookup { _ in
            let number = asked.withLockedValue { count in
                defer { count += 1 }
                return count
            }
            return answers[min(number, answers.count - 1)].compactMap { IPAddress($0) }
        }
        return try RelaySender(settings, rules: #require(AddressRules(allowing: list)), names: names)
    }

    private func expect(
        _ error: DeliveryError, _ sender: RelaySender, _ url: String, _ receiver: WebhookReceiver, reaches: Int = 0
    ) async throws {
        let before = receiver.received.count
        await #expect(throws: error) { try await sender.send(url) }
        #expect(receiver.received.count == before + reaches)
    }

    @Test("goes to the address that was checked, is looked up once, and follows and keeps nothing else")
    func guarded() async throws {
        let receiver = try await WebhookReceiver()
        let asked = NIOLockedValueBox(0)
        let open = try sender(
            receiver, allowing: "127.0.0.1", [["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1", "10.0.0.1"], []], asked: asked)
        let url = receiver.url("/status/200", host: "receiver.test")
        #expect(try await open.send(url).status == 200)
        #expect(asked.withLockedValue { $0 } == 1)
        // Rebinding: the next answers are other addresses.
        try await expect(.addressNotAllowed, open, url, receiver)
        try await expect(.addressNotAllowed, open, url, receiver)
        try await expect(.nameUnknown, open, url, receiver)
        // What the system says of a name is not asked: checked is a dead address, although `localhost` would lead home.
        let elsewhere = try sender(receiver, allowing: "127.0.0.0/8", [["127.0.0.9"]])
        try await expect(.notConnected, elsewhere, receiver.url("/status/200"), receiver)
        // Literal addresses go by the same rules.
        for host in [
            "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[::]",
            "[1:2:3]", "0.0.0.0",
        ] {
            let closed = try sender(receiver, allowing: "192.0.2.1")
            try await expect(.addressNotAllowed, closed, receiver.url("/status/200", host: host), receiver)
        }
        #expect(try await open.send(receiver.url("/status/200", host: "127.0.0.1")).status == 200)
        #expect(try await open.send(receiver.url("/redirect", host: "127.0.0.1")).status == 307)
        #expect(receiver.received.count == 3)
        await receiver.end()
    }

    @Test("is refused beforehand where the URL spells out an address that is not open; no name is looked up")
    func refusedBeforehand() async throws {
        let receiver = try await WebhookReceiver()
        let asked = NIOLockedValueBox(0)
        let sender = try sender(receiver, allowing: "10.1.0.0/16,internal.test", asked: asked)
        for (host, isRefused) in [
            ("10.0.0.1", true), ("10.1.0.1", false), ("[::1]", true), ("[1:2:3]", true), ("169.254.169.254", true),
            ("93.184.215.14", false), ("internal.test", false), ("localhost", false),
        ] {
            let url = try #require(WebhookURL("https://\(host)/"))
            #expect(sender.refuses(url) == isRefused, "\(host)")
        }
        #expect(asked.withLockedValue { $0 } == 0)
        sender.shutDown()
        await receiver.end()
    }

    @Test("has its host looked up from the moment it is known where it goes, and once")
    func ahead() async throws {
        let receiver = try await WebhookReceiver()
        let (asked, ask) = AsyncStream.makeStream(of: String.self)
        let names = NameLookup { name in
            ask.yield(name)
            return [IPAddress("127.0.0.1")!]
        }
        var settings = TransportSettings()
        settings.caFile = receiver.certificate
        let sender = try RelaySender(settings, rules: #require(AddressRules(allowing: "127.0.0.1")), names: names)
        let destination = sender.destination(
            of: try #require(WebhookURL(receiver.url("/status/200", host: "receiver.test"))), for: TeamName("research")!
        )
        for await name in asked {
            #expect(name == "receiver.test")
            break
        }
        #expect(receiver.received.isEmpty)
        #expect(try await destination.send(Delivery(headers: [], body: Secret(text: "{}"))).status == 200)
        ask.finish()
        for await name in asked { Issue.record("\(name) was looked up again") }
        await receiver.end()
    }

    @Test("is tried a second time, at another address, only where the first gave no connection")
    func attempts() async throws {
        let receiver = try await WebhookReceiver()
        let sender = try sender(receiver, allowing: "127.0.0.0/8", [["127.0.0.9", "127.0.0.1"]])
        let url = { receiver.url($0, host: "receiver.test") }
        #expect(try await sender.send(url("/status/503")).status == 503)
        #expect(receiver.received.count == 1)
        for path in ["/reset", "/half"] { try await expect(.noAnswer, sender, url(path), receiver, reaches: 1) }
        await receiver.end()
    }

    @Test("is tried at another address, too, where the first ends the connection before there is TLS")
    func endedHandshake() async throws {
        let receiver = try await WebhookReceiver()
        let broken = try RawServer(at: 0x7f00_0009, port: receiver.port) { connection in
            _ = connection.read(1)
            connection.reset()
        }
        let sender = try sender(receiver, allowing: "127.0.0.0/8", [["127.0.0.9", "127.0.0.1"]])
        #expect(try await sender.send(receiver.url("/status/200", host: "receiver.test")).status == 200)
        #expect(broken.accepted == 1)
        #expect(receiver.received.count == 1)
        await receiver.end()
    }

    @Test("takes what it needs of an answer and no more")
    func answers() async throws {
        let receiver = try await WebhookReceiver()
        let sender = try sender(receiver, allowing: "127.0.0.1")
        func send(_ path: String) async throws -> DeliveryAnswer {
            try await sender.send(receiver.url(path, host: "receiver.test"), #"{"a":"b"}"#)
        }
        #expect(try await send("/status/418").body?.shown == "said")
        #expect(try await send("/interim").body?.shown == "after")
        let large = try await send("/large")
        #expect(large.status == 200 && large.body == nil)
        let packed = try await send("/gzip")
        #expect(packed.status == 200 && packed.body == nil)
        #expect(try await send("/status/204").body?.shown == "")
        await receiver.end()
    }

    @Test("goes to nobody whose certificate is not trusted, or is another's, or who speaks plain HTTP")
    func tls() async throws {
        let receiver = try await WebhookReceiver()
        let rules = try #require(AddressRules(allowing: "127.0.0.1"))
        let names = NameLookup { _ in [IPAddress("127.0.0.1")!] }
        let strangers = try RelaySender(TransportSettings(), rules: rules, names: names)
        try await expect(.tls, strangers, receiver.url("/status/200", host: "receiver.test"), receiver)
        let sender = try sender(receiver, allowing: "127.0.0.1")
        try await expect(.tls, sender, receiver.url("/status/200", host: "other.test"), receiver)
        let plain = try RawServer { $0.write(answer()) }
        await #expect(throws: DeliveryError.tls) { try await sender.send("https://127.0.0.1:\(plain.port)/") }
        await receiver.end()
    }

    @Test("behind a proxy goes to the proxy alone, also where its host is called local")
    func proxied() async throws {
        let receiver = try await WebhookReceiver()
        let connects = NIOLockedValueBox(0)
        let proxy = try RawServer { connection in
            connects.withLockedValue { $0 += 1 }
            connection.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        }
        var settings = TransportSettings()
        settings.caFile = receiver.certificate
        settings.proxy = "http://127.0.0.1:\(proxy.port)"
        let sender = try RelaySender(settings, rules: AddressRules())
        for host in ["localhost", "metadata.google.internal", "receiver.test"] {
            let url = receiver.url("/status/200", host: host)
            await #expect(throws: DeliveryError.self) { try await sender.send(url) }
        }
        #expect(receiver.received.isEmpty)
        #expect(connects.withLockedValue { $0 } >= 3)
        await receiver.end()
    }

    @Test("a name that is slow holds up nobody else, and its own askers no longer than the deadline")
    func slowNames() async throws {
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        let started = NIOLockedValueBox(0)
        let block = NIOLockedValueBox(false)
        let names = NameLookup(limit: 2, deadline: .milliseconds(300)) { name in
            guard name == "slow.test" else { return [IPAddress("192.0.2.1")!] }
            started.withLockedValue { $0 += 1 }
            blockThread { block.withLockedValue { $0 } }
            release.yield()
            return []
        }
        let team = TeamName("research")!
        async let first = result { () async throws(TransportError) in
            try await names.addresses(of: "slow.test", for: team)
        }
        async let second = result { () async throws(TransportError) in
            try await names.addresses(of: "slow.test", for: team)
        }
        for index in 0..<50 { #expect(try await names.addresses(of: "fast\(index).test", for: team).count == 1) }
        #expect(await first == .failure(.timedOut))
        #expect(await second == .failure(.timedOut))
        #expect(started.withLockedValue { $0 } == 1)
        block.withLockedValue { $0 = true }
        for await _ in released { break }
    }

    @Test("a team whose names are all slow leaves places for the names of others")
    func slowTeam() async throws {
        let block = NIOLockedValueBox(true)
        defer { block.withLockedValue { $0 = false } }
        let names = NameLookup(limit: 8, share: 2, deadline: .milliseconds(200)) { name in
            guard name.hasPrefix("slow") else { return [IPAddress("192.0.2.1")!] }
            blockThread { !block.withLockedValue { $0 } }
            return []
        }
        let (team, other) = (TeamName("research")!, TeamName("platform")!)
        for index in 0..<6 {
            let outcome = await result { () async throws(TransportError) in
                try await names.addresses(of: "slow\(index).test", for: team)
            }
            // Its waiters have given up, and the resolver has not.
            #expect(outcome == .failure(index < 2 ? .timedOut : .overloaded))
        }
        #expect(try await names.addresses(of: "fast.test", for: other).count == 1)
    }

    private func result(
        _ work: () async throws(TransportError) -> [IPAddress]
    ) async -> Result<[IPAddress], TransportError> {
        do throws(TransportError) { return .success(try await work()) } catch { return .failure(error) }
    }
}

extension RelaySender {
    fileprivate func send(_ url: String, _ body: String = "{}") async throws -> DeliveryAnswer {
        let delivery = Delivery(
            headers: [("Content-Type", Secret(text: "application/json"))], body: Secret(text: body))
        return try await destination(of: #require(WebhookURL(url)), for: TeamName("research")!).send(delivery)
    }
}
