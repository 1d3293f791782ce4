import Broker
import Store
import Support
import Testing
import Transport

@testable import API

@Suite("A call about a secret")
struct SecretCallTests {
    private static let path = "/v1/teams/research/secrets/KEY"

    private static func header(_ token: String, _ more: HTTPHeader...) -> [HTTPHeader] {
        [HTTPHeader("Authorization", "Bearer \(token)")] + more
    }

    @Test("deletes the version that If-Match names, and no other")
    func conditionalDelete() async throws {
        try await PagesWorld.run { world in
            let token = try await world.token(.teamAdmin).text
            let made = try await world.send(
                "POST", "/v1/teams/research/secrets", Self.header(token), body: #"{"name":"KEY","value":"one"}"#)
            let tag = try #require(made.header("ETag"))
            let other = HTTPHeader("If-Match", "\"another\"")
            #expect(try await world.send("DELETE", Self.path, Self.header(token, other)).status == 412)
            #expect(try await world.send("GET", Self.path, Self.header(token)).status == 200)
            let malformed = HTTPHeader("If-Match", "another")
            #expect(try await world.send("DELETE", Self.path, Self.header(token, malformed)).status == 400)
            // What somebody made up as a version is on no record.
            let records = try await world.catalog.catalog.auditRecords(team: nil, after: 0, limit: 100)
            #expect(!records.contains { $0.json.contains("another") })
            let own = HTTPHeader("If-Match", tag)
            #expect(try await world.send("DELETE", Self.path, Self.header(token, own)).status == 204)
            #expect(try await world.send("GET", Self.path, Self.header(token)).status == 404)
        }
    }

    @Test("names the store's object to an admin who asks for the description, and to nobody else")
    func object() async throws {
        try await PagesWorld.run { world in
            let admin = Self.header(try await world.token(.admin).text)
            _ = try await world.send(
                "POST", "/v1/teams/research/secrets", admin, body: #"{"name":"KEY","value":"one"}"#)
            let object = try await world.catalog.catalog.secrets(in: TeamName("research")!)[0].version.reference
            let named = #""object":"\#(object)""#
            #expect(try await world.send("GET", Self.path, admin).body.contains(named))
            #expect(try await !world.send("GET", "/v1/teams/research/secrets", admin).body.contains(named))
            for role in [Role.teamAdmin, .member] {
                let other = Self.header(try await world.token(role).text)
                #expect(try await !world.send("GET", Self.path, other).body.contains(named))
            }
        }
    }

    @Test("that finds another write of the secret undecided is refused when it has waited, and says when to come again")
    func writeInProgress() async throws {
        var timing = Writer.Timing()
        timing.turn = .milliseconds(200)
        try await PagesWorld.run(writes: timing) { world in
            let header = Self.header(try await world.token(.teamAdmin).text)
            let secret = #"{"name":"KEY","value":"one"}"#
            #expect(try await world.send("POST", "/v1/teams/research/secrets", header, body: secret).status == 201)
            await world.provider.hold()
            async let first = world.send("PUT", Self.path, header, body: #"{"value":"two"}"#)
            try await world.provider.waitUntilHeld(1)
            for (method, body) in [("PUT", #"{"value":"three"}"#), ("DELETE", nil)] {
                let refused = try await world.send(method, Self.path + "?force=true", header, body: body)
                #expect(refused.status == 409 && refused.code == "write_in_progress", "\(method)")
                #expect(refused.header("Retry-After") == "1")
            }
            await world.provider.release()
            #expect(try await first.status == 200)
            #expect(try await world.value(of: "KEY") == "two")
        }
    }

    @Test("is answered without its content where only the head is asked for")
    func head() async throws {
        try await PagesWorld.run { world in
            let token = try await world.token(.teamAdmin).text
            for path in ["/healthz", "/openapi.json", "/v1/teams/research/secrets"] {
                let whole = try await world.send("GET", path, Self.header(token))
                let head = try await world.send("HEAD", path, Self.header(token))
                #expect(head.status == whole.status)
                #expect(head.header("Content-Type") == whole.header("Content-Type"))
                #expect(head.body.isEmpty)
            }
            // Where nothing can be got either, or the next answer on the connection would begin amid this one's body.
            for (path, status) in [("/v1/teams/research/resolve", 405), ("/sign-out", 405), ("/x", 404)] {
                for accept in ["*/*", "text/html"] {
                    let both = ["HEAD \(path)", "GET /healthz"].map { line in
                        "\(line) HTTP/1.1\r\nHost: localhost\r\nAccept: \(accept)\r\n"
                    }
                    let text = both.joined(separator: "\r\n") + "Connection: close\r\n\r\n"
                    let answers = try await RawExchange.send(Array(text.utf8), port: world.port)
                    #expect(answers.status == status)
                    #expect(answers.body.hasPrefix("HTTP/1.1 200 "), "\(path): \(answers.body)")
                }
            }
        }
    }

    @Test("that may not be made is refused before anything of its team is looked up")
    func refusedFirst() async throws {
        try await PagesWorld.run { world in
            let stranger = try await world.token(.member).text
            let before = try await world.catalog.catalog.auditHead().seq
            for (method, path, body) in [
                ("PUT", "/v1/teams/platform/secrets/KEY", #"{"value":"v"}"#),
                ("POST", "/v1/teams/platform/secrets", #"{"name":"KEY","value":"v"}"#),
                ("DELETE", "/v1/teams/platform/secrets/KEY", nil),
            ] {
                #expect(try await world.send(method, path, Self.header(stranger), body: body).status == 403)
            }
            // Each is on record once.
            #expect(try await world.catalog.catalog.auditHead().seq == before + 3)
        }
    }
}
