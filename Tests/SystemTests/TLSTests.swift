import Broker
import Cryptography
import Foundation
import Support
import Testing
import Transport

/// The listener's certificate is renewed under a running broker.
@Suite("The broker's own TLS", .timeLimit(.minutes(2)))
struct TLSTests {
    /// Of a client that trusts this authority and no other.
    private func status(_ broker: BrokerBinary, trusting authority: CertificateAuthority) async -> Int? {
        var settings = TransportSettings()
        settings.serverCA = .text(Secret(text: authority.certificate))
        let http = HTTPClient(testing: settings)
        defer { http.shutDown() }
        return try? await APIClient(http, url: broker.url, token: nil).call("GET", "/healthz").status
    }

    @Test("takes a renewed certificate without a restart, and keeps the former where the new one cannot be used")
    func renewed() async throws {
        let place = try await Installation()
        let (former, next) = (CertificateAuthority(), CertificateAuthority(commonName: "Another authority"))
        let broker = try await place.serve(try place.write(former.issueServer()))
        #expect(broker.url.hasPrefix("https://"))
        #expect(await status(broker, trusting: former) == 200)
        #expect(await status(broker, trusting: next) == nil)

        // The certificate alone: it does not fit the key.
        _ = try place.write(next.issueServer().certificate, to: "tls.crt")
        #expect(await broker.logs("the former certificate stays in use"))
        #expect(await status(broker, trusting: former) == 200)

        _ = try place.write(next.issueServer())
        #expect(await broker.logs("the TLS certificate was read again"))
        #expect(await status(broker, trusting: next) == 200)
        #expect(await status(broker, trusting: former) == nil)
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("is what a command is told of that speaks plain HTTP to it")
    func plainClient() async throws {
        let place = try await Installation()
        let broker = try await place.serve(try place.write(CertificateAuthority().issueServer()))
        let plain = "http" + broker.url.dropFirst("https".count)
        let client = ["SECRET_BROKER_URL": plain, "SECRET_BROKER_TOKEN": place.admin]
        let listed = try await place.run(["secret", "list", "--team", "research"], client)
        #expect(listed.status == 1 && listed.errors.contains("or it speaks https: see SECRET_BROKER_URL"))
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("warns at the start of a certificate that ends soon or has ended, and shows its end in the metrics")
    func ends() async throws {
        let place = try await Installation()
        let authority = CertificateAuthority()
        var settings = TransportSettings()
        settings.serverCA = .text(Secret(text: authority.certificate))
        let http = HTTPClient(testing: settings)
        defer { http.shutDown() }
        let broker = try await place.serve(try place.write(authority.issueServer(lifetime: 86_400)))
        #expect(await broker.logs("the TLS certificate ends soon: renew it"))
        let metrics = try await APIClient(http, url: broker.url, token: place.admin).call("GET", "/metrics").body
        let end = try #require(
            metrics.firstMatch(of: /secret_broker_tls_certificate_expiry_timestamp_seconds ([0-9]+)\n/)?.1)
        let left = try #require(Double(end)) - Date().timeIntervalSince1970
        #expect(left > 80_000 && left <= 86_400)

        _ = try place.write(authority.issueServer(lifetime: -86_400))
        #expect(await broker.logs("the TLS certificate has ended, and clients refuse it"))
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("leaves the answer to be read by who sends all of a refused body first")
    func refusedUnread() async throws {
        let place = try await Installation()
        let broker = try await place.serve(try place.write(CertificateAuthority().issueServer()))
        let port = try #require(URL(string: broker.url)?.port)
        let script = """
            import http.client, ssl, sys
            context = ssl._create_unverified_context()
            connection = http.client.HTTPSConnection(sys.argv[1], int(sys.argv[2]), context=context)
            connection.request("POST", "/v1/teams/research/resolve", body=b"x" * (8 << 20))
            print(connection.getresponse().status)
            """
        let python = try await PythonEnvironment.installedProgram("python")
        let client = try ChildProcess("/usr/bin/env", [python, "-c", script, "127.0.0.1", "\(port)"])
        #expect(await client.ended() == 0)
        #expect(client.output == "401\n")
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("speaks TLS 1.2 and later with forward secrecy, and nothing older")
    func versions() async throws {
        let place = try await Installation()
        let broker = try await place.serve(try place.write(CertificateAuthority().issueServer()))
        let port = try #require(URL(string: broker.url)?.port)
        let script = """
            import socket, ssl, sys
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.set_ciphers(sys.argv[4])
            context.minimum_version = context.maximum_version = ssl.TLSVersion[sys.argv[3]]
            try:
                with context.wrap_socket(socket.create_connection((sys.argv[1], int(sys.argv[2])))) as connection:
                    print(connection.version(), connection.cipher()[0])
            except (ssl.SSLError, ConnectionError):
                print("refused")
            """
        let python = try await PythonEnvironment.installedProgram("python")
        func spoken(_ version: String, _ ciphers: String = "ALL:@SECLEVEL=0") async throws -> String {
            let client = try ChildProcess(
                "/usr/bin/env", [python, "-c", script, "127.0.0.1", "\(port)", version, ciphers])
            #expect(await client.ended() == 0)
            return client.output.trimmingCharacters(in: .newlines)
        }
        #expect(try await spoken("TLSv1") == "refused")
        #expect(try await spoken("TLSv1_1") == "refused")
        #expect(try await spoken("TLSv1_2", "kRSA:@SECLEVEL=0") == "refused")
        #expect(try await spoken("TLSv1_2").hasPrefix("TLSv1.2 ECDHE-"))
        #expect(try await spoken("TLSv1_3").hasPrefix("TLSv1.3 "))
        #expect(await broker.end() == 0)
        await place.end()
    }
}
