import Broker
import Glibc
import Support
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
    private func client(_ change: (inout TransportSettings) -> Void = { _ in }) -> HTTPClient {
        var settings = TransportSettings()
        change(&settings)
        return HTTPClient(testing: settings)
    }

    @Test("calls one after the other share a connection")
    func reuse() async throws {
        let server = try RawServer.answering(answer("200 OK", [], "x"))
        let client = client()
        for _ in 0..<20 { _ = try await client.send(HTTPCall("POST", server.url, body: Secret(text: "b"))) }
        #expect(server.accepted == 1)
    }

    @Test("a kept connection that the server has closed is replaced")
    func closedWhileKept() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write(answer())
        }
        let client = client()
        for _ in 0..<10 {
            #expect(try await client.send(HTTPCall("POST", server.url, body: Secret(text: "b"))).status == 200)
        }
        #expect(server.accepted == 10)
    }

    @Test("a host never sees more connections than allowed, and every call is answered")
    func connectionLimit() async throws {
        let server = try RawServer.answering(answer())
        let client = client { $0.maximumConnectionsPerHost = 2 }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { try await client.send(HTTPCall("GET", server.url)).status } }
            for try await status in group { #expect(status == 200) }
        }
        #expect(server.mostOpen <= 2)
    }

    @Test("a port that nobody listens on cannot be connected to")
    func refused() async throws {
        let port = try unusedPort()
        await #expect(throws: TransportError.couldNotConnect) {
            try await client().send(HTTPCall("GET", "http://127.0.0.1:\(port)/"))
        }
    }

    @Test("a name that does not exist is told as that")
    func unresolvable() async throws {
        await #expect(throws: TransportError.nameUnknown) {
            try await client().send(HTTPCall("GET", "https://no-such-host.invalid/", deadline: .seconds(30)))
        }
    }

    @Test("a handshake that stalls ends with the time to connect, and nothing was sent")
    func connectTimeout() async throws {
        let server = try RawServer { $0.waitForClose() }
        let started = ContinuousClock.now
        await #expect(throws: TransportError.couldNotConnect) {
            try await client { $0.connectTimeout = .milliseconds(200) }
                .send(HTTPCall("GET", "https://127.0.0.1:\(server.port)/", deadline: .seconds(30)))
        }
        #expect(ContinuousClock.now - started < .seconds(10))
    }

    @Test("a deadline ends a call in every phase", arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
    func deadline(sent: String) async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write(sent)
            connection.waitForClose()
        }
        let started = ContinuousClock.now
        await #expect(throws: TransportError.timedOut) {
            try await client().send(HTTPCall("GET", server.url, deadline: .milliseconds(200)))
        }
        #expect((.milliseconds(150)..<(.seconds(10))).contains(ContinuousClock.now - started))
    }

    @Test("a server that drips cannot stretch a deadline")
    func drip() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            for _ in 0..<1000 {
                connection.write("x")
                usleep(10_000)
            }
        }
        await #expect(throws: TransportError.timedOut) {
            try await client().send(HTTPCall("GET", server.url, deadline: .milliseconds(300)))
        }
    }

    @Test("a call that waits for a connection keeps to its deadline, too")
    func deadlineInQueue() async throws {
        let server = try RawServer.stalling()
        let client = client { $0.maximumConnectionsPerHost = 1 }
        let first = Task { try await client.send(HTTPCall("GET", server.url, deadline: .seconds(60))) }
        var requests = server.requests.makeAsyncIterator()
        _ = await requests.next()
        let started = ContinuousClock.now
        await #expect(throws: TransportError.timedOut) {
            try await client.send(HTTPCall("GET", server.url, deadline: .milliseconds(200)))
        }
        #expect(ContinuousClock.now - started < .seconds(10))
        first.cancel()
        #expect(server.accepted == 1)
    }

    @Test("a deadline that has passed sends nothing", arguments: [Duration.zero, .seconds(-1)])
    func pastDeadline(deadline: Duration) async throws {
        let server = try RawServer.answering(answer())
        await #expect(throws: TransportError.timedOut) {
            try await client().send(HTTPCall("GET", server.url, deadline: deadline))
        }
        #expect(server.accepted == 0)
    }

    @Test("more calls than allowed are refused at once, and their number falls again")
    func overloaded() async throws {
        let server = try RawServer.stalling()
        let client = client { $0.maximumCalls = 2 }
        let waiting = (0..<2).map { _ in Task { try await client.send(HTTPCall("GET", server.url)) } }
        var requests = server.requests.makeAsyncIterator()
        for _ in 0..<2 { _ = await requests.next() }
        await #expect(throws: TransportError.overloaded) { try await client.send(HTTPCall("GET", server.url)) }
        for task in waiting { task.cancel() }
        for task in waiting { await #expect(throws: TransportError.cancelled) { try await task.value } }
        var ends = server.ends.makeAsyncIterator()
        for _ in 0..<2 { _ = await ends.next() }
        let other = try RawServer.answering(answer())
        #expect(try await client.send(HTTPCall("GET", other.url)).status == 200)
    }
}

/// A port that was free a moment ago.
func unusedPort() throws -> Int {
    let server = try RawServer { _ in }
    return server.port
}
