import Broker
import Simulator
import Support
import Testing

@Suite("Signature verification", .timeLimit(.minutes(1)))
struct SignatureTests {
    @Test("no byte that was signed can change on the way")
    func anyByteMatters() async throws {
        try await World.with { world async throws in
            let members = [
                "Name": "a", "SecretString": "value", "ClientRequestToken": "00000000-0000-4000-8000-000000000000",
            ]
            let genuine = world.caller.request("CreateSecret", members)
            var random = SeededRandom(seed: 4)
            for _ in 0..<300 {
                var forged = genuine
                let index = try #require(Self.signedPositions(in: genuine).randomElement(using: &random))
                forged[index] = Self.replacement(for: forged[index], using: &random)
                guard forged != genuine else { continue }
                let exchange = try await RawExchange.send(forged, port: world.caller.port)
                #expect(exchange.status != 200, "accepted with another byte at \(index)")
            }
            #expect(await world.simulator.objects().isEmpty)
            #expect(try await RawExchange.send(genuine, port: world.caller.port).status == 200)
        }
    }

    /// The values of what is signed, the signature, and the body; not the framing, whose damage ends a request early.
    private static func signedPositions(in request: [UInt8]) -> [Int] {
        let text = String(decoding: request, as: UTF8.self)
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        var positions: [Int] = []
        var start = 0
        for line in lines {
            let name = line.prefix { $0 != ":" }.lowercased()
            let isSigned =
                ["content-type", "host", "authorization"].contains(name) || name.hasPrefix("x-amz-")
                || line.hasPrefix("{")
            let prefix = line.hasPrefix("{") ? 0 : name.utf8.count + 2
            if isSigned { positions += (start + prefix)..<(start + line.utf8.count) }
            start += line.utf8.count + 2
        }
        return positions
    }

    /// Another printable character. A blank would be lost around a value, which is no change.
    private static func replacement(for byte: UInt8, using random: inout SeededRandom) -> UInt8 {
        let other = UInt8.random(in: 0x21...0x7e, using: &random)
        // The signature's own separators may be commas or blanks.
        return byte == UInt8(ascii: " ") || byte == UInt8(ascii: ",") ? byte : other
    }

    @Test("a signature holds for five minutes either way and no longer", arguments: [-301, -300, 0, 300, 301])
    func age(_ seconds: Int) async throws {
        try await World.with { world async throws in
            let request = world.caller.request("ListSecrets")
            world.pass(.seconds(seconds))
            let exchange = try await RawExchange.send(request, port: world.caller.port)
            #expect(exchange.fault == (abs(seconds) > 300 ? "InvalidSignatureException" : nil))
        }
    }

    @Test("of a doubly wrong request the front end names the first fault in its own order")
    func order() async throws {
        try await World.with { world async throws in
            let stranger = world.caller(as: .random(temporary: true))
            #expect(try await stranger.call("ListSecrets").fault == "UnrecognizedClientException")
            let request = stranger.request("ListSecrets")
            world.pass(.seconds(301))
            let late = try await RawExchange.send(request, port: world.caller.port)
            #expect(late.fault == "InvalidSignatureException")
            #expect(late.member("message")?.hasPrefix("Signature expired: ") == true)
        }
    }

    @Test("the answers carry the simulator's time, so that a client can see how far its clock is off")
    func date() async throws {
        try await World.with { world async throws in
            #expect(try await world.caller.call("ListSecrets").header("Date") == "Wed, 18 Nov 2026 11:06:40 GMT")
        }
    }
}
