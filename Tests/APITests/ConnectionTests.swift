import Broker
import Store
import Support
import Testing

@testable import API

@Suite("A connection", .timeLimit(.minutes(1)))
struct ConnectionTests {
    private static func request(
        _ line: String, _ token: String, _ headers: [String] = [], body: String = ""
    ) -> String {
        let length = body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"]
        let lines = ["\(line) HTTP/1.1", "Host: localhost", "Authorization: Bearer \(token)"] + headers + length
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    private static func send(
        _ requests: [String], _ world: PagesWorld, then second: [UInt8] = [], after pause: Duration = .zero
    ) async throws -> RawExchange {
        try await RawExchange.send(
            Array(requests.joined().utf8), port: world.port, then: second, after: pause)
    }

    @Test("has what is sent together answered one after another, in order")
    func pipelined() async throws {
        try await PagesWorld.run { world in
            let token = try await world.token(.resolver).text
            var requests = (0..<50).map { number in
                Self.request("POST /v1/teams/research/resolve", token, body: #"{"template":"number \#(number)."}"#)
            }
            requests.append(Self.request("GET /v1/teams/research/resolve", "sbt_nobody"))
            requests.append(Self.request("POST /v1/teams/research/resolve", "sbt_nobody", body: "{}"))
            let text = String(decoding: try await Self.send(requests, world).bytes, as: UTF8.self)
            let places = (0..<50).compactMap { text.firstRange(of: "number \($0).")?.lowerBound }
            #expect(places.count == 50)
            #expect(places == places.sorted())
            #expect(text.ranges(of: "HTTP/1.1 405").count == 1)
            #expect(text.ranges(of: "HTTP/1.1 401").count == 1)
        }
    }

    @Test("does nothing of what was sent behind its last answer")
    func behindTheLast() async throws {
        try await PagesWorld.run { world in
            let token = try await world.token(.teamAdmin).text
            let adding = ["FIRST", "SECOND", "THIRD"].map { name in
                Self.request("POST /v1/teams/research/secrets", token, body: #"{"name":"\#(name)","value":"v"}"#)
            }
            let answer = try await Self.send(adding, world)
            #expect(answer.status == 201)
            #expect(answer.header("Connection") == "close")
            #expect(answer.ending == .closed)
            #expect(
                try await world.catalog.catalog.secrets(in: TeamName("research")!).map(\.name.text) == ["FIRST"])
        }
    }

    @Test("is told to send a body that it asks about")
    func expectation() async throws {
        try await PagesWorld.run { world in
            let token = try await world.token(.resolver).text
            let body = #"{"template":"plain"}"#
            let head = Self.request(
                "POST /v1/teams/research/resolve", token,
                ["Connection: close", "Expect: 100-continue", "Content-Length: \(body.utf8.count)"])
            let text = String(
                decoding: try await Self.send([head], world, then: Array(body.utf8), after: .milliseconds(50)).bytes,
                as: UTF8.self)
            #expect(text.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"))
            #expect(text.contains("plain"))
        }
    }

    @Test("of which nothing is taken ends at the deadline")
    func stalled() async throws {
        try await PagesWorld.run(bodyDeadline: .milliseconds(300)) { world in
            let requests = (0..<400).map { _ in Self.request("GET /openapi.json", "none") }
            await #expect(throws: RawExchange.CutOff.self) {
                try await Self.send(requests, world, then: Array(repeating: 0, count: 8 << 20), after: .seconds(2))
            }
        }
    }

    @Test("that says it closes, and goes on with its body, ends at the deadline")
    func closingSender() async throws {
        try await PagesWorld.run(bodyDeadline: .milliseconds(300)) { world in
            let head = Self.request("POST /nothing", "none", ["Connection: close", "Transfer-Encoding: chunked"])
            await #expect(throws: RawExchange.CutOff.self) {
                try await Self.send([head], world, then: Array(repeating: 0x31, count: 8 << 20), after: .seconds(2))
            }
        }
    }
}
