import Broker
import Store
import Support
import Testing
import Transport

@testable import API

@Suite("The body of a request")
struct RequestBodyTests {
    private static func request(_ token: String, length: Int, body: String) -> [UInt8] {
        Array(
            """
            POST /v1/teams/research/resolve HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r
            Content-Length: \(length)\r\n\r\n\(body)
            """.utf8)
    }

    /// Longer than a body may take without its sender being looked at again.
    private static func takeTime() async throws { try await Task.sleep(for: .milliseconds(500)) }

    @Test("that does not come in time is answered with 408, and the connection is closed")
    func late() async throws {
        try await PagesWorld.run(bodyDeadline: .milliseconds(200)) { world in
            let token = try await world.token(.resolver).text
            let answer = try await RawExchange.send(Self.request(token, length: 20, body: "{\"tem"), port: world.port)
            #expect(answer.status == 408)
            #expect(answer.header("Connection") == "close")
            #expect(answer.ending == .closed)
        }
    }

    @Test("that comes in time is answered, and its connection is kept beyond the deadline")
    func inTime() async throws {
        try await PagesWorld.run(bodyDeadline: .milliseconds(300)) { world in
            let token = try await world.token(.resolver).text
            let body = #"{"template":"plain"}"#
            let whole = Self.request(token, length: body.utf8.count, body: body)
            // The second is late from its first byte to its last, which the first's time does not matter for.
            let answer = try await RawExchange.send(
                whole, port: world.port, then: Array(whole.dropLast(3)), after: .milliseconds(400))
            let text = String(decoding: answer.bytes, as: UTF8.self)
            #expect(text.ranges(of: "HTTP/1.1 ").count == 2)
            #expect(answer.status == 200)
            #expect(text.contains("HTTP/1.1 408 "))
        }
    }

    @Test("that is announced as larger than 1 MiB, or is, is answered with 413")
    func large() async throws {
        try await PagesWorld.run { world in
            let token = try await world.token(.resolver).text
            let announced = try await RawExchange.send(
                Self.request(token, length: (1 << 20) + 1, body: ""), port: world.port)
            #expect(announced.status == 413)
            let chunk = String(repeating: "x", count: (1 << 20) + 1)
            let unannounced = try await RawExchange.send(
                Array(
                    """
                    POST /v1/teams/research/resolve HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r
                    Transfer-Encoding: chunked\r\n\r\n\(String(chunk.utf8.count, radix: 16))\r\n\(chunk)\r\n
                    """.utf8), port: world.port)
            #expect(unannounced.status == 413)
        }
    }

    @Test("that is large is refused unread where others fill the room, which is free again when they are answered")
    func room() async throws {
        try await PagesWorld.run(bodyRoom: 200 << 10) { world in
            let token = try await world.token(.resolver).text
            func resolve(_ size: Int) async throws -> APIClient.Answer {
                try await world.send(
                    "POST", "/v1/teams/research/resolve", [HTTPHeader("Authorization", "Bearer \(token)")],
                    body: #"{"template":"\#(String(repeating: "x", count: size))"}"#)
            }
            for _ in 0..<5 { #expect(try await resolve(150 << 10).status == 200) }
            // Announced, and nothing of it sent; then not even announced.
            let announced = try await RawExchange.send(
                Self.request(token, length: 1 << 20, body: ""), port: world.port)
            let chunk = String(repeating: "x", count: 70 << 10)
            let chunked = try await RawExchange.send(
                Array(
                    """
                    POST /v1/teams/research/resolve HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r
                    Transfer-Encoding: chunked\r\n\r\n\(String(chunk.utf8.count, radix: 16))\r\n\(chunk)\r\n
                    """.utf8), port: world.port)
            for answer in [announced, chunked] {
                #expect(answer.status == 503 && answer.body.contains("\"overloaded\""))
                #expect(answer.header("Retry-After") == "1" && answer.header("Connection") == "close")
            }
            #expect(try await resolve(60 << 10).status == 200)
            #expect(try await resolve(150 << 10).status == 200)
        }
    }

    @Test("is counted while it is there, and not at all when it is small")
    func counted() throws {
        let room = BodyRoom(size: 3 * BodyRoom.small)
        #expect(try room.share(of: BodyRoom.small) == nil)
        var first = try room.share(of: 2 * BodyRoom.small)
        #expect(throws: APIError.noRoom) { try room.share(of: 2 * BodyRoom.small) }
        #expect(first != nil)
        first = nil
        #expect(try room.share(of: 3 * BodyRoom.small) != nil)
    }

    @Test(
        "that comes in when its sender's token was revoked meanwhile is refused, and nothing done",
        arguments: ["", "/values"])
    func revokedMeanwhile(_ path: String) async throws {
        try await PagesWorld.run { world in
            let admin = try await world.token(.admin).text
            let created = try await world.send(
                "POST", "/v1/teams/research/secrets", [HTTPHeader("Authorization", "Bearer \(admin)")],
                body: #"{"name":"KEY","value":"v1"}"#)
            #expect(created.status == 201)
            let isWrite = path.isEmpty
            let token = try await world.token(isWrite ? .admin : .resolver)
            let body = isWrite ? #"{"name":"OTHER","value":"v"}"# : #"{"names":["KEY"]}"#
            let head = Array(
                """
                POST /v1/teams/research\(isWrite ? "/secrets" : path) HTTP/1.1\r\nHost: localhost\r
                Authorization: Bearer \(token.text)\r\nContent-Length: \(body.utf8.count)\r\n\r\n
                """.utf8)
            let catalog = world.catalog.catalog
            let hash = try #require(TokenText.hash(of: token.text[...]))
            let answer = try await RawExchange.send(head, port: world.port, then: Array(body.utf8)) {
                try await eventually("the token in the head is looked up") { catalog.remembered(hash) != nil }
                #expect(try await catalog.revoke(id: token.id, by: .operatorsShell(requestID: "test")) != nil)
                try await Self.takeTime()
            }
            #expect(answer.status == 401)
            #expect(try await world.catalog.catalog.secrets(in: TeamName("research")!).map(\.name.text) == ["KEY"])
        }
    }

    @Test("that is a page's form, and comes in when its sender's token was revoked meanwhile, changes nothing")
    func formOfRevoked() async throws {
        try await PagesWorld.run { world in
            let person = Person(world: world)
            let token = try await world.token(.admin)
            _ = try await person.signIn(token.text)
            _ = try await person.get("/teams/research/secrets/new")
            let cookie = try #require(person.cookie)
            let body = "proof=\(try #require(person.proof))&name=KEY&value=v"
            let head = Array(
                """
                POST /teams/research/secrets/new HTTP/1.1\r\nHost: 127.0.0.1:\(world.port)\r\nCookie: \(cookie)\r
                Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r
                Content-Length: \(body.utf8.count)\r\n\r\n
                """.utf8)
            let catalog = world.catalog.catalog
            let hash = try #require(TokenText.hash(of: token.text[...]))
            // Whoever looks the token up from now on finds another state of the catalog.
            let other = try await world.token(.member)
            #expect(try await catalog.revoke(id: other.id, by: .operatorsShell(requestID: "test")) != nil)
            let before = try #require(catalog.remembered(hash)).state
            let answer = try await RawExchange.send(head, port: world.port, then: Array(body.utf8)) {
                try await eventually("the session's token is looked up") { catalog.remembered(hash)?.state != before }
                #expect(try await catalog.revoke(id: token.id, by: .operatorsShell(requestID: "test")) != nil)
                try await Self.takeTime()
            }
            #expect(answer.header("Location") == "/sign-in?because=ended")
            #expect(try await world.catalog.catalog.secrets(in: TeamName("research")!).isEmpty)
        }
    }

    @Test("that is refused before it is in has its answer read by who sends all of it first", arguments: [true, false])
    func refusedUnread(_ isSignedIn: Bool) async throws {
        try await PagesWorld.run { world in
            let token = isSignedIn ? try await world.token(.resolver).text : "sbt_nobody"
            let half = String(repeating: "x", count: 2 << 20)
            let answer = try await RawExchange.send(
                Self.request(token, length: 2 * half.utf8.count, body: half), port: world.port,
                then: Array(half.utf8), after: .milliseconds(50))
            #expect(answer.status == (isSignedIn ? 413 : 401))
            #expect(answer.ending == .closed)
        }
    }

    @Test("that is refused and never comes in keeps its connection no longer than the deadline")
    func refusedNeverIn() async throws {
        try await PagesWorld.run(bodyDeadline: .milliseconds(200)) { world in
            let token = try await world.token(.resolver).text
            let request = Self.request(token, length: 2 << 20, body: "")
            await #expect(throws: RawExchange.CutOff.self) {
                try await RawExchange.send(
                    request, port: world.port, then: Array(repeating: 0, count: 8 << 20), after: .seconds(1))
            }
        }
    }
}
