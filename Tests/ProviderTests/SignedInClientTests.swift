import Broker
import NIOConcurrencyHelpers
import Simulator
import Support
import Testing
import Transport

@testable import Providers

@Suite("A call that needs a sign-in", .timeLimit(.minutes(1)))
struct SignedInClientTests {
    @Test(
        "ends with what the sign-in failed with, unless that would say something of a secret",
        arguments: ProviderError.Kind.allCases)
    func signInFails(_ kind: ProviderError.Kind) async throws {
        let failure = ProviderError(kind, during: "Token", vendorCode: "Odd", requestID: "r-1")
        let http = try HTTPClient(.fromEnvironment([:]))
        defer { http.shutDown() }
        let signIns = TokenCache<Secret>(refreshAhead: .zero, clock: { Timestamp(milliseconds: 0) }) {
            () async throws(ProviderError) in throw failure
        }
        let client = SignedInClient(http: http, signIns: signIns, deadline: .seconds(1))
        let ended = await #expect(throws: ProviderError.self) {
            try await client.call("GetSecret") { _ in
                HTTPCall("GET", "https://127.0.0.1:1/")
            } refusal: { _ in
                nil
            }
        }
        let saysNothing: Set<ProviderError.Kind> = [
            .denied, .unauthenticated, .throttled, .unavailable, .limitExceeded, .overloaded, .rejected, .notConfigured,
        ]
        #expect(
            ended
                == ProviderError(
                    saysNothing.contains(kind) ? kind : .unavailable, during: "Token", vendorCode: "Odd",
                    requestID: "r-1"))
    }

    /// Its answers mean what a test says. It speaks plain HTTP.
    private func withServer(_ body: (AWSSimulator, HTTPClient) async throws -> Void) async throws {
        let server = try await AWSSimulator.start(SimulatedAWSSettings())
        let http = HTTPClient(testing: .fromEnvironment([:]))
        do {
            try await body(server, http)
        } catch {
            await server.stop()
            http.shutDown()
            throw error
        }
        await server.stop()
        http.shutDown()
    }

    @Test("waits for it no longer than its own limit, and others get it all the same")
    func limit() async throws {
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        let http = HTTPClient(testing: .fromEnvironment([:]))
        defer { http.shutDown() }
        let signIns = TokenCache<Int>(refreshAhead: .zero, clock: { Timestamp(milliseconds: 0) }) {
            () async throws(ProviderError) in
            for await _ in released {}
            return (1, nil)
        }
        let client = SignedInClient(http: http, signIns: signIns, deadline: .milliseconds(50))
        await #expect(throws: ProviderError(.unavailable, during: "sign-in", phase: .timeout)) {
            try await client.call("GetSecret") { _ in
                HTTPCall("GET", "https://127.0.0.1:1/")
            } refusal: { _ in
                nil
            }
        }
        release.finish()
        #expect(try await signIns.value() == 1)
    }

    @Test(
        "ends with the failure of an attempt that may have had an effect, where the next one could not be sent",
        arguments: [true, false])
    func notSent(isSignInMissing: Bool) async throws {
        try await withServer { server, http in
            let fetches = NIOLockedValueBox(0)
            // They expire at once, so that each attempt has its own.
            let signIns = TokenCache<Int>(refreshAhead: .zero, clock: { Timestamp(milliseconds: 0) }) {
                () async throws(ProviderError) in
                let number = fetches.next()
                if isSignInMissing, number == 2 { throw ProviderError(.unauthenticated, during: "Token") }
                return (number, Timestamp(milliseconds: 0))
            }
            let client = SignedInClient(http: http, signIns: signIns, deadline: .seconds(10))
            let doubtful = ProviderError(.unavailable, during: "SetSecret")
            await #expect(throws: doubtful) {
                try await client.call("SetSecret") { number throws(ProviderError) in
                    if number == 2 { throw ProviderError(.rejected, during: "SetSecret") }
                    return HTTPCall("GET", server.endpoint + "/")
                } refusal: { _ in
                    SignedInClient<Int>.Refusal(error: doubtful)
                }
            }
            #expect(fetches.withLockedValue { $0 } == 2)
        }
    }

    @Test("ends with what its last sign-in failed with, where it can wait for the next one no longer")
    func lastSignIn() async throws {
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        let http = HTTPClient(testing: .fromEnvironment([:]))
        defer { http.shutDown() }
        let fetches = NIOLockedValueBox(0)
        let failure = ProviderError(.unavailable, during: "Token", phase: .connection)
        let signIns = TokenCache<Int>(refreshAhead: .zero, clock: { Timestamp(milliseconds: 0) }) {
            () async throws(ProviderError) in
            if fetches.next() == 1 { throw failure }
            for await _ in released {}
            return (1, nil)
        }
        let client = SignedInClient(http: http, signIns: signIns, deadline: .seconds(1))
        await #expect(throws: failure) {
            try await client.call("GetSecret") { _ in
                HTTPCall("GET", "https://127.0.0.1:1/")
            } refusal: { _ in
                nil
            }
        }
        release.finish()
        #expect(fetches.withLockedValue { $0 } == 2)
    }

    @Test("ends with a denial of its sign-in, whatever came before, so that nothing is served any more")
    func signInDenied() async throws {
        try await withServer { server, http in
            let fetches = NIOLockedValueBox(0)
            let denial = ProviderError(.denied, during: "Token")
            let signIns = TokenCache<Int>(refreshAhead: .zero, clock: { Timestamp(milliseconds: 0) }) {
                () async throws(ProviderError) in
                let number = fetches.next()
                if number == 2 { throw denial }
                return (number, Timestamp(milliseconds: 0))
            }
            let client = SignedInClient(http: http, signIns: signIns, deadline: .seconds(10))
            await #expect(throws: denial) {
                try await client.call("GetSecret") { _ in
                    HTTPCall("GET", server.endpoint + "/")
                } refusal: { _ in
                    SignedInClient<Int>.Refusal(error: ProviderError(.unavailable, during: "GetSecret"))
                }
            }
        }
    }

    @Test("asks for another at once when it is refused, and for none for a while where that one is refused, too")
    func refused() async throws {
        try await withServer { server, http in
            let clock = ManualClock()
            let (fetches, sent) = (NIOLockedValueBox(0), NIOLockedValueBox(0))
            let signIns = TokenCache<Int>(refreshAhead: .zero, clock: { clock.timestamp }) {
                () async throws(ProviderError) in (fetches.next(), nil)
            }
            let client = SignedInClient(http: http, signIns: signIns, deadline: .seconds(10))
            let failure = ProviderError(.unauthenticated, during: "GetSecret")
            /// - Parameter taken: the sign-ins that the server takes.
            func call(taken: Set<Int>) async throws(ProviderError) {
                var used = 0
                _ = try await client.call("GetSecret") { number in
                    used = number
                    _ = sent.next()
                    return HTTPCall("GET", server.endpoint + "/")
                } refusal: { _ in
                    taken.contains(used) ? nil : SignedInClient<Int>.Refusal(error: failure, isOfSignIn: true)
                }
            }
            func expect(fetches expected: Int, sent attempts: Int) {
                #expect(fetches.withLockedValue { $0 } == expected)
                #expect(sent.withLockedValue { $0 } == attempts)
            }
            await #expect(throws: failure) { try await call(taken: []) }
            expect(fetches: 2, sent: 2)
            await #expect(throws: failure) { try await call(taken: []) }
            expect(fetches: 2, sent: 3)
            clock.advance(by: .seconds(30))
            try await call(taken: [3])
            expect(fetches: 3, sent: 5)
            try await call(taken: [4])
            expect(fetches: 4, sent: 7)
        }
    }

    @Test("is repeated where there is no TLS, since nothing was sent")
    func noTLS() async throws {
        try await withServer { server, http in
            let signIns = TokenCache<Int>(refreshAhead: .zero, clock: { Timestamp(milliseconds: 0) }) {
                () async throws(ProviderError) in (1, nil)
            }
            let client = SignedInClient(http: http, signIns: signIns, deadline: .seconds(10))
            let attempts = NIOLockedValueBox(0)
            await #expect(throws: ProviderError(.unavailable, during: "GetSecret", phase: .tls)) {
                try await client.call("GetSecret") { _ in
                    _ = attempts.next()
                    return HTTPCall("GET", server.endpoint.replacing("http:", with: "https:"))
                } refusal: { _ in
                    nil
                }
            }
            #expect(attempts.withLockedValue { $0 } == 4)
        }
    }
}

extension NIOLockedValueBox<Int> {
    /// Counts one more.
    fileprivate func next() -> Int {
        withLockedValue { count in
            count += 1
            return count
        }
    }
}
