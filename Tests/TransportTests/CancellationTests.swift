import Broker
import NIOConcurrencyHelpers
import Support
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct CancellationTests {
    let client = HTTPClient(testing: TransportSettings())

    @Test("a cancelled call ends at once, closes its connection and harms nobody else")
    func cancelled() async throws {
        let release = NIOLockedValueBox(false)
        let server = try RawServer.stalling()
        let other = try RawServer { connection in
            _ = connection.readRequest()
            blockThread { release.withLockedValue { $0 } }
            connection.write(answer("200 OK", [], "whole"))
        }
        let neighbour = Task { try await client.send(HTTPCall("GET", other.url, deadline: .seconds(60))) }
        let call = Task { try await client.send(HTTPCall("GET", server.url, deadline: .seconds(60))) }
        var requests = server.requests.makeAsyncIterator()
        _ = await requests.next()
        let started = ContinuousClock.now
        call.cancel()
        await #expect(throws: TransportError.cancelled) { try await call.value }
        #expect(ContinuousClock.now - started < .seconds(5))
        var ends = server.ends.makeAsyncIterator()
        _ = await ends.next()
        release.withLockedValue { $0 = true }
        #expect(try await neighbour.value.body.shown == "whole")
    }

    @Test("a task that is cancelled already sends nothing")
    func before() async throws {
        let server = try RawServer.answering(answer())
        let call = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await client.send(HTTPCall("GET", server.url))
        }
        await #expect(throws: TransportError.cancelled) { try await call.value }
        #expect(try await client.send(HTTPCall("GET", server.url)).status == 200)
        #expect(server.accepted == 1)
    }

    @Test("500 calls that are cancelled as they begin all end, and the client still works")
    func rapid() async throws {
        let server = try RawServer.answering(answer())
        var random = SeededRandom(seed: 500)
        let calls = (0..<500).map { _ in
            let call = Task { try await client.send(HTTPCall("GET", server.url, deadline: .seconds(30))).status }
            if Bool.random(using: &random) { Task { call.cancel() } } else { call.cancel() }
            return call
        }
        for call in calls {
            switch await call.result {
            case .success(let status): #expect(status == 200)
            case .failure(let error): #expect(error as? TransportError == .cancelled)
            }
        }
        #expect(try await client.send(HTTPCall("GET", server.url)).status == 200)
        client.shutDown()
    }

    @Test("shutting down ends every call, those under way, those that wait and those to come")
    func shutDown() async throws {
        var settings = TransportSettings()
        settings.maximumConnectionsPerHost = 2
        let client = try HTTPClient(settings)
        let server = try RawServer.stalling()
        let calls = (0..<10).map { _ in Task { try await client.send(HTTPCall("GET", server.url)) } }
        var requests = server.requests.makeAsyncIterator()
        for _ in 0..<2 { _ = await requests.next() }
        client.shutDown()
        for call in calls { await #expect(throws: TransportError.shutDown) { try await call.value } }
        await #expect(throws: TransportError.shutDown) { try await client.send(HTTPCall("GET", server.url)) }
        client.shutDown()
        var ends = server.ends.makeAsyncIterator()
        for _ in 0..<2 { _ = await ends.next() }
    }

    @Test("shutting down amid calls and cancellations leaves nobody waiting")
    func shutDownRace() async throws {
        let server = try RawServer.answering(answer())
        for _ in 0..<20 {
            let client = try HTTPClient(TransportSettings())
            let calls = (0..<20).map { _ in Task { try await client.send(HTTPCall("GET", server.url)).status } }
            let cancelling = Task { for call in calls.prefix(10) { call.cancel() } }
            let closing = Task { client.shutDown() }
            await cancelling.value
            await closing.value
            for call in calls {
                switch await call.result {
                case .success(let status): #expect(status == 200)
                case .failure(let error): #expect([.cancelled, .shutDown].contains(error as? TransportError))
                }
            }
        }
    }

    @Test("a client that nobody holds any more closes its connections")
    func dropped() async throws {
        let server = try RawServer.answering(answer())
        _ = try await HTTPClient(TransportSettings()).send(HTTPCall("GET", server.url))
        var ends = server.ends.makeAsyncIterator()
        _ = await ends.next()
    }
}
