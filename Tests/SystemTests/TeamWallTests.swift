import Simulator
import Support
import Testing

/// Two installations that differ in what another team has, asked the same by people and automations of one team.
@Suite("The wall between teams")
struct TeamWallTests {
    /// What differs between any two answers, whatever they are about.
    private func masked(_ answer: APIClient.Answer) -> String {
        let body = answer.body
            .replacing(
                /"(version|request_id|id|token|created_at|updated_at|expires_at|relay_url|location|timestamp|subject|actor_user_id)":"[^"]*"/
            ) {
                "\"\($0.1)\":"
            }
        return "\(answer.status) \(body)"
    }

    private static let paths = [
        "/secrets", "/secrets/THEIRS", "/secrets/OURS", "/webhooks", "/webhooks/theirs", "/webhooks/ours",
    ]

    private func questions(of team: String) -> [(method: String, path: String, body: String?)] {
        let base = "/v1/teams/\(team)"
        return Self.paths.map { ("GET", base + $0, nil) } + [
            ("POST", "\(base)/resolve", #"{"payload":"${THEIRS}"}"#),
            ("POST", "\(base)/values", #"{"names":["THEIRS"]}"#),
            ("PUT", "\(base)/secrets/THEIRS", #"{"value":"x"}"#), ("DELETE", "\(base)/secrets/THEIRS", nil),
            ("POST", "\(base)/webhooks/theirs/test", "{}"), ("DELETE", "\(base)/webhooks/theirs", nil),
            ("POST", "/v1/relay/\(team)/theirs", "{}"),
        ]
    }

    private static let common: [(method: String, path: String, body: String?)] = [
        ("GET", "/v1/status", nil), ("GET", "/v1/tokens", nil), ("GET", "/v1/audit?limit=1000", nil),
        ("GET", "/v1/audit?team=other", nil),
    ]

    private func answers(_ isFilled: Bool) async throws -> [String] {
        let place = try await Installation()
        let broker = try await place.serve()
        let admin = place.asAdmin(broker)
        #expect(try await admin.add("OURS", "ours").status == 201)
        if isFilled {
            #expect(try await admin.add("THEIRS", "theirs", to: "other").status == 201)
            let webhook = #"{"name":"theirs","url":"https://example.com/","confirm":true}"#
            #expect(try await admin.call("POST", "/v1/teams/other/webhooks", webhook).status == 201)
            _ = try await Installation.token(["--role", "member", "--team", "other"], place.environment)
        }
        var answers: [String] = []
        for role in ["member", "team-admin", "resolver", "auditor"] {
            let token = try await Installation.token(["--role", role, "--team", "research"], place.environment)
            let client = APIClient(place.http, url: broker.url, token: token)
            for question in questions(of: "research") + questions(of: "other") + Self.common {
                let answer = try await client.call(question.method, question.path, question.body)
                answers.append("\(role) \(question.method) \(question.path): \(masked(answer))")
            }
        }
        #expect(await broker.end() == 0)
        await place.end()
        return answers
    }

    @Test("no answer to one team differs with what another team has")
    func wall() async throws {
        let (empty, full) = (try await answers(false), try await answers(true))
        #expect(empty.count == full.count)
        // That all are refused alike would prove nothing.
        #expect(full.contains { $0.hasPrefix("member GET /v1/teams/research/secrets: 200 ") })
        #expect(full.contains { $0.hasPrefix("team-admin GET /v1/tokens: 200 ") })
        for (without, with) in zip(empty, full) {
            // The log's numbers run through all teams.
            #expect(without.replacing(/"seq":\d+/, with: "") == with.replacing(/"seq":\d+/, with: ""))
        }
    }
}
