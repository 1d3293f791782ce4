import Broker
import Simulator
import Support
import Testing
import Transport

@testable import Providers

/// moto and drongo are other people's readings of AWS's and Google's interfaces.
@Suite("On a server of somebody else's making, the driver", .timeLimit(.minutes(5)))
struct ContractPeerTests {
    private func prove(_ uri: String, _ environment: [String: String]) async throws {
        let http = try HTTPClient(.fromEnvironment(environment))
        defer { http.shutDown() }
        let surroundings = Surroundings(environment: environment, http: http, now: TestCatalog.systemTime)
        let store = try Registry.open(StoreURI(uri, setting: "STORE"), as: .default, in: surroundings)
        for sentence in DriverContract.cases {
            let broken = await sentence.run(on: store).broken
            #expect(broken == nil, "\(sentence.sentence): \(broken?.sentence ?? "")")
        }
    }

    @Test("keeps the contract at moto")
    func moto() async throws {
        try await Moto.withServer { url in
            try await prove(
                "aws-secretmanager://wandb?namespace=wandb&region=us-east-1",
                [
                    "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
                    "AWS_SECRET_ACCESS_KEY": "secret",
                ])
        }
    }

    /// drongo asks nobody to sign in; the driver does all the same, at the simulated metadata server.
    @Test("keeps the contract at drongo")
    func drongo() async throws {
        var settings = SimulatedGoogleSettings()
        settings.accounts = [GoogleAccount(key: GoogleWorld.key)]
        let machine = try await GoogleSimulator.start(settings)
        try await Drongo.withServer { url in
            try await prove(
                "gcp-secretmanager://acme-project?namespace=wandb&endpoint=\(url)",
                ["GCE_METADATA_HOST": String(machine.endpoint.dropFirst("http://".count))])
        }
        await machine.stop()
    }
}
