import Broker
import Cryptography
import Foundation
import Simulator
import Support
import Testing
import Transport

/// `terraform/monitoring`: what an operator looks at, and is woken by.
@Suite("The dashboard and the alerts", .timeLimit(.minutes(8)))
struct MonitoringTests {
    private struct Printed: Encodable {
        let metrics: String
        let values: [String: [String: [String]]]
    }

    private struct Dashboard: Decodable {
        struct Panel: Decodable { let targets: [Target]? }
        struct Target: Decodable { let expr: String }

        let panels: [Panel]
    }

    /// Prometheus' file of rules: what is JSON is YAML.
    private struct Rules: Encodable {
        struct Group: Encodable {
            let name: String
            let rules: [[String: String]]
        }

        let groups: [Group]
    }

    private let folder = "\(PythonEnvironment.packageRoot)/terraform/monitoring"

    /// Of a broker that has done a little of everything.
    private func printed() async throws -> String {
        let place = try await Installation(query: "&recovery_days=7")
        let authority = CertificateAuthority()
        let tls = try place.write(authority.issueServer())
        let broker = try await place.serve(tls.merging(["SECRET_BROKER_CACHE_TTL": "0"]) { $1 })
        var trust = TransportSettings()
        trust.serverCA = .text(Secret(text: authority.certificate))
        let http = HTTPClient(testing: trust)
        defer { http.shutDown() }
        let admin = APIClient(http, url: broker.url, token: place.admin)
        let resolver = APIClient(http, url: broker.url, token: place.resolver)
        #expect(try await admin.add("KEY", "v").status == 201)
        #expect(try await resolver.resolve("KEY").status == 200)
        let webhook = #"{"name":"deploy","url":"https://hooks.example.com/"}"#
        #expect(try await admin.call("POST", "/v1/teams/research/webhooks", webhook).status == 201)
        #expect(try await admin.call("POST", "/v1/teams/research/webhooks/deploy/test", "{}").status == 409)
        await place.cloud.faults.order(Fault(operation: "GetSecretValue", at: .always, effect: .status(500)))
        try await eventually("the broker leaves its store alone", within: .seconds(60)) {
            if try await admin.call("GET", "/v1/status").body.contains(#""left_alone":["read"]"#) { return true }
            #expect(try await resolver.resolve("KEY").status == 503)
            return false
        }
        #expect(try await resolver.resolve("KEY").status == 503)
        let metrics = try await admin.call("GET", "/metrics").body
        #expect(await broker.end() == 0)
        await place.end()
        return metrics
    }

    @Test("ask for metrics, labels and values that a broker prints, leave none out, and are explained")
    func hold() async throws {
        let outcomes = ["ok"] + BrokerError.Code.allCases.map(\.rawValue)
        let operations = StoreOperation.allCases.map(\.rawValue)
        let input = Printed(
            metrics: try await printed(),
            values: [
                "secret_broker_resolve_seconds": ["outcome": outcomes],
                "secret_broker_relay_seconds": ["outcome": outcomes + ["destination_refused"]],
                "secret_broker_write_seconds": ["outcome": outcomes],
                "secret_broker_provider_call_seconds": [
                    "operation": operations, "outcome": ["ok"] + ProviderError.Kind.allCases.map(\.rawValue),
                ],
                "secret_broker_provider_calls_not_made_total": [
                    "operation": operations, "reason": GuardedProvider.Refusal.allCases.map(\.rawValue),
                ],
            ])
        let json = String(decoding: try JSONEncoder().encode(input), as: UTF8.self)
        let checked = try await PythonEnvironment.run("monitoring_holds.py", [], input: json)
        #expect(checked.status == 0, "\(checked.output)")
    }

    @Test(
        "are taken by Prometheus, and each alert fires for what it is for and no other does",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool"), "promtool is not installed"))
    func prometheus() async throws {
        try await expectPromtool("check", "rules", "\(folder)/alerts.yaml")
        try await expectPromtool("test", "rules", "\(folder)/alerts-test.yaml")
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/dashboard.json"))
        let expressions = try JSONDecoder().decode(Dashboard.self, from: data).panels.flatMap { $0.targets ?? [] }
        let rules = expressions.enumerated().map { number, target in
            ["record": "panel:\(number)", "expr": target.expr.replacing("$__rate_interval", with: "5m")]
        }
        #expect(rules.count > 20)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("rules-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let encoder = JSONEncoder()
        // Prometheus' YAML does not know JSON's escaped slash.
        encoder.outputFormatting = .withoutEscapingSlashes
        try encoder.encode(Rules(groups: [Rules.Group(name: "dashboard", rules: rules)])).write(to: file)
        try await expectPromtool("check", "rules", file.path)
    }

    private func expectPromtool(_ arguments: String...) async throws {
        let process = try ChildProcess("/usr/bin/promtool", arguments)
        let status = await process.ended()
        #expect(status == 0, "\(process.output)\(process.errors)")
    }
}
