import Broker
import Support
import Testing
import Transport

@testable import API

@Suite("A request that fails")
struct RequestLogTests {
    private static let resolve = "/v1/teams/research/resolve"

    private static func bearer(_ token: String) -> [HTTPHeader] { [HTTPHeader("Authorization", "Bearer \(token)")] }

    @Test("has a line in the log with its team, its token, the store, and what the store said")
    func providerError() async throws {
        try await PagesWorld.run { world in
            let admin = try await world.token(.admin).text
            _ = try await world.send(
                "POST", "/v1/teams/research/secrets", Self.bearer(admin), body: #"{"name":"KEY","value":"v"}"#)
            world.clock.advance(by: .seconds(86_400))
            let robot = try await world.token(.resolver, name: "deploy-bot")
            await world.provider.failAlways(.create, .denied)
            let answer = try await world.send(
                "PUT", "/v1/teams/research/secrets/KEY", Self.bearer(admin), body: #"{"value":"w"}"#)
            #expect(answer.status == 502)
            let line = try #require(world.logged.all.last { $0.contains("a request failed") })
            for fact in [
                "warning ", "actor=alice", "token=tok_", "team=research", "store=default", "store_call=create",
                "code=provider_denied", "request_id=\(try #require(answer.header("X-Request-Id")))",
            ] {
                #expect(line.contains(fact), "\(fact)")
            }
            let refused = try await world.send(
                "POST", Self.resolve, Self.bearer(robot.text), body: #"{"template":"${NONE} ${NOR_THIS}"}"#)
            #expect(refused.status == 422)
            let use = try #require(world.logged.all.last { $0.contains("a use was refused") })
            for fact in [
                "info ", "actor=deploy-bot", "token=\(robot.id)", "team=research", "code=unknown_variable",
                "unknown_names=2",
            ] {
                #expect(use.contains(fact), "\(fact)")
            }
            #expect(!world.logged.all.contains { $0.contains("NOR_THIS") })
        }
    }

    @Test("for want of a value that fits into a header names the secret, to its caller and in the log")
    func headerInjection() async throws {
        try await PagesWorld.run { world in
            let admin = try await world.token(.admin).text
            _ = try await world.send(
                "POST", "/v1/teams/research/secrets", Self.bearer(admin), body: #"{"name":"KEY","value":"canary\n"}"#)
            let robot = try await world.token(.resolver, name: "deploy-bot")
            func refused(_ header: String) async throws -> (told: String, logged: String) {
                let body = #"{"template":"x","headers":{"A":"\#(header)"},"variables":{"event_type":"a\nb"}}"#
                let answer = try await world.send("POST", Self.resolve, Self.bearer(robot.text), body: body)
                #expect(answer.status == 422 && answer.code == "header_injection")
                return (answer.body, try #require(world.logged.all.last { $0.contains("a use was refused") }))
            }
            let secret = try await refused("${KEY}")
            #expect(secret.told.contains("KEY would put a line break or NUL into a header: rotate it"))
            for fact in [
                "info ", "actor=deploy-bot", "token=\(robot.id)", "team=research", "code=header_injection",
                "secrets=KEY",
            ] {
                #expect(secret.logged.contains(fact), "\(fact)")
            }
            let variable = try await refused("${event_type}")
            #expect(variable.told.contains("a header's value would hold a line break or NUL"))
            #expect(!variable.logged.contains("secrets="))
            #expect(!(world.logged.all + [secret.told, variable.told]).contains { $0.contains("canary") })
        }
    }

    @Test("is logged and measured alike when it is a page's")
    func page() async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.admin)
            _ = try await person.post("/teams/research/secrets/new", "name=KEY&value=v")
            await world.provider.failAlways(.create, .unavailable)
            _ = try await person.post("/teams/research/secrets/new", "name=OTHER&value=v")
            let line = try #require(world.logged.all.last { $0.contains("a request failed") })
            for fact in ["actor=alice", "team=research", "store=default", "route=/teams/{team}/secrets/new"] {
                #expect(line.contains(fact), "\(fact)")
            }
            let metrics = try await world.send("GET", "/metrics", []).body
            for outcome in ["ok", "provider_unavailable"] {
                #expect(metrics.contains("secret_broker_write_seconds_count{outcome=\"\(outcome)\"} 1"))
            }
        }
    }
}
