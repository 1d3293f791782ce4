import Broker
import Foundation
import Support
import Testing
import Transport

/// The built program between a W&B Server (its requests, by Python) and a destination over TLS (Python as well), which
/// check and make signatures with code of their own.
@Suite("The relay, the built program", .timeLimit(.minutes(3)))
struct RelayTests {
    @Test("carries a payload from W&B to a destination that checks token, signature and the secret in the body")
    func delivers() async throws {
        let stage = try await RelayStage()
        for encoding in ["hex", "base64"] {
            let more =
                #","access_token":"GITHUB_TOKEN","signing_secret":"SIGNING","signature_encoding":"\#(encoding)","verify_with":"INBOUND","payload_secrets":[{"name":"GITHUB_TOKEN","at":"/client_payload/token"}],"headers":{"X-Extra":"k ${SIGNING}"}"#
            #expect(try await stage.add("github-\(encoding)", to: "/verify/\(encoding)", more).status == 201)
            let payload =
                #"{"event_type":"${event_type}","client_payload":{"token":"${GITHUB_TOKEN}","alias":"${alias}"}}"#
            let webhook = "github-\(encoding)"
            let delivered = try await stage.deliver(
                payload, to: webhook, secret: RelayStage.inbound, encoding: encoding)
            #expect(delivered.status == 200)
            RelayStage.expectNoValue(delivered.told)
            let received = try #require(stage.receiver.received.last)
            let body = try JSONSerialization.jsonObject(with: Data(received.utf8)) as? [String: Any]
            let sent = try #require((body?["body"] as? String).map { Data($0.utf8) })
            let json = try #require(try JSONSerialization.jsonObject(with: sent) as? [String: Any])
            #expect(json["client_payload"] as? [String: String] == ["alias": "production", "token": RelayStage.token])
            #expect(json["event_type"] as? String == "ADD_ARTIFACT_ALIAS")
            #expect(received.contains("X-Extra") && received.contains("k \(RelayStage.signing)"))
            // Another key, and none.
            #expect(try await stage.deliver(payload, to: webhook, secret: "wrong", encoding: encoding).status == 401)
            #expect(try await stage.deliver(payload, to: webhook).status == 401)
        }
        #expect(stage.receiver.received.count == 2)
        let audit = try await stage.admin.call("GET", "/v1/audit?team=research").body
        RelayStage.expectNoValue(audit)
        #expect(audit.contains(#""action":"webhook:relay","outcome":"done","response_code":200"#))
        RelayStage.expectNoValue(stage.broker.logged)
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
        let stage = try await RelayStage()
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
        let stage = try await RelayStage()
        let more =
            #","answer":"body","access_token":"GITHUB_TOKEN","payload_secrets":[{"name":"GITHUB_TOKEN","at":"/token"}]"#
        for path in ["/echo/\(form)", "/type", "/gzip", "/gzip_unnamed", "/large"] {
            let name = path.dropFirst().replacingOccurrences(of: "/", with: "-")
            #expect(try await stage.add(name, to: path, more).status == 201)
            let delivered = try await stage.deliver(#"{"token":"${GITHUB_TOKEN}"}"#, to: name)
            #expect(delivered.status == 200)
            #expect(delivered.told.contains(#""body":"withheld"#))
            RelayStage.expectNoValue(delivered.told)
            #expect(!delivered.told.contains("X-Echo"))
        }
        #expect(try await stage.add("plain", to: "/status/202", more).status == 201)
        #expect(try await stage.deliver(#"{"token":"${GITHUB_TOKEN}"}"#, to: "plain").told.hasSuffix("said\n"))
        await stage.end()
    }

    @Test(
        "gives W&B's side no signature that it made, whatever the destination echoes",
        arguments: ["raw", "json_in_json", "hex", "base64_2"])
    func echoOfSignature(_ form: String) async throws {
        let stage = try await RelayStage()
        for encoding in ["hex", "base64"] {
            let more = #","answer":"body","signing_secret":"SIGNING","signature_encoding":"\#(encoding)""#
            #expect(try await stage.add("signed-\(encoding)", to: "/echo/\(form)", more).status == 201)
            let delivered = try await stage.deliver("{}", to: "signed-\(encoding)")
            #expect(delivered.status == 200 && delivered.told.contains(#""body":"withheld"#))
        }
        #expect(try await stage.add("unsigned", to: "/echo/\(form)", #","answer":"body""#).status == 201)
        #expect(try await !stage.deliver("{}", to: "unsigned").told.contains("withheld"))
        await stage.end()
    }

    @Test("takes a placeholder that somebody plants for the text that it is")
    func planted() async throws {
        let stage = try await RelayStage()
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
            #expect(json["client_payload"] as? [String: String] == ["token": RelayStage.token])
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
        let stage = try await RelayStage()
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
        let stage = try await RelayStage()
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
