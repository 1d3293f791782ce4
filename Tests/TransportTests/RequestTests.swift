import Broker
import Support
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct RequestTests {
    let client = HTTPClient(testing: TransportSettings())

    /// What the server receives of a call.
    private func received(_ method: String, path: String = "/", headers: [HTTPHeader] = [], body: Secret? = nil)
        async throws -> RawRequest
    {
        let server = try RawServer.answering(answer())
        _ = try await client.send(HTTPCall(method, server.url + path, headers: headers, body: body))
        var requests = server.requests.makeAsyncIterator()
        return try #require(await requests.next())
    }

    @Test("exactly what the caller says is sent, in order, and the path as it stands")
    func verbatim() async throws {
        let request = try await received(
            "POST", path: "/a/../b//%2F/./c?x=%20&y",
            headers: [
                HTTPHeader("X-Amz-Target", "secretsmanager.GetSecretValue"),
                HTTPHeader("Authorization", secret: Secret(text: "Bearer s3cret")), HTTPHeader("X-Empty", ""),
                HTTPHeader("X-Empty-Too", secret: Secret(text: "")),
            ], body: Secret(text: "{\"a\":\"\0é\"}"))
        let lines = request.lines.filter { !$0.hasPrefix("Host: 127.0.0.1:") && $0 != "Accept: */*" }
        #expect(
            lines
                == [
                    "POST /a/../b//%2F/./c?x=%20&y HTTP/1.1", "X-Amz-Target: secretsmanager.GetSecretValue",
                    "Authorization: Bearer s3cret", "X-Empty:", "X-Empty-Too:", "Content-Length: 11",
                ].sorted(by: position(in: lines)))
        #expect(request.body == Array("{\"a\":\"\0é\"}".utf8))
    }

    /// libcurl puts the body's length where it likes.
    private func position(in lines: [String]) -> (String, String) -> Bool {
        { (lines.firstIndex(of: $0) ?? .max) < (lines.firstIndex(of: $1) ?? .max) }
    }

    @Test("a body of a mebibyte arrives whole, without asking first", arguments: ["POST", "PUT", "PATCH", "DELETE"])
    func large(method: String) async throws {
        var body = SecretBuffer(limit: 1 << 20)
        for index in 0..<(1 << 20) { try body.append(UInt8(truncatingIfNeeded: index * 7919 >> 8)) }
        let request = try await received(method, body: body.finish())
        #expect(request.lines.first == "\(method) / HTTP/1.1")
        #expect(request.body.count == 1 << 20)
        #expect(request.body.enumerated().allSatisfy { UInt8(truncatingIfNeeded: $0 * 7919 >> 8) == $1 })
        #expect(!request.head.lowercased().contains("expect:"))
    }

    @Test("a write without a body says so", arguments: ["POST", "PUT", "PATCH"])
    func noBody(method: String) async throws {
        #expect(try await received(method).lines.contains("Content-Length: 0"))
    }

    @Test("a read has no length", arguments: ["GET", "HEAD", "DELETE"])
    func noLength(method: String) async throws {
        let request = try await received(method)
        #expect(!request.head.lowercased().contains("content-length"))
        #expect(request.lines.first == "\(method) / HTTP/1.1")
    }

    @Test("a header's value cannot begin another line", arguments: ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "\r\n"])
    func injectedValue(value: String) async throws {
        let server = try RawServer.answering(answer())
        for header in [HTTPHeader("X-A", value), HTTPHeader("X-A", secret: Secret(text: value))] {
            let call = HTTPCall("GET", server.url, headers: [header])
            await #expect(throws: TransportError.invalidHeader) { try await client.send(call) }
        }
        #expect(server.accepted == 0)
    }

    @Test("a header's name is a token", arguments: ["", "X A", "X:A", "X\r\nY", "X\0", "Ü", "X\t", "(x)"])
    func injectedName(name: String) async throws {
        let server = try RawServer.answering(answer())
        let call = HTTPCall("GET", server.url, headers: [HTTPHeader(name, "1")])
        await #expect(throws: TransportError.invalidHeader) { try await client.send(call) }
        #expect(server.accepted == 0)
    }

    @Test("a method is a word", arguments: ["", "GET / HTTP/1.1\r\nX: 1", "G ET", "GET\0", "GÉT"])
    func injectedMethod(method: String) async throws {
        let server = try RawServer.answering(answer())
        await #expect(throws: TransportError.invalidHeader) { try await client.send(HTTPCall(method, server.url)) }
        #expect(server.accepted == 0)
    }

    @Test(
        "a URL is absolute, ASCII and without a user",
        arguments: [
            "", "/path", "127.0.0.1", "http://", "https://", "http://127.0.0.1:99999/", "http://user@127.0.0.1/",
            "https://user:pass@example.com/", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: 1",
            "https://exämple.com/",
            "http://127.0.0.1/\0", "https://exa mple.com/",
        ])
    func invalidURL(url: String) async throws {
        await #expect(throws: TransportError.invalidURL) { try await client.send(HTTPCall("GET", url)) }
    }

    @Test(
        "plain HTTP goes nowhere but to this machine and its metadata services",
        arguments: [
            "http://example.com/", "http://10.0.0.1/", "http://192.168.1.1/", "http://169.253.0.1/",
            "http://128.0.0.1/",
            "http://[::2]/", "http://[2001:db8::1]/", "http://[::ffff:10.0.0.1]/", "http://localhost.example.com/",
            "http://metadata.google.internal.example.com/", "http://127.0.0.1.example.com/", "http://0/",
            "http://127.0.0.1@example.com.invalid:1/x", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/",
        ])
    func scheme(url: String) async throws {
        let error = await #expect(throws: TransportError.self) { try await client.send(HTTPCall("GET", url)) }
        #expect(error == (url.contains("@") ? .invalidURL : .schemeNotAllowed))
    }

    @Test("plain HTTP can be switched off altogether")
    func never() async throws {
        let server = try RawServer.answering(answer())
        var settings = TransportSettings()
        settings.plainHTTP = .never
        let client = try HTTPClient(settings)
        await #expect(throws: TransportError.schemeNotAllowed) { try await client.send(HTTPCall("GET", server.url)) }
        #expect(server.accepted == 0)
    }

    @Test(
        "other spellings of loopback are loopback",
        arguments: ["127.1", "2130706433", "0x7f.1", "localhost", "LOCALHOST"])
    func spelling(host: String) async throws {
        let server = try RawServer.answering(answer())
        #expect(try await client.send(HTTPCall("GET", "http://\(host):\(server.port)/")).status == 200)
    }
}
