import Broker
import Simulator
import Support
import Testing

@Suite("AWS's own client")
struct InteropTests {
    @Test("boto3 finds everything as AWS has it", .timeLimit(.minutes(3)))
    func boto3() async throws {
        let credential = AWSCredential.random(temporary: true)
        var settings = SimulatedAWSSettings()
        settings.credentials = [credential]
        settings.keys = ["enabled": .enabled, "disabled": .disabled, "denied": .accessDenied]
        settings.roles = [
            AWSRole(
                name: "deployer", externalID: "tenant 1/a+b", webIdentity: WebIdentity(Secret(text: "eyJ.web.identity"))
            ),
            AWSRole(name: "foreign", webIdentity: WebIdentity(Secret(text: "eyJ.foreign"), audience: "sigstore")),
            AWSRole(
                name: "late",
                webIdentity: WebIdentity(Secret(text: "eyJ.late"), expires: Timestamp(milliseconds: 1_700_000_000_000))),
            AWSRole(name: "long", maximumSession: 43_200),
        ]
        settings.containerToken = Secret(text: "container-token")
        let simulator = try await AWSSimulator.start(settings)
        let finished = try await PythonEnvironment.run(
            "boto3_drives_simulator.py",
            [
                simulator.endpoint, credential.accessKeyID, credential.secretAccessKey.shown,
                try #require(credential.sessionToken).shown,
            ])
        await simulator.stop()
        #expect(finished.status == 0, "\(finished.output)")
        #expect(finished.output.contains("proven:"))
    }
}
