import Broker
import NIOConcurrencyHelpers
import Simulator
import Support
import Testing
import WireJSON

/// What the official clients cannot see, since it takes a clock or a fault that only a test has.
@Suite("The simulated project", .timeLimit(.minutes(1)))
struct GoogleProjectTests {
    /// A simulator with a clock that only the test moves, and a token for it.
    private final class Project: Sendable {
        let simulator: GoogleSimulator
        private let time: NIOLockedValueBox<Timestamp>

        static func with(
            _ change: (inout SimulatedGoogleSettings) -> Void = { _ in }, _ body: (Project) async throws -> Void
        ) async throws {
            let time = NIOLockedValueBox(World.start)
            var settings = SimulatedGoogleSettings(clock: { time.withLockedValue { $0 } })
            settings.accounts = [GoogleAccount()]
            change(&settings)
            let simulator = try await GoogleSimulator.start(settings)
            do {
                try await body(Project(simulator, time))
            } catch {
                await simulator.stop()
                throw error
            }
            await simulator.stop()
        }

        private init(_ simulator: GoogleSimulator, _ time: NIOLockedValueBox<Timestamp>) {
            self.simulator = simulator
            self.time = time
        }

        func pass(_ duration: Duration) { time.withLockedValue { $0 = $0.adding(duration) } }

        /// Of the metadata server.
        func token() async throws -> String {
            let path = "/computeMetadata/v1/instance/service-accounts/default/token"
            return try await send("GET", path, "Metadata-Flavor: Google\r\n").member("access_token") ?? ""
        }

        func call(
            _ method: String, _ path: String, _ body: String = "", token: String
        ) async throws -> RawExchange {
            try await send(
                method, "/v1/projects/acme-project/secrets\(path)", "Authorization: Bearer \(token)\r\n", body)
        }

        func create(_ id: String, token: String) async throws {
            _ = try await call("POST", "?secretId=\(id)", #"{"replication": {"automatic": {}}}"#, token: token)
        }

        func add(to id: String, token: String) async throws -> RawExchange {
            try await call("POST", "/\(id):addVersion", #"{"payload": {"data": "dmFsdWU="}}"#, token: token)
        }

        private func send(
            _ method: String, _ target: String, _ headers: String, _ body: String = ""
        ) async throws -> RawExchange {
            let port = Int(simulator.endpoint.split(separator: ":").last ?? "") ?? 0
            return try await RawExchange.send(
                Array(
                    ("\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\(headers)"
                        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8), port: port)
        }
    }

    @Test("a token is believed until it expires, and not when it was revoked")
    func expiry() async throws {
        try await Project.with({ $0.tokenLifetime = .seconds(60) }) { project in
            let token = try await project.token()
            #expect(try await project.call("GET", "", token: token).status == 200)
            project.pass(.seconds(59))
            #expect(try await project.call("GET", "", token: token).status == 200)
            project.pass(.seconds(1))
            let expired = try await project.call("GET", "", token: token)
            #expect(expired.status == 401)
            #expect(expired.body.contains("ACCESS_TOKEN_EXPIRED"))
            let another = try await project.token()
            await project.simulator.revokeIssuedTokens()
            #expect(try await project.call("GET", "", token: another).status == 401)
        }
    }

    @Test("a new secret is missed by all but a version's access by number, as often as consistency says")
    func consistencyByReads() async throws {
        try await Project.with { project in
            let token = try await project.token()
            await project.simulator.setConsistency(.afterReads(1))
            try await project.create("a", token: token)
            #expect(try await project.add(to: "a", token: token).status == 404)
            #expect(try await project.add(to: "a", token: token).status == 200)
        }
    }

    @Test("latest converges later than a number does, and the name is taken meanwhile")
    func consistencyByTime() async throws {
        try await Project.with { project in
            let token = try await project.token()
            await project.simulator.setConsistency(.after(.seconds(3)))
            try await project.create("a", token: token)
            await project.simulator.store(Secret(text: "value"), as: "a")
            #expect(try await project.call("GET", "/a/versions/1:access", token: token).status == 200)
            #expect(try await project.call("GET", "/a/versions/latest:access", token: token).status == 404)
            let again = try await project.call(
                "POST", "?secretId=a", #"{"replication": {"automatic": {}}}"#, token: token)
            #expect(again.status == 409)
            project.pass(.seconds(3))
            #expect(try await project.call("GET", "/a/versions/latest:access", token: token).status == 200)
        }
    }

    @Test("a caller may do what its permissions say, and is not told what is there")
    func permissions() async throws {
        let limited = GoogleAccount(allowedPermissions: ["secretmanager.secrets.create"])
        try await Project.with({ $0.accounts = [limited] }) { project in
            let token = try await project.token()
            try await project.create("a", token: token)
            for path in ["/a", "/b"] {
                let read = try await project.call("GET", "\(path)/versions/1:access", token: token)
                #expect(read.status == 403)
                #expect(read.body.contains("secretmanager.versions.access"))
            }
            #expect(await project.simulator.objectNames() == ["a"])
        }
    }

    @Test("what is done behind the broker's back shows, and a destroyed value is held no more")
    func console() async throws {
        try await Project.with { project in
            let token = try await project.token()
            #expect(await project.simulator.store(Secret(text: "one"), as: "a") == "1")
            #expect(await project.simulator.store(Secret(text: "two"), as: "a") == "2")
            #expect(await project.simulator.holds(Secret(text: "one")))
            await project.simulator.destroy("a", version: "1")
            #expect(await project.simulator.holds(Secret(text: "one")) == false)
            #expect(try await project.call("GET", "/a/versions/1:access", token: token).status == 400)
            await project.simulator.remove("a")
            #expect(await project.simulator.objectNames().isEmpty)
            #expect(await project.simulator.holds(Secret(text: "two")) == false)
        }
    }

    #if FaultInjection
    @Test("faults are worded as Google words them, and a replaced answer has another number and value")
    func faults() async throws {
        try await Project.with { project in
            let token = try await project.token()
            await project.simulator.store(Secret(text: "value"), as: "a")
            let faults = project.simulator.faults
            func access(_ effect: Fault.Effect) async throws -> RawExchange {
                await faults.order(Fault(operation: "AccessSecretVersion", effect: effect))
                return try await project.call("GET", "/a/versions/1:access", token: token)
            }
            let throttled = try await access(.throttle(retryAfter: 3))
            #expect(throttled.status == 429)
            #expect(throttled.body.contains("RESOURCE_EXHAUSTED"))
            #expect(throttled.header("Retry-After") == "3")
            #expect(try await access(.expiredCredentials).status == 401)
            #expect(try await access(.accessDenied).body.contains("PERMISSION_DENIED"))
            let replaced = try await access(.valueReplaced)
            #expect(replaced.member("name") == "projects/123456789012/secrets/a/versions/2")
            #expect(!replaced.body.contains("dmFsdWU="))
        }
    }
    #endif
}
