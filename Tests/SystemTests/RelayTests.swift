import Broker
import Foundation
import Support
import Testing
import Transport

/// The built program between a W&B Server (its requests, by Python) and a destination over TLS (Python as well), which
/// check and make signatures with code of their own.
@Suite("The relay, the built program", .timeLimit(.minutes(3)))
struct RelayTests {
    private static let token = "ghp_q8\"w\\e/r+t é-0123456789"
    private static let signing = "whsec_signing-key-0123456789"
    private static let inbound = "whsec_inbound-key-0123456789"

    /// A broker, a destination, and the secrets that a team has for it.
    private struct Stage {
        let place: Installation
        let receiver: WebhookReceiver
        let broker: BrokerBinary
        let admin: APIClient

        init(_ more: [String: String] = [:], allowing list: String = "localhost") async throws {
            receiver = try await WebhookReceiver(token: RelayTests.token, signingSecret: RelayTests.signing)
            place = try await Installation()
            broker = try await place.serve(
                ["SSL_CERT_FILE": receiver.certificate, "SECRET_BROKER_RELAY_ALLOW": list].merging(more) { $1 })
            admin = place.asAdmin(broker)
            for (name, value) in [
                ("GITHUB_TOKEN", RelayTests.token), ("SIGNING", RelayTests.signing), ("INBOUND", RelayTests.inbound),
            ] {
                let text = String(decoding: try JSONEncoder().encode(value), as: UTF8.self).dropFirst().dropLast()
                #expect(try await admin.add(name, String(text)).status == 201)
            }
        }

        func add(
            _ name: String, to path: String, _ more: String = "", confirmed: Bool = true, host: String = "localhost"
        ) async throws -> APIClient.Answer {
            try await admin.call(
                "POST", "/v1/teams/research/webhooks",
                #"{"name":"\#(name)","url":"\#(receiver.url(path, host: host))","confirm":\#(confirmed)\#(more)}"#)
        }

        func relayToken(_ webhook: String) async throws -> String {
            let made = try await admin.call(
                "POST", "/v1/tokens", #"{"name":"wandb","role":"relay","team":"research","webhook":"\#(webhook)"}"#)
            return try #require(made.body.firstMatch(of: /"token":"(sbt_[^"]+)"/).map { String($0.1) })
        }

        /// As W&B Server would: what it is told is the answer.
        func deliver(
            _ payload: String, to webhook: String, as token: String? = nil, secret: String = "",
            encoding: String = "hex",
            variables: String = #"{"event_type":"ADD_ARTIFACT_ALIAS","alias":"production"}"#
        ) async throws -> (status: Int, told: String) {
            let bearer = if let token { token } else { try await relayToken(webhook) }
            let (status, output) = try await PythonEnvironment.run(
                "wandb_delivers.py", ["\(broker.url)/v1/relay/research/\(webhook)", bearer, secret, encoding],
                input: #"{"payload":\#(payload),"variables":\#(variables)}"#)
            #expect(status == 0)
            let lines = output.split(separator: "\n", maxSplits: 1)
            return (Int(lines[0]) ?? 0, String(lines.last ?? ""))
        }

        func end() async {
            let status = await broker.end()
            #expect(status == 0, "\(broker.logged.suffix(3000))")
            await receiver.end()
            await place.end()
        }
    }

    /// No text holds a value, in plain or in the common encodings.
    private func expectNoValue(_ text: String) {
        for value in [Self.token, Self.signing, Self.inbound] {
            let json = value.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
            let hexadecimal = value.utf8.map { String(format: "%02x", $0) }.joined()
            for form in [value, json, Data(value.utf8).base64EncodedString(), hexadecimal] {
                #expect(!text.contains(form))
            }
        }
    }

    @Test("carries a payload from W&B to a destination that checks token, signature and the secret in the body")
    func delivers() async throws {
        let stage = try await Stage()
        for encoding in ["hex", "base64"] {
            let more =
                #","access_token":"GITHUB_TOKEN","signing_secret":"SIGNING","signature_encoding":"\#(encoding)","verify_with":"INBOUND","payload_secrets":[{"name":"GITHUB_TOKEN","at":"/client_payload/token"}],"headers":{"X-Extra":"k ${SIGNING}"}"#
            #expect(try await stage.add("github-\(encoding)", to: "/verify/\(encoding)", more).status == 201)
            let payload =
                #"{"event_type":"${event_type}","client_payload":{"token":"${GITHUB_TOKEN}","alias":"${alias}"}}"#
            let webhook = "github-\(encoding)"
            let delivered = try await stage.deliver(payload, to: webhook, secret: Self.inbound, encoding: encoding)
            #expect(delivered.status == 200)
            expectNoValue(delivered.told)
            let received = try #require(stage.receiver.received.last)
            let body = try JSONSerialization.jsonObject(with: Data(received.utf8)) as? [String: Any]
            let sent = try #require((body?["body"] as? String).map { Data($0.utf8) })
            let json = try #require(try JSONSerialization.jsonObject(with: sent) as? [String: Any])
            #expect(json["client_payload"] as? [String: String] == ["alias": "production", "token": Self.token])
            #expect(json["event_type"] as? String == "ADD_ARTIFACT_ALIAS")
            #expect(received.contains("X-Extra") && received.contains("k \(Self.signing)"))
            // Another key, and none.
            #expect(try await stage.deliver(payload, to: webhook, secret: "wrong", encoding: encoding).status == 401)
            #expect(try await stage.deliver(payload, to: webhook).status == 401)
        }
        #expect(stage.receiver.received.count == 2)
        let audit = try await stage.admin.call("GET", "/v1/audit?team=research").body
        expectNoValue(audit)
        #expect(audit.contains(#""action":"webhook:relay","outcome":"done","response_code":200"#))
        expectNoValue(stage.broker.logged)
        let used = try await stage.admin.call("GET", "/v1/teams/research/secrets/SIGNING").body
        #expect(used.contains(#""automation":"github-hex""#))
        if Chromium.isInstalled {
            let (url, admin) = (stage.broker.url, stage.place.admin)
            let visitors = Chromium.Visitors(
                url: url, admin: admin, member: admin, auditor: admin, resolver: stage.place.resolver, operator: admin)
            #expect(try await Chromium.holds("relayed", for: visitors))
        }
        #expect(
            try await stage.admin.delete("SIGNING", force: false).body.contains(
                #""webhooks":["github-base64","github-hex"]"#))
        await stage.end()
    }

    @Test("works for GitHub, Slack, Teams, and a GitLab trigger with its token in the body")
    func wandbsOwnExamples() async throws {
        let stage = try await Stage()
        let examples = [
            (
                "github", #","access_token":"GITHUB_TOKEN""#,
                #"{"event_type":"BUILD_AND_DEPLOY","client_payload":{"event_author":"${event_author}","artifact_version":"${artifact_version}"}}"#
            ),
            (
                "slack", "",
                #"{"text":"New alert from WANDB!","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"${event_type} ${alias}"}}]}"#
            ),
            (
                "teams", "",
                #"{"@type":"MessageCard","@context":"http://schema.org/extensions","themeColor":"0076D7","sections":[{"facts":[{"name":"Author","value":"${event_author}"}],"markdown":true}]}"#
            ),
            (
                "gitlab", #","payload_secrets":[{"name":"GITHUB_TOKEN","at":"/token"}]"#,
                #"{"ref":"main","token":"${GITHUB_TOKEN}","variables":{"ALIAS":"${alias}"}}"#
            ),
        ]
        for (name, more, payload) in examples {
            #expect(try await stage.add(name, to: "/status/204", more).status == 201)
            #expect(try await stage.deliver(payload, to: name).status == 204)
        }
        let received = stage.receiver.received
        #expect(received.count == 4)
        #expect(received[1].contains("ADD_ARTIFACT_ALIAS production") && received[2].contains("MessageCard"))
        await stage.end()
    }

    @Test(
        "gives W&B's side no value, whatever the destination echoes, in whatever form",
        arguments: [
            "raw", "json", "json_in_json", "escaped", "url", "form", "hex", "hex_upper", "base64", "base64_1",
            "base64_2",
            "base64_lines", "utf16",
        ])
    func echo(_ form: String) async throws {
        let stage = try await Stage()
        let more =
            #","answer":"body","access_token":"GITHUB_TOKEN","payload_secrets":[{"name":"GITHUB_TOKEN","at":"/token"}]"#
        for path in ["/echo/\(form)", "/type", "/gzip", "/gzip_unnamed", "/large"] {
            let name = path.dropFirst().replacingOccurrences(of: "/", with: "-")
            #expect(try await stage.add(name, to: path, more).status == 201)
            let delivered = try await stage.deliver(#"{"token":"${GITHUB_TOKEN}"}"#, to: name)
            #expect(delivered.status == 200)
            #expect(delivered.told.contains(#""body":"withheld"#))
            expectNoValue(delivered.told)
            #expect(!delivered.told.contains("X-Echo"))
        }
        #expect(try await stage.add("plain", to: "/status/202", more).status == 201)
        #expect(try await stage.deliver(#"{"token":"${GITHUB_TOKEN}"}"#, to: "plain").told.hasSuffix("said\n"))
        await stage.end()
    }

    @Test("takes a placeholder that somebody plants for the text that it is")
    func planted() async throws {
        let stage = try await Stage()
        let more = #","payload_secrets":[{"name":"GITHUB_TOKEN","at":"/client_payload/token"}]"#
        #expect(try await stage.add("deploy", to: "/status/200", more).status == 201)
        let payload = #"{"note":"${artifact_metadata.note}","client_payload":{"token":"${GITHUB_TOKEN}"}}"#
        for planted in [
            "${GITHUB_TOKEN}", "${SIGNING} ${", "$${GITHUB_TOKEN}", "\\\",\\\"x\\\":\\\"${GITHUB_TOKEN}", "${nope}",
            "sbt_" + String(repeating: "x", count: 43),
        ] {
            let delivered = try await stage.deliver(
                payload, to: "deploy", variables: #"{"artifact_metadata.note":"\#(planted)"}"#)
            #expect(delivered.status == 200)
            let received = try #require(stage.receiver.received.last)
            let request = try #require(try JSONSerialization.jsonObject(with: Data(received.utf8)) as? [String: Any])
            let body = try #require(request["body"] as? String)
            let json = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
            let note = try JSONDecoder().decode(String.self, from: Data("\"\(planted)\"".utf8))
            #expect(json["note"] as? String == note)
            #expect(json["client_payload"] as? [String: String] == ["token": Self.token])
        }
        // W&B renders the relay's own token where somebody writes ${ACCESS_TOKEN}.
        let token = try await stage.relayToken("deploy")
        let before = stage.receiver.received.count
        let refused = try await stage.deliver(
            payload, to: "deploy", variables: #"{"artifact_metadata.note":"\#(token)"}"#)
        #expect(refused.status == 422 && !refused.told.contains(token))
        #expect(stage.receiver.received.count == before)
        await stage.end()
    }

    @Test("stops at any change until an admin confirms it, for tests too")
    func confirmation() async throws {
        let stage = try await Stage()
        let teamAdmin = APIClient(
            stage.place.http, url: stage.broker.url,
            token: try await Installation.token(
                ["--role", "team-admin", "--team", "research"], stage.place.environment))
        let path = "/v1/teams/research/webhooks/deploy"
        let more = #","access_token":"GITHUB_TOKEN""#
        let body = { (confirm: Bool) in
            #"{"url":"\#(stage.receiver.url("/status/200"))","confirm":\#(confirm)\#(more)}"#
        }
        #expect(
            try await stage.add("deploy", to: "/status/200", more, confirmed: false).body.contains(
                #""confirmed":false"#))
        let token = try await stage.relayToken("deploy")
        func expect(_ status: Int) async throws {
            #expect(try await stage.deliver("{}", to: "deploy", as: token).status == status)
            #expect(try await teamAdmin.call("POST", path + "/test").status == status)
        }
        try await expect(409)
        let url = #"{"url":"\#(stage.receiver.url("/status/200"))"}"#
        #expect(try await teamAdmin.call("POST", path + "/confirm", url).status == 403)
        #expect(try await stage.admin.call("POST", path + "/confirm", #"{"url":"https://localhost/"}"#).status == 412)
        #expect(try await stage.admin.call("POST", path + "/confirm", "{}").status == 400)
        let seen = try #require(try await stage.admin.call("GET", path).header("ETag"))
        #expect(try await teamAdmin.call("PUT", path, body(true)).status == 403)
        #expect(try await teamAdmin.call("PUT", path, body(false)).status == 200)
        let tag = HTTPHeader("If-Match", seen)
        #expect(try await stage.admin.call("POST", path + "/confirm", url, headers: [tag]).status == 412)
        #expect(try await stage.admin.call("POST", path + "/confirm", url).body.contains(#""confirmed":true"#))
        try await expect(200)
        #expect(try await teamAdmin.call("PUT", path, body(false)).status == 200)
        try await expect(409)
        #expect(try await stage.admin.call("PUT", path, body(true)).status == 200)
        try await expect(200)
        #expect(stage.receiver.received.count == 4)
        #expect(try await teamAdmin.call("DELETE", path).status == 204)
        #expect(try await stage.deliver("{}", to: "deploy", as: token).status == 401)
        #expect(try await stage.admin.call("GET", path).status == 404)
        await stage.end()
    }

    @Test("says what happened when the destination does not answer well, and leaves others alone meanwhile")
    func failures() async throws {
        let stage = try await Stage()
        for (path, status) in [
            ("/redirect", 502), ("/reset", 502), ("/half", 502), ("/status/500", 500), ("/status/404", 404),
        ] {
            let name = path.dropFirst().replacingOccurrences(of: "/", with: "-")
            #expect(try await stage.add(name, to: path).status == 201)
            let delivered = try await stage.deliver("{}", to: name)
            #expect(delivered.status == status)
            #expect(!delivered.told.contains("Location"))
        }
        #expect(try await stage.add("inside", to: "/status/200", host: "127.0.0.1").status == 201)
        let inside = try await stage.deliver("{}", to: "inside")
        #expect(inside.status == 422 && inside.told.contains("destination_not_allowed"))
        #expect(try await stage.add("stall", to: "/stall").status == 201)
        #expect(try await stage.add("good", to: "/status/200").status == 201)
        async let stalled = stage.deliver("{}", to: "stall")
        for _ in 0..<3 { #expect(try await stage.deliver("{}", to: "good").status == 200) }
        #expect(try await stalled.status == 504)
        #expect(
            !stage.receiver.received.contains { $0.contains("\"path\": \"/status/200\"") && $0.contains("redirect") })
        await stage.end()
    }

    @Test("is managed by the command line")
    func commands() async throws {
        let stage = try await Stage(["SECRET_BROKER_URL": "https://broker.example/"])
        let admin = stage.place.client(of: stage.broker, as: stage.place.admin)
        let of = ["--team", "research", "--name", "deploy"]
        let url = stage.receiver.url("/verify/hex")
        func run(_ arguments: [String]) async throws -> BrokerBinary.Finished {
            try await stage.place.run(["webhook"] + arguments, admin)
        }
        let made = try await run(
            ["add"] + of + [
                "--url", url, "--access-token", "GITHUB_TOKEN", "--header", "X-A: b ${SIGNING}",
                "--payload-secret", "GITHUB_TOKEN=/token",
            ])
        #expect(made.status == 0)
        #expect(
            made.output
                == "added deploy, relay https://broker.example/v1/relay/research/deploy; it delivers once an admin has confirmed it\n"
        )
        let refused = try await run(["test"] + of)
        #expect(refused.status == 1 && refused.errors.contains("(webhook_unconfirmed)"))
        #expect(try await run(["confirm"] + of + ["--url", "https://other.example/"]).status == 1)
        let confirmed = try await run(["confirm"] + of + ["--url", url])
        #expect(confirmed.status == 0 && confirmed.output.contains("GITHUB_TOKEN"))
        let unsigned = try await run(["test"] + of)
        #expect(unsigned.status == 1 && unsigned.errors.contains("status 401"))
        #expect(try await run(["edit"] + of + ["--signing-secret", "SIGNING", "--confirm"]).status == 0)
        #expect(try await run(["test"] + of).output == "{\"status\":200}\n")
        let listed = try await run(["list", "--team", "research"])
        #expect(listed.output.contains("deploy") && listed.output.contains("yes"))
        let json = try await run(["list", "--team", "research", "--json"]).output
        #expect(
            json.contains(
                #""headers":{"X-A":"b ${SIGNING}"},"payload_secrets":[{"name":"GITHUB_TOKEN","at":"/token"}]"#))
        #expect(try await run(["delete"] + of).status == 0)
        #expect(try await run(["add"] + of + ["--url", "http://a.example/"]).status == 1)
        let mint = try await stage.place.run(
            ["token", "create", "--name", "w", "--role", "relay", "--team", "research", "--webhook", "deploy"])
        #expect(mint.status == 1 && mint.errors.contains("no webhook"))
        await stage.end()
    }

    @Test("does not start with a list or a proxy that is none, and warns of a proxy")
    func settings() async throws {
        let place = try await Installation()
        let bad = try await place.run(
            ["serve", "--listen", "127.0.0.1:0"],
            [
                "SECRET_BROKER_RELAY_ALLOW": "10.0.0.1/8", "SECRET_BROKER_RELAY_PROXY": "proxy",
                "SECRET_BROKER_URL": "broker",
            ])
        #expect(bad.status == 1)
        for name in ["RELAY_ALLOW", "RELAY_PROXY", "URL"] {
            #expect(bad.errors.contains("SECRET_BROKER_\(name) must be"))
        }
        #expect(!bad.errors.contains("10.0.0.1/8"))
        let broker = try await place.serve(["SECRET_BROKER_RELAY_PROXY": "http://127.0.0.1:1"])
        #expect(broker.logged.contains("the relay cannot check where they lead"))
        #expect(await broker.end() == 0)
        await place.end()
    }
}
