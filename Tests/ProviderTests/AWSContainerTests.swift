import Broker
import Support
import Testing
import Transport

@testable import Providers

@Suite("Where a container's credentials may come from")
struct AWSContainerTests {
    private func faults(_ environment: [String: String]) -> [String] {
        let http = HTTPClient(testing: .fromEnvironment([:]))
        defer { http.shutDown() }
        var faults: [String] = []
        _ = AWSContainerCredentials(environment, http: http, faults: &faults)
        return faults
    }

    @Test(
        "from this machine, from the agents' own addresses, and over TLS",
        arguments: [
            "http://169.254.170.2/v2/credentials/1?a=b", "http://169.254.170.23/v1/credentials",
            "http://[fd00:ec2::23]/v1/credentials", "http://127.0.0.1:80/x", "http://127.9.9.9",
            "http://localhost:8080/",
            "http://[::1]/x", "https://credentials.example/x", "HTTPS://credentials.example:8443/x",
        ])
    func allowed(_ url: String) {
        #expect(faults(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url]).isEmpty)
    }

    @Test(
        "and from nowhere else",
        arguments: [
            "http://evil.example/x", "http://169.254.169.254/latest", "http://169.254.170.3/", "http://10.0.0.1/",
            "http://169.254.170.2.evil.example/", "http://169.254.170.2@evil.example/",
            "http://localhost.evil.example/",
            "http://evil.example#@localhost/", "http://evil.example\\@localhost/",
            "http://evil.example?http://localhost/",
            "http://localhost:80@evil.example/", "http://127.0.0.1 .evil.example/", "http://127.1/",
            "http://2130706433/",
            "http://0x7f.0.0.1/", "http://[fd00:ec2::254]/", "http://[::ffff:169.254.170.2]/", "ftp://localhost/",
            "file:///etc/passwd", "//localhost/", "localhost/x", "http:localhost", "http://", "https://user:pw@h/",
            "http://localhost/x y", "http://localhost/x\r\nHost: evil", "http://localhost/x#y", "http://localhost/ü",
            "http://localhost/\\evil",
        ])
    func refused(_ url: String) {
        let faults = faults(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url])
        #expect(faults.count == 1 && faults[0].hasPrefix("AWS_CONTAINER_CREDENTIALS_FULL_URI is neither"), "\(faults)")
    }

    @Test(
        "a relative one is a path at ECS's agent",
        arguments: [
            "x", "@evil.example/", ".evil.example/", ":80/", "http://evil.example/", "/x y", "/x\n", "/x#y", "/\\x",
            "?x",
        ])
    func relative(_ path: String) {
        let faults = faults(["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": path])
        #expect(faults.count == 1 && faults[0].hasPrefix("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not"), "\(faults)")
        #expect(self.faults(["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/0-a_b"]).isEmpty)
    }

    @Test("a token of the environment that cannot stand in a header is a fault, and one of a file comes before it")
    func tokens() {
        let place = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost/"]
        for token in ["a\nb", "a\r", "ü", "a\u{0}", String(repeating: "a", count: 20_001)] {
            let faults = faults(place.merging(["AWS_CONTAINER_AUTHORIZATION_TOKEN": token]) { $1 })
            #expect(faults.count == 1 && faults[0].hasPrefix("AWS_CONTAINER_AUTHORIZATION_TOKEN cannot"), "\(faults)")
        }
        let both = ["AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\nb", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/t"]
        #expect(faults(place.merging(both) { $1 }).isEmpty)
        #expect(faults(place.merging(["AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic dXNlcg=="]) { $1 }).isEmpty)
    }
}
