import Foundation
import Glibc
import Support
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct ProxyTests {
    private func client(proxy: RawServer, noProxy: String = "") -> HTTPClient {
        var settings = TransportSettings()
        settings.proxy = proxy.url
        settings.noProxy = noProxy
        settings.connectTimeout = .seconds(20)
        return HTTPClient(testing: settings)
    }

    @Test("https goes through the proxy, by name")
    func connect() async throws {
        let proxy = try RawServer.answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        await #expect(throws: TransportError.proxyFailed) {
            try await client(proxy: proxy).send(HTTPCall("GET", "https://secrets.example/path"))
        }
        var requests = proxy.requests.makeAsyncIterator()
        let request = try #require(await requests.next())
        #expect(request.lines.first == "CONNECT secrets.example:443 HTTP/1.1")
        #expect(!request.head.contains("/path"))
    }

    @Test(
        "a proxy that is not there is told from a host that is not",
        arguments: ["127.0.0.1:1", "no-such-proxy.invalid:1"])
    func absent(_ place: String) async throws {
        var settings = TransportSettings()
        settings.proxy = "http://\(place)"
        settings.noProxy = "other.example,.example.invalid,127.0.0.0/8"
        let http = try HTTPClient(settings)
        await #expect(throws: TransportError.proxyFailed) {
            try await http.send(HTTPCall("GET", "https://secrets.example/"))
        }
        await #expect(throws: TransportError.nameUnknown) {
            try await http.send(HTTPCall("GET", "https://secrets.example.invalid/"))
        }
        await #expect(throws: TransportError.couldNotConnect) {
            try await http.send(HTTPCall("GET", "https://127.0.0.1:1/"))
        }
    }

    @Test("a proxy that hangs up is no connection", arguments: [true, false])
    func hangsUp(isReset: Bool) async throws {
        let proxy = try RawServer { connection in
            _ = connection.readRequest()
            if isReset { connection.reset() }
        }
        await #expect(throws: TransportError.proxyFailed) {
            try await client(proxy: proxy).send(HTTPCall("POST", "https://secrets.example/"))
        }
    }

    @Test("no header of the call reaches the proxy, and no status of the proxy the caller")
    func separated() async throws {
        let proxy = try RawServer.answering("HTTP/1.1 200 OK\r\nX-Proxy: 1\r\n\r\nnot TLS at all, but text instead")
        await #expect(throws: TransportError.tls) {
            try await client(proxy: proxy).send(
                HTTPCall("GET", "https://secrets.example/", headers: [HTTPHeader("X-Token", "visible")]))
        }
        var requests = proxy.requests.makeAsyncIterator()
        #expect(await requests.next()?.head.contains("visible") == false)
    }

    @Test(
        "hosts that are excepted, loopback and link-local are reached directly",
        arguments: [
            "https://secrets.example.invalid/", "https://127.0.0.1:1/", "https://localhost:1/",
        ])
    func direct(url: String) async throws {
        let proxy = try RawServer.answering(answer())
        let error = await #expect(throws: TransportError.self) {
            try await client(proxy: proxy, noProxy: "other.example,.example.invalid").send(HTTPCall("GET", url))
        }
        #expect(error == (url.contains("invalid") ? .nameUnknown : .couldNotConnect))
        let server = try RawServer.answering(answer())
        #expect(try await client(proxy: proxy).send(HTTPCall("GET", server.url)).status == 200)
        #expect(proxy.accepted == 0)
    }

    @Test("a call that may not use a proxy uses none")
    func without() async throws {
        let proxy = try RawServer.answering(answer())
        var call = HTTPCall("GET", "https://secrets.example.invalid/")
        call.mayUseProxy = false
        await #expect(throws: TransportError.nameUnknown) { try await client(proxy: proxy).send(call) }
        #expect(proxy.accepted == 0)
    }

    /// In a process of its own, since the environment belongs to all tests.
    @Test("a proxy of the environment is not used unless it is in the settings")
    func environment() async throws {
        let proxy = try RawServer.answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        await #expect(processExitsWith: .success) { [url = proxy.url as String] in
            for name in ["https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"] {
                unsafe setenv(name, url, 1)
            }
            var settings = TransportSettings()
            settings.connectTimeout = .seconds(20)
            let client = try HTTPClient(settings)
            await #expect(throws: TransportError.nameUnknown) {
                try await client.send(HTTPCall("GET", "https://secrets.example.invalid/"))
            }
        }
        #expect(proxy.accepted == 0)
    }

    @Test("the environment's words are read, in either case; an empty one is none")
    func settings() {
        let upper = TransportSettings.fromEnvironment([
            "HTTPS_PROXY": "http://p:1", "NO_PROXY": "a,b", "SSL_CERT_FILE": "/ca.pem", "https_proxy": "http://q:1",
        ])
        #expect(upper.proxy == "http://p:1")
        #expect(upper.noProxy == "a,b")
        #expect(upper.caFile == "/ca.pem")
        let lower = TransportSettings.fromEnvironment(["HTTPS_PROXY": "", "https_proxy": "http://q:1", "no_proxy": "c"])
        #expect(lower.proxy == "http://q:1")
        #expect(lower.noProxy == "c")
        let none = TransportSettings.fromEnvironment([
            "http_proxy": "http://p:1", "ALL_PROXY": "http://p:1", "SSL_CERT_FILE": "",
        ])
        #expect(none.proxy == nil)
        #expect(none.caFile == nil)
        #expect(none.noProxy.isEmpty)
    }
}
