import Broker
import Foundation
import NIOConcurrencyHelpers
import Simulator
import Support
import Testing
import Transport

/// A cluster with a clock that only the test moves.
private struct Cluster {
    static let start = Timestamp(milliseconds: 1_795_000_000_000)

    let simulator: KubernetesSimulator
    let http: HTTPClient
    let time: NIOLockedValueBox<Timestamp>

    static func with(
        _ change: (inout SimulatedKubernetesSettings) -> Void = { _ in }, _ body: (Cluster) async throws -> Void
    ) async throws {
        let time = NIOLockedValueBox(start)
        var settings = SimulatedKubernetesSettings(clock: { time.withLockedValue { $0 } })
        change(&settings)
        let simulator = try await KubernetesSimulator.start(settings)
        do {
            try await body(Cluster(simulator: simulator, http: client(of: simulator), time: time))
        } catch {
            await simulator.stop()
            throw error
        }
        await simulator.stop()
    }

    /// With no connection kept.
    var anew: Cluster { Cluster(simulator: simulator, http: Self.client(of: simulator), time: time) }

    private static func client(of simulator: KubernetesSimulator) -> HTTPClient {
        var transport = TransportSettings()
        transport.serverCA = .file("\(simulator.podFolder)/ca.crt")
        return HTTPClient(testing: transport)
    }

    /// Of the account's file.
    var token: String {
        (try? String(contentsOfFile: "\(simulator.podFolder)/token", encoding: .utf8)) ?? ""
    }

    /// - Parameter token: nil: none.
    func call(
        _ method: String, _ path: String, _ body: String? = nil, token: String?
    ) async throws -> (status: Int, reason: String?, body: String) {
        let headers = token.map { [HTTPHeader("Authorization", "Bearer \($0)")] } ?? []
        let answer = try await http.send(
            HTTPCall(
                method, simulator.endpoint + path, headers: headers, body: body.map { Secret(text: $0) },
                maximumAnswerSize: 4 << 20))
        let text = answer.body.shown
        return (answer.status, text.firstMatch(of: /"reason":"([^"]+)"/).map { String($0.1) }, text)
    }

    static let secrets = "/api/v1/namespaces/wandb/secrets"

    static func secret(_ name: String, _ more: String = "") -> String {
        #"{"kind":"Secret","apiVersion":"v1","metadata":{"name":"\#(name)"},"data":{"value":"dmFsdWU="}\#(more)}"#
    }
}

@Suite("A simulated API server", .timeLimit(.minutes(1)))
struct KubernetesTests {
    @Test("knows a token until it expires, refuses a false one, and lets nobody in who brings none")
    func tokens() async throws {
        try await Cluster.with {
            $0.tokenLifetime = .seconds(600)
        } _: { cluster async throws in
            let (first, path) = (cluster.token, Cluster.secrets)
            #expect(try await cluster.call("POST", path, Cluster.secret("a"), token: first).status == 201)
            #expect(try await cluster.call("GET", "\(path)/a", token: nil).status == 403)
            for token in ["x", "", first + "x"] {
                let refused = try await cluster.call("GET", "\(path)/a", token: token)
                #expect(refused.status == 401 && refused.reason == "Unauthorized")
            }
            cluster.time.withLockedValue { $0 = $0.adding(.seconds(599)) }
            try await cluster.simulator.rotateToken()
            #expect(cluster.token != first)
            #expect(try await cluster.call("GET", "\(path)/a", token: first).status == 200)
            cluster.time.withLockedValue { $0 = $0.adding(.seconds(1)) }
            #expect(try await cluster.call("GET", "\(path)/a", token: first).status == 401)
            #expect(try await cluster.call("GET", "\(path)/a", token: cluster.token).status == 200)
        }
    }

    @Test("grants verbs in a namespace, and says in a refusal who asked for what")
    func accessControl() async throws {
        try await Cluster.with { cluster async throws in
            let account = "system:serviceaccount:wandb:secret-broker"
            for (method, path, verb) in [
                ("GET", Cluster.secrets, "list"), ("PUT", "\(Cluster.secrets)/a", "update"),
                ("GET", "/api/v1/namespaces/default/secrets/a", "get"), ("GET", "/api/v1/secrets", "list"),
            ] {
                let refused = try await cluster.call(method, path, Cluster.secret("a"), token: cluster.token)
                #expect(refused.status == 403 && refused.reason == "Forbidden")
                #expect(refused.body.contains(#"User \"\#(account)\" cannot \#(verb) resource \"secrets\""#))
            }
        }
    }

    @Test("has no other paths, patches and watches")
    func unknown() async throws {
        try await Cluster.with { cluster async throws in
            for path in ["/", "/api/v1/pods", "/api/v1/namespaces/wandb/secrets/a/b", "/openapi/v3"] {
                let answer = try await cluster.call("GET", path, token: cluster.token)
                #expect(answer.status == 404 && answer.reason == "NotFound")
            }
            for (method, path) in [
                ("PATCH", "\(Cluster.secrets)/a"), ("DELETE", Cluster.secrets),
                ("GET", "\(Cluster.secrets)?watch=true"),
                ("POST", "/version"),
            ] {
                let answer = try await cluster.call(method, path, "{}", token: cluster.token)
                #expect(answer.status == 405 && answer.reason == "MethodNotAllowed")
            }
        }
    }

    @Test(
        "refuses an object that Kubernetes refuses, by its reason",
        arguments: [
            ("{", 400, "BadRequest"), (#"{"kind":"Pod","metadata":{"name":"a"}}"#, 400, "BadRequest"),
            (Cluster.secret("A"), 422, "Invalid"), (Cluster.secret("a_b"), 422, "Invalid"),
            (#"{"kind":"Secret"}"#, 422, "Invalid"),
            (#"{"metadata":{"name":"a"},"data":{"v":"%"}}"#, 400, "BadRequest"),
            (#"{"metadata":{"name":"a"},"data":{"v v":"dg=="}}"#, 422, "Invalid"),
            (#"{"metadata":{"name":"a","namespace":"other"}}"#, 400, "BadRequest"),
        ])
    func invalid(_ body: String, status: Int, reason: String) async throws {
        try await Cluster.with { cluster async throws in
            let answer = try await cluster.call("POST", Cluster.secrets, body, token: cluster.token)
            #expect(answer.status == status && answer.reason == reason, "\(answer.body)")
            #expect(await cluster.simulator.objects().isEmpty)
        }
    }

    @Test("holds at most one mebibyte in an object")
    func size() async throws {
        try await Cluster.with { cluster async throws in
            func create(_ name: String, _ count: Int) async throws -> Int {
                let value = Data(repeating: 0x61, count: count).base64EncodedString()
                let body = #"{"metadata":{"name":"\#(name)"},"data":{"value":"\#(value)"}}"#
                return try await cluster.call("POST", Cluster.secrets, body, token: cluster.token).status
            }
            #expect(try await create("a", 1 << 20) == 201)
            #expect(try await create("b", 1 << 20 + 1) == 422)
        }
    }

    #if FaultInjection
    @Test("words what was ordered as Kubernetes does")
    func faults() async throws {
        try await Cluster.with { cluster async throws in
            let (path, token) = ("\(Cluster.secrets)/a", cluster.token)
            let created = try await cluster.call("POST", Cluster.secrets, Cluster.secret("a"), token: token)
            for (effect, status, reason) in [
                (Fault.Effect.throttle(retryAfter: 2), 429, "TooManyRequests"),
                (.expiredCredentials, 401, "Unauthorized"),
                (.accessDenied, 403, "Forbidden"),
            ] {
                await cluster.simulator.faults.order(.init(operation: "GetSecret", effect: effect))
                let answer = try await cluster.call("GET", path, token: token)
                #expect(answer.status == status && answer.reason == reason)
            }
            await cluster.simulator.faults.order(.init(operation: "GetSecret", effect: .valueReplaced))
            let replaced = try await cluster.call("GET", path, token: token).body
            #expect(replaced.contains(#""name":"a""#))
            for field in ["uid", "value"] {
                let old = try #require(created.body.firstMatch(of: try Regex("\"\(field)\":\"[^\"]+\"")))
                #expect(!replaced.contains(created.body[old.range]))
            }
            for effect in [Fault.Effect.resetBeforeEffect, .resetAfterEffect] {
                await cluster.simulator.faults.order(.init(operation: "GetSecret", effect: effect))
                let start = ContinuousClock.now
                // On a connection that it had kept, libcurl would try again.
                await #expect(throws: TransportError.connectionLost) {
                    try await cluster.anew.call("GET", path, token: token)
                }
                // Not the goodbye of TLS, which waits for an answer.
                #expect(ContinuousClock.now - start < .seconds(2))
            }
        }
    }
    #endif
}
