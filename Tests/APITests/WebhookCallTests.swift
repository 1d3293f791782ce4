import Broker
import Support
import Testing
import Transport

@testable import API

@Suite("A call about a webhook")
struct WebhookCallTests {
    private static let webhooks = "/v1/teams/research/webhooks"

    private static func header(_ token: String) -> [HTTPHeader] { [HTTPHeader("Authorization", "Bearer \(token)")] }

    @Test("that would make one larger than it may be, or too many characters of a team's, is refused and says so")
    func size() async throws {
        try await PagesWorld.run { world in
            let header = Self.header(try await world.token(.teamAdmin).text)
            func add(_ name: String, headers: Int) async throws -> APIClient.Answer {
                let value = String(repeating: "x", count: 4000)
                let headers = (0..<headers).map { #""H\#($0)":"\#(value)""# }.joined(separator: ",")
                return try await world.send(
                    "POST", Self.webhooks, header,
                    body: #"{"name":"\#(name)","url":"https://a.example/","headers":{\#(headers)}}"#)
            }
            let large = try await add("large", headers: 5)
            #expect(large.status == 400 && large.code == "invalid_request")
            #expect(large.body.contains("at most 16384 characters together"))
            for number in 0..<65 { #expect(try await add("hook-\(number)", headers: 4).status == 201) }
            let another = try await add("another", headers: 4)
            #expect(another.status == 400 && another.body.contains("more than 1048576 characters together"))
            let list = try await world.send("GET", Self.webhooks, header)
            #expect(list.status == 200 && list.body.utf8.count < 2 << 20 && !list.body.contains("another"))
        }
    }

    @Test("does not confirm one whose secrets are not there, and names them; a forced delete disarms")
    func secretsMissing() async throws {
        try await PagesWorld.run { world in
            let header = Self.header(try await world.token(.admin).text)
            func call(_ method: String, _ path: String, _ body: String? = nil) async throws -> APIClient.Answer {
                try await world.send(method, "/v1/teams/research/" + path, header, body: body)
            }
            let named = #""url":"https://a.example/","access_token":"NEW","verify_with":"KEY""#
            #expect(try await call("POST", "webhooks", "{\"name\":\"deploy\",\(named)}").status == 201)
            for (method, path, body) in [
                ("POST", "webhooks", "{\"name\":\"another\",\"confirm\":true,\(named)}"),
                ("PUT", "webhooks/deploy", "{\"confirm\":true,\(named)}"),
                ("POST", "webhooks/deploy/confirm", #"{"url":"https://a.example/"}"#),
            ] {
                let refused = try await call(method, path, body)
                #expect(refused.status == 422 && refused.code == "unknown_variable", "\(method) \(path)")
                #expect(refused.body.contains(#""names":["KEY","NEW"]"#) && refused.body.contains("add KEY, NEW first"))
            }
            for name in ["KEY", "NEW"] {
                #expect(try await call("POST", "secrets", #"{"name":"\#(name)","value":"v"}"#).status == 201)
            }
            let url = #"{"url":"https://a.example/"}"#
            #expect(try await call("POST", "webhooks/deploy/confirm", url).status == 200)
            #expect(try await call("DELETE", "secrets/NEW").code == "secret_in_use")
            #expect(try await call("DELETE", "secrets/NEW?force=true").status == 204)
            #expect(try await call("GET", "webhooks/deploy").body.contains(#""confirmed":false"#))
        }
    }

    @Test("warns once of all secrets that are not there, and names three of them")
    func manyMissing() async throws {
        try await PagesWorld.run { world in
            let header = Self.header(try await world.token(.teamAdmin).text)
            // Together they name more secrets than one of them could.
            for hook in ["a", "b"] {
                let names = (10..<70).map { "${\(hook.uppercased())\($0)}" }.joined()
                let added = try await world.send(
                    "POST", Self.webhooks, header,
                    body: #"{"name":"\#(hook)","url":"https://a.example/","headers":{"X-Keys":"\#(names)"}}"#)
                #expect(added.status == 201)
                #expect(added.body.contains("names \(hook.uppercased())10"))
            }
            let secret = try await world.send(
                "POST", "/v1/teams/research/secrets", header, body: #"{"name":"A11","value":"v"}"#)
            #expect(secret.status == 201)
            let list = try await world.send("GET", Self.webhooks, header).body
            #expect(list.ranges(of: #""code":"secret_missing""#).count == 2)
            #expect(list.contains("the webhook a names A10, A12, A13 and 56 more, which the team does not have: add "))
            #expect(list.contains("the webhook b names B10, B11, B12 and 57 more, which"))
        }
    }
}
