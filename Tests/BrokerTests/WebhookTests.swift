import Testing

@testable import Broker

@Suite("A webhook")
struct WebhookTests {
    @Test(
        "takes a URL that every parser reads alike",
        arguments: [
            ("https://api.github.com/repos/acme/deploy/dispatches", "api.github.com", 443),
            ("https://HOOKS.slack.com/services/T0/B0/x", "hooks.slack.com", 443),
            ("https://gitlab.example/api/v4/projects/9/trigger/pipeline?x=%20y", "gitlab.example", 443),
            ("https://example.com:8443", "example.com", 8443),
            ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443),
            ("https://192.0.2.7/x", "192.0.2.7", 443), ("https://[2001:DB8::1]:444/x", "2001:db8::1", 444),
            ("https://a_b.example/;p@q:r", "a_b.example", 443),
        ])
    func url(_ text: String, _ host: String, _ port: Int) throws {
        let url = try #require(WebhookURL(text))
        #expect(url.text == text && url.host == host && url.port == port)
    }

    @Test(
        "takes no other URL",
        arguments: [
            // Schemes.
            "", "http://example.com/", "HTTPS://example.com/", "ftp://example.com/", "//example.com/",
            "https:/example.com",
            "https:example.com", "https:\\\\example.com\\", " https://example.com/", "file:///etc/passwd",
            // Who is the host?
            "https://", "https:///path", "https://user@example.com/", "https://user:pass@example.com/",
            "https://example.com@127.0.0.1/", "https://example.com\\@127.0.0.1/", "https://127.0.0.1\\.example.com/",
            "https://example.com:80@127.0.0.1/", "https://example.com#@127.0.0.1/", "https://example.com/#fragment",
            "https://example.com?@127.0.0.1/#x", "https://@127.0.0.1/", "https://:443/",
            // Numeric spellings of addresses.
            "https://2130706433/", "https://0x7f000001/", "https://017700000001/", "https://127.1/", "https://127.0.1/",
            "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://127.0.0.01/", "https://127.000.0.1/",
            "https://127.0.0.1./", "https://127.0.0.0x1/", "https://256.0.0.1/", "https://1.2.3.4.5/", "https://0/",
            "https://0x/", "https://0x0/", "https://a.0x7f/", "https://4294967297/", "https://127.0.0.1.0/",
            // Names that some resolver takes for others.
            "https://localhost./", "https://example.com./", "https://example..com/", "https://.example.com/",
            "https://-example.com/", "https://example-.com/", "https://exa%6dple.com/",
            "https://127.0.0.1%00.example.com/",
            "https://127%2e0%2e0%2e1/", "https://ⓔxample.com/", "https://１２７.0.0.1/", "https://127。0。0。1/",
            "https://bücher.example/", "https://ex ample.com/", "https://example.com\t/",
            "https://example.com\r\nHost:x/",
            "https://example.com\0.internal/", "https://exa\u{ad}mple.com/",
            // IPv6.
            "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[::1", "https://::1/", "https://[::1]x/",
            "https://[localhost]/", "https://[127.0.0.1]/", "https://[v1.x]/", "https://[[::1]]/",
            // Ports.
            "https://example.com:/", "https://example.com:0/", "https://example.com:65536/",
            "https://example.com:+443/",
            "https://example.com:443:443/", "https://example.com:4 43/", "https://example.com:0x1bb/",
            // Placeholders.
            "https://example.com/${TOKEN}", "https://${HOST}/", "https://example.com/?t=${TOKEN}",
            "https://example.com/{a}",
        ])
    func hostileURL(_ text: String) {
        #expect(WebhookURL(text) == nil)
    }

    @Test("takes no URL that is too long")
    func longURL() {
        let path = String(repeating: "p", count: WebhookURL.maximumLength - "https://a.example/".utf8.count)
        #expect(WebhookURL("https://a.example/" + path) != nil)
        #expect(WebhookURL("https://a.example/p" + path) == nil)
        #expect(WebhookURL("https://\(String(repeating: "a", count: 64)).example/") == nil)
    }

    @Test(
        "has a name that stands in a path as it is",
        arguments: ["deploy", "1", "a.b-c_d", String(repeating: "x", count: 64)])
    func name(_ text: String) { #expect(WebhookName(text)?.text == text) }

    @Test(
        "has no other name",
        arguments: ["", ".", "..", "-a", "A", "a/b", "a b", "a%2f", "é", String(repeating: "x", count: 65)])
    func badName(_ text: String) { #expect(WebhookName(text) == nil) }

    @Test(
        "sets no header that carries the message or that is the relay's",
        arguments: [
            "Host", "content-length", "Transfer-Encoding", "CONNECTION", "Keep-Alive", "TE", "Upgrade", "Expect",
            "Proxy-Authorization", "Accept-Encoding", "Idempotency-Key", "", "a b", "a:", "é", "a\r\nb",
        ])
    func reservedHeader(_ name: String) {
        #expect(throws: BrokerError.self) { try WebhookHeader(name, "x") }
    }

    @Test(
        "takes a header's value with secrets only",
        arguments: [
            "${alias}", "${artifact_metadata.k}", "${", "${A B}", "a\nb", "a\rb", "a\0b",
            String(repeating: "x", count: 4097),
        ])
    func badHeaderValue(_ value: String) {
        #expect(throws: BrokerError.self) { try WebhookHeader("X-Key", value) }
    }

    @Test(
        "is made or changed with visible text only in its headers and pointers",
        arguments: [
            "\u{1}", "\u{1B}[2J", "\u{7F}", "\u{9B}1m", "\u{202E}", "\u{2066}", "\u{200B}", "\u{FEFF}", "\u{2028}",
        ])
    func invisible(_ text: String) throws {
        func webhook(header: String = "x", at: String = "/a") throws -> Webhook {
            try Webhook(
                name: WebhookName("w")!, url: WebhookURL("https://a.example/")!, headers: [WebhookHeader("X", header)],
                payloadSecrets: [.init(name: SecretName("S")!, at: #require(JSONPointer(at)))])
        }
        let (header, pointer) = (try webhook(header: "a\(text)b"), try webhook(at: "/a\(text)b"))
        #expect(throws: BrokerError.self) { try header.requireVisible() }
        #expect(throws: BrokerError.self) { try pointer.requireVisible() }
        let tab = try webhook(at: "/a\tb")
        #expect(throws: BrokerError.self) { try tab.requireVisible() }
        let plain = try webhook(header: "größe \t\"x\" 漢字", at: "/größe ~1~0/漢字")
        #expect(throws: Never.self) { try plain.requireVisible() }
    }

    @Test("names each of its secrets once, whatever it is for")
    func secrets() throws {
        let webhook = try Webhook(
            name: WebhookName("w")!, url: WebhookURL("https://a.example/")!, accessToken: SecretName("A")!,
            signingSecret: SecretName("B")!, headers: [WebhookHeader("X", "${C} ${A} $${NONE}")],
            payloadSecrets: [.init(name: SecretName("D")!, at: JSONPointer("/d")!)], verifyWith: SecretName("E")!)
        #expect(webhook.sentSecrets.map(\.text).sorted() == ["A", "B", "C", "D"])
        #expect(webhook.secrets.map(\.text).sorted() == ["A", "B", "C", "D", "E"])
    }

    @Test("uses a hundred secrets at most")
    func manySecrets() throws {
        func webhook(_ count: Int) throws -> Webhook {
            let names = (0..<count).map { "${A\($0)}" }
            let headers = try stride(from: 0, to: count, by: 50).map { start in
                try WebhookHeader("X-\(start)", names[start..<min(start + 50, count)].joined())
            }
            return try Webhook(name: WebhookName("w")!, url: WebhookURL("https://a.example/")!, headers: headers)
        }
        #expect(try webhook(100).secrets.count == 100)
        #expect(throws: BrokerError.self) { try webhook(101) }
    }

    @Test("is refused where two of its parts would write one place")
    func conflicts() throws {
        func webhook(
            token: String? = nil, signing: String? = nil, _ headers: [(String, String)] = [], at pointers: [String] = []
        ) throws {
            _ = try Webhook(
                name: WebhookName("w")!, url: WebhookURL("https://a.example/")!,
                accessToken: token.flatMap(SecretName.init),
                signingSecret: signing.flatMap(SecretName.init), headers: headers.map { try WebhookHeader($0.0, $0.1) },
                payloadSecrets: pointers.map { .init(name: SecretName("S")!, at: JSONPointer($0)!) })
        }
        #expect(throws: BrokerError.self) { try webhook(token: "A", [("authorization", "x")]) }
        #expect(throws: BrokerError.self) { try webhook(signing: "A", [("x-wandb-signature", "x")]) }
        #expect(throws: BrokerError.self) { try webhook([("X", "1"), ("x", "2")]) }
        #expect(throws: BrokerError.self) { try webhook(at: ["/a", "/a"]) }
        #expect(throws: BrokerError.self) { try webhook(at: (0...32).map { "/\($0)" }) }
        #expect(throws: Never.self) { try webhook([("Authorization", "Basic ${A}")], at: ["/a", "/b"]) }
    }
}
