import Broker
import Foundation
import NIOConcurrencyHelpers
import Simulator
import Support
import Testing

/// What depends on the clock. All else is proven by Azure's own clients.
@Suite("The simulated key vault", .timeLimit(.minutes(1)))
struct AzureVaultTests {
    private struct Vault: Sendable {
        let simulator: AzureSimulator
        let time: NIOLockedValueBox<Timestamp>
        let port: Int

        func send(_ line: String, _ headers: [String] = [], _ body: String = "") async throws -> RawExchange {
            let head = [line + " HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close"] + headers
            let text = (head + ["Content-Length: \(body.utf8.count)", "", body]).joined(separator: "\r\n")
            return try await RawExchange.send(Array(text.utf8), port: port)
        }

        func token() async throws -> String {
            let variables = simulator.environment
            let form =
                "grant_type=client_credentials&scope=https%3A%2F%2Fvault.azure.net%2F.default"
                + "&client_id=\(variables["AZURE_CLIENT_ID"] ?? "")&client_secret=\(variables["AZURE_CLIENT_SECRET"] ?? "")"
            let answer = try await send("POST /\(variables["AZURE_TENANT_ID"] ?? "")/oauth2/v2.0/token", [], form)
            let object = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
            return try #require(object?["access_token"] as? String)
        }

        func call(_ method: String, _ path: String, _ token: String, _ body: String = "") async throws -> RawExchange {
            try await send("\(method) /\(path)?api-version=7.4", ["Authorization: Bearer \(token)"], body)
        }

        func pass(_ duration: Duration) { time.withLockedValue { $0 = $0.adding(duration) } }
    }

    private func withVault(
        _ change: (inout SimulatedAzureSettings) -> Void = { _ in }, _ body: (Vault) async throws -> Void
    ) async throws {
        let time = NIOLockedValueBox(Timestamp(milliseconds: 1_795_000_000_000))
        var settings = SimulatedAzureSettings(clock: { time.withLockedValue { $0 } })
        settings.identities = [.random()]
        change(&settings)
        let simulator = try await AzureSimulator.start(settings)
        let port = try #require(simulator.endpoint.split(separator: ":").last.flatMap { Int($0) })
        do {
            try await body(Vault(simulator: simulator, time: time, port: port))
        } catch {
            await simulator.stop()
            throw error
        }
        await simulator.stop()
    }

    @Test("takes a token until it expires")
    func tokenExpires() async throws {
        try await withVault { vault in
            let token = try await vault.token()
            #expect(try await vault.call("GET", "secrets", token).status == 200)
            vault.pass(.seconds(3600))
            let refused = try await vault.call("GET", "secrets", token)
            #expect(refused.status == 401)
            #expect(refused.header("WWW-Authenticate")?.hasPrefix("Bearer authorization=") == true)
        }
    }

    @Test("keeps what was deleted for the retention time, purge protection or not, and purges it then")
    func retention() async throws {
        try await withVault({
            $0.retentionDays = 7
            $0.hasPurgeProtection = true
        }) { vault in
            let value = Secret(text: "value")
            await vault.simulator.store(value, as: "a")
            #expect(try await vault.call("DELETE", "secrets/A", try await vault.token()).status == 200)
            #expect(await vault.simulator.objectNames().isEmpty)
            vault.pass(.seconds(7 * 86_400 - 1))
            #expect(await vault.simulator.holds(value))
            let token = try await vault.token()
            #expect(try await vault.call("GET", "deletedsecrets/a", token).status == 200)
            #expect(try await vault.call("PUT", "secrets/a", token, #"{"value":"x"}"#).status == 409)
            vault.pass(.seconds(1))
            #expect(await !vault.simulator.holds(value))
            #expect(try await vault.call("GET", "deletedsecrets/a", token).status == 404)
            #expect(try await vault.call("PUT", "secrets/a", token, #"{"value":"x"}"#).status == 200)
        }
    }

    @Test("gives the machine's token to nobody who was sent from elsewhere")
    func metadata() async throws {
        try await withVault({ $0.machineIdentity = AzureIdentity(clientID: "machine") }) { vault async throws in
            let line =
                "GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net"
            #expect(try await vault.send(line, ["Metadata: true"]).status == 200)
            #expect(try await vault.send(line).status == 400)
            #expect(try await vault.send(line, ["Metadata: true", "X-Forwarded-For: 10.0.0.1"]).status == 400)
            #expect(try await vault.send(line + "&client_id=other", ["Metadata: true"]).status == 400)
        }
    }
}
