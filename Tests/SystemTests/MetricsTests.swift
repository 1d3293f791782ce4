import Broker
import Simulator
import Support
import Testing
import Transport

@Suite("The metrics, on the built program", .timeLimit(.minutes(2)))
struct MetricsTests {
    private func samples(_ text: String) -> [String: Double] {
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(separator: " ") }
        return Dictionary(lines.map { (String($0[0]), Double($0[1]) ?? .nan) }, uniquingKeysWith: { _, last in last })
    }

    @Test("count uses, writes, calls, hits and refusals, and name neither a team nor a secret")
    func counts() async throws {
        let place = try await Installation(query: "&recovery_days=7")
        let broker = try await place.serve()
        let (admin, resolver) = (place.asAdmin(broker), place.asResolver(broker))
        #expect(try await admin.add("GITHUB_TOKEN", "v").status == 201)
        #expect(try await admin.add("GITHUB_TOKEN", "v").status == 409)
        for _ in 1...3 { #expect(try await resolver.resolve("GITHUB_TOKEN").status == 200) }
        #expect(try await resolver.resolve("MISSING").status == 422)
        #expect(
            try await APIClient(place.http, url: broker.url, token: "sbt_x").call("GET", "/v1/status").status == 401)

        let answer = try await APIClient(place.http, url: broker.url, token: nil).call("GET", "/metrics")
        #expect(answer.status == 200)
        #expect(answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
        let found = samples(answer.body)
        #expect(found[#"secret_broker_resolve_seconds_count{outcome="ok"}"#] == 3)
        #expect(found[#"secret_broker_resolve_seconds_bucket{outcome="ok",le="+Inf"}"#] == 3)
        #expect(found[#"secret_broker_resolve_seconds_count{outcome="unknown_variable"}"#] == 1)
        #expect(found[#"secret_broker_write_seconds_count{outcome="ok"}"#] == 1)
        #expect(found[#"secret_broker_write_seconds_count{outcome="secret_exists"}"#] == 1)
        let call = "secret_broker_provider_call_seconds_count"
        #expect(found[call + #"{store="default",operation="create",outcome="ok"}"#] == 1)
        #expect(found["secret_broker_cache_hits_total"] == 3)
        #expect(found["secret_broker_cache_misses_total"] == 0)
        #expect(found["secret_broker_refused_sign_ins_total"] == 1)
        #expect(found[#"secret_broker_store_warning{store="default",code="recovery_window_keeps_value"}"#] == 1)
        #expect(found[#"secret_broker_journal_rows{state="writing"}"#] == 0)
        #expect((found["secret_broker_audit_append_seconds_count"] ?? 0) > 0)
        #expect(!answer.body.contains("research") && !answer.body.contains("GITHUB_TOKEN"))
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("are not for whoever comes through a proxy without a token that allows it")
    func forwarded() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        let headers = [
            HTTPHeader("X-Forwarded-For", "203.0.113.9"), HTTPHeader("X-Real-IP", "203.0.113.9"),
            HTTPHeader("Via", "1.1 proxy"), HTTPHeader("Host", "rebound.example"),
        ]
        for header in headers {
            for (token, status) in [(nil, 401), (place.resolver, 403), (place.admin, 200)] {
                let client = APIClient(place.http, url: broker.url, token: token)
                #expect(try await client.call("GET", "/metrics", headers: [header]).status == status)
            }
        }
        #expect(await broker.end() == 0)
        await place.end()
    }
}
