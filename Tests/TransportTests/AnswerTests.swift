import Broker
import Support
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct AnswerTests {
    let client = HTTPClient(testing: TransportSettings())

    private func send(
        to server: RawServer, method: String = "GET", limit: Int = 1 << 20
    ) async throws(TransportError) -> HTTPAnswer {
        try await client.send(HTTPCall(method, server.url + "/", deadline: .seconds(10), maximumAnswerSize: limit))
    }

    @Test("status, headers in any case and the whole body come back", arguments: [200, 201, 404, 409, 429, 500, 503])
    func whole(status: Int) async throws {
        let server = try RawServer.answering(answer("\(status) Any", ["X-One:  1 ", "x-two:", "X-ONE: 2"], "a\0b"))
        let answer = try await send(to: server)
        #expect(answer.status == status)
        #expect(answer.header("x-one") == "1")
        #expect(answer.header("X-Two")?.isEmpty == true)
        #expect(answer.header("x-three") == nil)
        #expect(answer.headers.map(\.name) == ["X-One", "x-two", "X-ONE", "Content-Length"])
        #expect(answer.body.shown == "a\0b")
    }

    @Test("chunks are joined, and trailers are not taken for headers")
    func chunked() async throws {
        let server = try RawServer.answering(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nX-Late: 1\r\n\r\n")
        let answer = try await send(to: server)
        #expect(answer.body.shown == "abcdefg")
        #expect(answer.header("x-late") == nil)
    }

    @Test("an answer that ends with the connection is whole")
    func untilClose() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n\r\nbody")
        }
        #expect(try await send(to: server).body.shown == "body")
    }

    @Test("interim answers are passed over, with their headers")
    func interim() async throws {
        let server = try RawServer.answering(
            "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" + answer("200 OK", ["X-Real: 1"]))
        let answer = try await send(to: server)
        #expect(answer.status == 200)
        #expect(answer.header("x-early") == nil)
        #expect(answer.header("x-real") == "1")
    }

    @Test(
        "an answer without a body is one",
        arguments: [("HEAD", "200 OK"), ("GET", "204 No Content"), ("GET", "304 Not Modified")])
    func noBody(method: String, status: String) async throws {
        let server = try RawServer.answering("HTTP/1.1 \(status)\r\nX-One: 1\r\n\r\n")
        let answer = try await send(to: server, method: method)
        #expect(answer.body.byteCount == 0)
        #expect(answer.header("x-one") == "1")
    }

    @Test("no redirect is followed", arguments: ["301 Moved", "302 Found", "303 See Other", "307 Again", "308 Moved"])
    func redirect(status: String) async throws {
        let other = try RawServer.answering(answer())
        let server = try RawServer.answering(answer(status, ["Location: \(other.url)/"]))
        let answer = try await send(to: server)
        #expect(answer.status == Int(status.prefix(3)))
        #expect(answer.header("location") == "\(other.url)/")
        #expect(other.accepted == 0)
    }

    @Test("a body may be as large as allowed and not a byte larger, whether or not its length is told")
    func bodyLimit() async throws {
        let told = try RawServer.answering(answer("200 OK", [], String(repeating: "b", count: 100_000)))
        let untold = try RawServer.answering(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" + String(repeating: "b", count: 100_000)
                + "\r\n0\r\n\r\n")
        for server in [told, untold] {
            #expect(try await send(to: server, limit: 100_000).body.byteCount == 100_000)
            await #expect(throws: TransportError.answerTooLarge) { try await send(to: server, limit: 99_999) }
            await #expect(throws: TransportError.answerTooLarge) { try await send(to: server, limit: 0) }
        }
    }

    @Test("headers beyond 64 KiB are refused, in many lines or in one")
    func headerLimit() async throws {
        let many = (0..<700).map { "X-\($0): " + String(repeating: "h", count: 100) }
        let one = ["X-One: " + String(repeating: "h", count: 70_000)]
        let huge = ["X-One: " + String(repeating: "h", count: 300_000)]
        for headers in [many, one, huge] {
            let server = try RawServer.answering(answer("200 OK", headers))
            await #expect(throws: TransportError.answerTooLarge) { try await send(to: server) }
        }
    }

    @Test(
        "part of an answer is none",
        arguments: [
            "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
        ])
    func part(of text: String) async throws {
        for isReset in [false, true] {
            let server = try RawServer { connection in
                _ = connection.readRequest()
                connection.write(text)
                if isReset { connection.reset() }
            }
            await #expect(throws: TransportError.connectionLost) { try await send(to: server) }
        }
    }

    @Test(
        "what is not HTTP is malformed",
        arguments: ["hello\r\n\r\n", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 abc OK\r\n\r\n", "\0\0\0\0\0\0"])
    func malformed(text: String) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write(text)
            connection.waitForClose()
        }
        await #expect(throws: TransportError.malformedAnswer) { try await send(to: server) }
    }
}
