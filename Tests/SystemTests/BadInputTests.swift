import Broker
import Simulator
import Support
import Testing
import Transport

/// Each refused request gets the documented problem, writes nothing and echoes nothing.
@Suite("Bad input")
struct BadInputTests {
    private static let marker = "zqxMARKERxqz"

    private struct Case {
        let method: String
        let path: String
        var body: String?
        var headers: [HTTPHeader] = []
        let status: Int
        let code: String
    }

    private static let secrets = "/v1/teams/research/secrets"
    private static let resolve = "/v1/teams/research/resolve"
    private static let values = "/v1/teams/research/values"
    private static let webhooks = "/v1/teams/research/webhooks"
    private static let webhook = "\(webhooks)/deploy"

    /// Every body that a request can have, with one field too many, and with one that stands twice.
    private static let closed: [(method: String, path: String, body: String)] = [
        ("POST", secrets, #"{"name":"A","value":"x"}"#), ("PUT", "\(secrets)/KEPT", #"{"value":"x"}"#),
        ("POST", webhooks, #"{"name":"other","url":"https://a.example/"}"#),
        ("PUT", webhook, #"{"url":"https://a.example/"}"#),
        ("POST", "\(webhook)/confirm", #"{"url":"https://a.example/"}"#),
        ("POST", "/v1/tokens", #"{"name":"m","role":"member","team":"research"}"#),
    ]
    private static let closedOfResolvers = [
        ("POST", resolve, #"{"payload":"x"}"#), ("POST", values, #"{"names":["KEPT"]}"#),
    ]

    private static func opened(_ calls: [(method: String, path: String, body: String)]) -> [Case] {
        calls.flatMap { call in
            let first = call.body.dropFirst().prefix { $0 != "," && $0 != "}" }
            return [#","\#(marker)":1"#, ",\(first)"].map { more in
                Case(
                    method: call.method, path: call.path, body: call.body.dropLast() + more + "}", status: 400,
                    code: "invalid_request")
            }
        }
    }

    private static func post(_ body: String, _ status: Int = 400, _ code: String = "invalid_request") -> Case {
        Case(method: "POST", path: secrets, body: body, status: status, code: code)
    }

    private static func resolving(_ body: String, _ status: Int = 400, _ code: String = "invalid_request") -> Case {
        Case(method: "POST", path: resolve, body: body, status: status, code: code)
    }

    private static let asAdmin: [Case] = [
        post(""), post("{"), post("[]"), post("null"), post("\u{FEFF}{}"), post(#"{"name":"A"}"#),
        post(#"{"name":"A","value":1}"#), post(#"{"name":"A","value":"\#(marker)"} x"#),
        post(#"{"name":"A","value":"x","\#(marker)":1}"#), post(#"{"name":"A","name":"B","value":"x"}"#),
        post(String(repeating: "[", count: 65) + String(repeating: "]", count: 65)),
        post(#"{"name":"A","value":"\ud800"}"#),
        post(#"{"name":"a-b","value":"x"}"#, 400, "invalid_name"),
        post(#"{"name":"\#(String(repeating: "A", count: 129))","value":"x"}"#, 400, "invalid_name"),
        post(#"{"name":"event_type","value":"x"}"#, 422, "name_reserved"),
        post(#"{"name":"A","value":""}"#, 422, "value_empty"),
        post(#"{"name":"A","value":"\#(String(repeating: "x", count: 65_537))"}"#, 413, "value_too_large"),
        post(#"{"name":"A","value":"\#(String(repeating: "x", count: 1 << 20))"}"#, 413),
        Case(method: "GET", path: "/v1/teams/UPPER/secrets", status: 400, code: "invalid_name"),
        Case(method: "GET", path: "/v1/teams/%2e%2e/secrets", status: 400, code: "invalid_name"),
        Case(method: "GET", path: "/v1/teams/research/secrets/../secrets", status: 404, code: "invalid_request"),
        Case(method: "GET", path: "/v1/\(marker)", status: 404, code: "invalid_request"),
        Case(method: "PATCH", path: secrets, status: 405, code: "invalid_request"),
        Case(method: "TRACE", path: secrets, status: 405, code: "invalid_request"),
        Case(method: "QUERY", path: secrets, status: 405, code: "invalid_request"),
        Case(method: "PROPFIND", path: secrets, status: 405, code: "invalid_request"),
        Case(method: "GET", path: resolve, status: 405, code: "invalid_request"),
        Case(method: "DELETE", path: "\(secrets)/A?force=maybe", status: 400, code: "invalid_request"),
        Case(method: "GET", path: "\(secrets)/A", status: 404, code: "secret_not_found"),
        Case(method: "PUT", path: "\(secrets)/A", body: #"{"value":"x"}"#, status: 404, code: "secret_not_found"),
        Case(
            method: "PUT", path: "\(secrets)/KEPT", body: #"{"value":"x"}"#, headers: [HTTPHeader("If-Match", "*")],
            status: 400, code: "invalid_request"),
        Case(
            method: "PUT", path: "\(secrets)/KEPT", body: #"{"value":"x"}"#,
            headers: [HTTPHeader("If-Match", "\"aaaaaaaaaaaaaaaa\"")], status: 412, code: "version_conflict"),
        post(#"{"name":"KEPT","value":"x"}"#, 409, "secret_exists"),
        Case(method: "POST", path: resolve, body: #"{"payload":1}"#, status: 403, code: "forbidden"),
        Case(
            method: "POST", path: "/v1/tokens", body: #"{"name":"r","role":"resolver","team":"research"}"#, status: 403,
            code: "forbidden"),
        Case(
            method: "POST", path: "/v1/tokens", body: #"{"name":"r","role":"king"}"#, status: 400,
            code: "invalid_request"),
        Case(
            method: "POST", path: "/v1/tokens", body: #"{"name":"r","role":"member","team":"research","expires":"1y"}"#,
            status: 400, code: "invalid_request"),
        Case(method: "DELETE", path: "/v1/tokens/\(marker)", status: 404, code: "invalid_request"),
        Case(method: "GET", path: "/v1/audit?limit=0", status: 400, code: "invalid_request"),
        Case(method: "POST", path: "\(webhook)/confirm", body: "{}", status: 400, code: "invalid_request"),
        Case(
            method: "POST", path: "\(webhook)/confirm", body: #"{"url":"\#(marker)"}"#, status: 412,
            code: "version_conflict"),
    ]

    private static let asResolver: [Case] = [
        resolving("{}"), resolving(#"{"payload":1,"template":"x"}"#), resolving(#"{"template":1}"#),
        resolving(#"{"payload":{"${KEPT}":1}}"#), resolving(#"{"payload":"${\#(marker) x}"}"#),
        resolving(#"{"template":"${"}"#), resolving(#"{"payload":1e999}"#),
        resolving(#"{"payload":1,"variables":{"\#(marker)":"x"}}"#),
        resolving(#"{"payload":1,"variables":{"alias":1}}"#),
        resolving(#"{"payload":1,"headers":["x"]}"#), resolving(#"{"payload":1,"headers":{"A":{"B":"x"}}}"#),
        resolving(#"{"payload":1,"headers":{"A":"x\r\nB: y"}}"#, 422, "header_injection"),
        resolving(#"{"payload":"${ABSENT} ${KEPT} ${event_type}"}"#, 422, "unknown_variable"),
        resolving(#"{"payload":["\#((0..<101).map { "${N\($0)}" }.joined())"]}"#),
        resolving(#"{"payload":["\#(String(repeating: "${BIG}", count: 70))"]}"#),
        Case(method: "GET", path: secrets, status: 403, code: "forbidden"),
        Case(
            method: "POST", path: "/v1/teams/other/resolve", body: #"{"payload":"${KEPT}"}"#, status: 403,
            code: "forbidden"),
        Case(method: "GET", path: "/v1/audit", status: 403, code: "forbidden"),
        Case(method: "GET", path: "/v1/tokens", status: 403, code: "forbidden"),
    ]

    private func expect(_ wanted: Case, from client: APIClient) async throws {
        let answer = try await client.call(wanted.method, wanted.path, wanted.body, headers: wanted.headers)
        let what = "\(wanted.method) \(wanted.path) \((wanted.body ?? "").prefix(80))"
        #expect(answer.status == wanted.status, "\(what)")
        #expect(answer.code == wanted.code, "\(what)")
        #expect(answer.header("content-type") == "application/problem+json", "\(what)")
        #expect(answer.body.contains(#""request_id":"\#(answer.header("x-request-id") ?? "none")""#), "\(what)")
        #expect(!answer.body.contains(Self.marker), "\(what)")
        #expect((answer.header("allow") != nil) == (wanted.status == 405), "\(what)")
    }

    @Test("gets the documented problem, writes nothing, and is not echoed")
    func refused() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        let admin = place.asAdmin(broker)
        #expect(try await admin.add("KEPT", "kept").status == 201)
        #expect(try await admin.add("BIG", String(repeating: "x", count: 65_536)).status == 201)
        let before = await place.objects()
        for wanted in Self.asAdmin + Self.opened(Self.closed) { try await expect(wanted, from: admin) }
        for wanted in Self.asResolver + Self.opened(Self.closedOfResolvers) {
            try await expect(wanted, from: place.asResolver(broker))
        }
        #expect(await place.objects() == before)
        let unknown = try await place.asResolver(broker).call(
            "POST", Self.resolve, #"{"payload":"${ZERO} ${ABSENT} ${KEPT} ${event_type}"}"#)
        #expect(unknown.body.contains(#"["ABSENT","ZERO","event_type"]"#), "\(unknown.body)")
        let list = try await admin.call("GET", Self.secrets).body
        #expect(list.matches(of: /"name":/).count == 2)
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("a mebibyte of the worst JSON is refused or read, and takes no more than its share of time")
    func costly() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        let size = 900_000
        for body in [
            "[" + String(repeating: "0,", count: size / 2) + "0]",
            "[" + String(repeating: "12345678901234567890,", count: size / 21) + "0]",
            "\"" + String(repeating: "\\u00e9", count: size / 6) + "\"",
            "\"" + String(repeating: "$", count: size) + "\"",
            "\"" + String(repeating: "$${A}", count: size / 5) + "\"",
            "{" + (0..<size / 14).map { "\"k\($0)\":0" }.joined(separator: ",") + "}",
            String(repeating: "[", count: size),
        ] {
            for request in ["{\"payload\":\(body)}", body] {
                let asked = ContinuousClock.now
                let answer = try await place.asResolver(broker).call("POST", Self.resolve, request)
                #expect([200, 400, 422].contains(answer.status), "\(body.prefix(20))")
                // Some milliseconds in a release build; what grows with the square of the size takes minutes.
                #expect(.now - asked < .seconds(15), "\(body.prefix(20))")
            }
        }
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("a token's id of another team, or of an admin, is as good as none")
    func foreignTokens() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        func mint(_ role: String, _ team: String?) async throws -> (id: String, client: APIClient) {
            let scope = team.map { #","team":"\#($0)""# } ?? ""
            let body = try await place.asAdmin(broker).call(
                "POST", "/v1/tokens", #"{"name":"m","role":"\#(role)"\#(scope)}"#
            ).body
            let token = String(try #require(body.firstMatch(of: /"token":"([^"]+)"/)).1)
            return (
                String(try #require(body.firstMatch(of: /"id":"([^"]+)"/)).1),
                APIClient(place.http, url: broker.url, token: token)
            )
        }
        let mallory = try await mint("team-admin", "research").client
        let none = try await mallory.call("DELETE", "/v1/tokens/tok_0000000000000000")
        for (victim, path) in [
            (try await mint("member", "other"), "/v1/teams/other/secrets"),
            (try await mint("admin", nil), Self.secrets),
        ] {
            let answer = try await mallory.call("DELETE", "/v1/tokens/\(victim.id)")
            #expect(answer.status == 404 && answer.code == none.code)
            #expect(try await victim.client.call("GET", path).status == 200)
        }
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("names that differ in case are two secrets, through every write", arguments: CloudKind.allCases)
    func twins(_ cloud: CloudKind) async throws {
        let place = try await Installation(on: cloud)
        let broker = try await place.serve()
        let (admin, resolver) = (place.asAdmin(broker), place.asResolver(broker))
        #expect(try await admin.add("Key", "lower").status == 201)
        #expect(try await admin.add("KEY", "upper").status == 201)
        #expect(try await admin.rotate("KEY", "rotated").status == 200)
        #expect(try await resolver.resolve("Key").resolved == "lower")
        #expect(try await resolver.resolve("KEY").resolved == "rotated")
        #expect(try await admin.delete("Key").status == 204)
        #expect(try await resolver.resolve("Key").code == "unknown_variable")
        #expect(try await resolver.resolve("KEY").resolved == "rotated")
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("no answer tells whether a rotation's value is the present one, or like it")
    func noOracle() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        let admin = place.asAdmin(broker)
        #expect(try await admin.add("KEY", "the-present-value").status == 201)
        var told: Set<String> = []
        for value in ["the-present-value", "the-present-value", "the-present", "another", "the-present-value "] {
            let answer = try await admin.rotate("KEY", value)
            #expect(answer.status == 200)
            let changing = /"version":"[^"]+"|"updated_at":"[^"]+"/
            let headers = answer.headers.map { $0.name.lowercased() }.sorted().joined(separator: ",")
            told.insert(answer.body.replacing(changing, with: "") + headers)
        }
        #expect(told.count == 1)
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("an unknown variable's problem lists all of them")
    func listsUnknown() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        let answer = try await place.asResolver(broker).call(
            "POST", Self.resolve, #"{"payload":["${B}","${A}","${alias}"]}"#)
        #expect(answer.body.contains(#""names":["A","B"]"#))
        await place.end()
    }

    @Test("a token that is missing, malformed, unknown, expired or revoked, or whose maker was revoked, opens nothing")
    func tokens() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        let admin = place.asAdmin(broker)
        func status(_ token: String?) async throws -> Int {
            try await APIClient(place.http, url: broker.url, token: token).call("GET", Self.secrets).status
        }
        for token in [nil, "", "sbt_", "sbt_wrong", "x", place.admin + "x", String(repeating: "a", count: 4000)] {
            #expect(try await status(token) == 401)
        }
        let short = try await Installation.token(["--role", "admin", "--expires", "1ms"], place.environment)
        #expect(try await status(short) == 401)

        func mint(by client: APIClient) async throws -> (id: String, token: String) {
            let body = try await client.call(
                "POST", "/v1/tokens", #"{"name":"m","role":"team-admin","team":"research"}"#
            ).body
            return (
                String(try #require(body.firstMatch(of: /"id":"([^"]+)"/)).1),
                String(try #require(body.firstMatch(of: /"token":"([^"]+)"/)).1)
            )
        }
        let parent = try await mint(by: admin)
        let child = try await mint(by: APIClient(place.http, url: broker.url, token: parent.token))
        #expect(try await status(child.token) == 200)
        #expect(try await admin.call("DELETE", "/v1/tokens/\(parent.id)").status == 204)
        #expect(try await status(parent.token) == 401)
        #expect(try await status(child.token) == 401)

        let limited = try await Installation.token(
            ["--role", "resolver", "--team", "research", "--secrets", "A"], place.environment)
        let answer = try await APIClient(place.http, url: broker.url, token: limited).resolve("B")
        #expect(answer.code == "forbidden")
        await place.end()
    }
}
