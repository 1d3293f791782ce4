import Broker
import Simulator
import Support
import Testing

@Suite("Google's own clients")
struct GoogleInteropTests {
    @Test("google-cloud-secret-manager and google-auth find everything as Google has it", .timeLimit(.minutes(3)))
    func google() async throws {
        let account = GoogleAccount()
        var settings = SimulatedGoogleSettings()
        settings.accounts = [account]
        settings.federation = GoogleFederation(subjectToken: Secret(text: "eyJ.subject.token"), account: account.email)
        for (name, state) in [("enabled", KMSKeyState.enabled), ("disabled", .disabled), ("denied", .accessDenied)] {
            settings.keys["projects/acme-project/locations/europe-west4/keyRings/r/cryptoKeys/\(name)"] = state
        }
        let simulator = try await GoogleSimulator.start(settings)
        let subject = try simulator.write(Secret(text: "eyJ.subject.token"), to: "subject")
        let finished = try await PythonEnvironment.run(
            "google_drives_simulator.py",
            [
                simulator.endpoint, try #require(simulator.environment["GOOGLE_APPLICATION_CREDENTIALS"]), subject,
                try #require(settings.federation).audience,
            ])
        await simulator.stop()
        #expect(finished.status == 0, "\(finished.output)")
        #expect(finished.output.contains("proven:"))
    }
}
