import Broker
import Cryptography
import Foundation
import NIOConcurrencyHelpers
import Support
import Testing
import Transport

@testable import Providers
@testable import Simulator

@Suite("What the AWS driver sends", .timeLimit(.minutes(1)))
struct AWSRequestsTests {
    private struct Request: Codable {
        let service: String
        let target: String
        let body: String
    }

    /// A simulated AWS that keeps what it is asked.
    private func recording(
        _ settings: SimulatedAWSSettings, _ body: (_ url: String) async throws -> Void
    ) async throws -> [Request] {
        let recorded = NIOLockedValueBox<[Request]>([])
        let front = CloudFront(cloud: AWSCloud(settings), clock: settings.clock)
        let server = try await LoopbackServer.start(port: 0, clock: settings.clock) { request in
            let target = request.header("x-amz-target") ?? ""
            let kept = Request(
                service: target.isEmpty ? "sts" : "secretsmanager", target: target, body: request.body.simulatedText)
            // A check looks at the clock by a GET that asks for nothing.
            if request.method == "POST" { recorded.withLockedValue { $0.append(kept) } }
            return await front.respond(to: request)
        }
        try await body("http://127.0.0.1:\(server.port)")
        await server.stop()
        return recorded.withLockedValue { $0 }
    }

    @Test("is what botocore's models of Secrets Manager and STS allow")
    func fitsModel() async throws {
        let folder = try TemporaryFolder()
        var settings = SimulatedAWSSettings()
        let longest = String(repeating: "n", count: 60)
        let external = "tenant/1:a+b=c,d.e@f-g"
        settings.roles = [
            Simulator.AWSRole(name: "web", webIdentity: WebIdentity(Secret("eyJ.web.identity"))),
            Simulator.AWSRole(name: "store", externalID: external),
        ]
        settings.keys = ["alias/own": .enabled]
        let clock = settings.clock
        let token = try folder.write(Secret("eyJ.web.identity"), to: "token")
        let requests = try await recording(settings) { url in
            let http = try HTTPClient(.fromEnvironment([:]))
            defer { http.shutDown() }
            let environment = [
                "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": url, "AWS_WEB_IDENTITY_TOKEN_FILE": token,
                "AWS_ROLE_ARN": AWSSignInWorld.arn("web"),
            ]
            let role = "role_arn=\(AWSSignInWorld.arn("store"))&external_id=\(external)"
            for query in ["\(role)", "\(role)&kms_key_id=alias/own&recovery_days=7"] {
                let uri = try StoreURI("aws-secretmanager://\(longest)?\(query)", setting: "STORE")
                let store = try Registry.open(
                    uri, as: .default, in: Surroundings(environment: environment, http: http, now: clock))
                #expect(await store.provider.check().allSatisfy { $0.severity == .good })
                let note = ObjectNote(
                    team: TeamName(String(repeating: "t", count: 64))!,
                    name: SecretName(String(repeating: "N", count: 128))!)
                for value in [Secret("v"), Secret(String(repeating: "\u{7F}ä", count: 20_000)), binary(65_536)] {
                    var random = SecureRandom()
                    let reference = Reference(
                        namespace: longest, team: note.team, name: note.name, using: &random)
                    let pin = try await store.provider.create(value, at: reference, note: note)
                    #expect(try await store.provider.read(reference, at: pin).matches(value))
                    _ = try await store.provider.purge(reference)
                }
            }
        }
        let input = String(decoding: try JSONEncoder().encode(requests), as: UTF8.self)
        let (status, output) = try await PythonEnvironment.run("aws_requests_fit_model.py", [], input: input)
        #expect(status == 0, "\(output)")
        let operations = Set(output.split(separator: "\n").map(String.init))
        #expect(
            operations == [
                "CreateSecret", "GetSecretValue", "DeleteSecret", "GetCallerIdentity", "AssumeRole",
                "AssumeRoleWithWebIdentity",
            ])
    }

    @Test(
        "is found to be at fault where it is",
        arguments: [
            (
                "sts", "",
                "Action=AssumeRole&Version=2011-06-15&RoleArn=short&RoleSessionName=a%20b&DurationSeconds=1h", 3
            ),
            ("sts", "", "Action=GetCallerIdentity&Version=2012-06-15&X=1", 2),
            ("secretsmanager", "secretsmanager.DeleteSecret", #"{"RecoveryWindowInDays": "7", "secretid": "x"}"#, 3),
            ("secretsmanager", "secretsmanager.CreateSecret", #"{"Name": "", "ClientRequestToken": "short"}"#, 2),
        ])
    func findsFaults(_ service: String, target: String, body: String, count: Int) async throws {
        let input = try JSONEncoder().encode([Request(service: service, target: target, body: body)])
        let (status, output) = try await PythonEnvironment.run(
            "aws_requests_fit_model.py", [], input: String(decoding: input, as: UTF8.self))
        #expect(status == 1)
        #expect(output.split(separator: "\n").count { $0.hasPrefix("FAULT") } == count, "\(output)")
    }

    private func binary(_ count: Int) -> Secret {
        let bytes = [UInt8](repeating: 0xFF, count: count)
        return unsafe Secret(copying: bytes.span.bytes)
    }
}
