import Testing

@testable import Providers

@Suite("An endpoint that an operator configured")
struct BaseURLTests {
    @Test(
        "is taken with its host and port, and without a slash at the end or a default port",
        arguments: [
            (
                "https://vpce-1.secretsmanager.us-east-1.vpce.amazonaws.com",
                "vpce-1.secretsmanager.us-east-1.vpce.amazonaws.com"
            ),
            ("https://Example.com/", "example.com"), ("HTTPS://example.com:443", "example.com"),
            ("https://example.com:8443", "example.com:8443"), ("https://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
            ("https://[2001:db8::1]", "[2001:db8::1]"),
        ])
    func good(_ url: String, host: String) {
        let base = BaseURL(url)
        #expect(base?.text == "https://\(host)")
        #expect(base?.host == host)
    }

    @Test(
        "may be plain HTTP on loopback",
        arguments: ["http://127.0.0.1:4566", "http://127.255.0.1", "http://localhost:1", "http://[::1]:8080"])
    func loopback(_ url: String) {
        #expect(BaseURL(url)?.text == url)
    }

    @Test(
        "is refused with anything that could change where a request goes",
        arguments: [
            "", "https", "https:", "https://", "https:///", "example.com", "//example.com", "ftp://example.com",
            "file:///etc/passwd", "http://example.com", "http://10.0.0.1", "http://169.254.169.254",
            "http://127.0.0.1.evil.example", "http://127.0.0.256", "http://127.0.0", "http://127.1",
            "https://user@example.com", "https://user:password@example.com", "https://example.com@evil.example",
            "https://example.com/path", "https://example.com//", "https://example.com/?a", "https://example.com?a",
            "https://example.com#a", "https://example.com\\.evil.example", "https://example.com\\@evil.example",
            "https://example.com:0", "https://example.com:65536", "https://example.com:", "https://example.com:+1",
            "https://example.com:80:80", "https://exa mple.com", "https://example.com\n", "https://example.com\t",
            "https://.example.com", "https://example..com", "https://example.com.", "https://-a.example.com",
            "https://example.com%2eevil.example", "https://exämple.com", "https://[::1", "https://[]",
            "https://[::1%25eth0]", "https://[evil]", "https://[::1]evil", "http://[::1]@evil.example",
            "https://\u{130}.com",
        ])
    func hostile(_ url: String) {
        #expect(BaseURL(url) == nil)
    }
}
