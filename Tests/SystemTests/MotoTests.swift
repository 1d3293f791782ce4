import Broker
import Support
import Testing

/// moto is somebody else's reading of AWS, boto3 is AWS's own client: what the broker does must make sense to both.
@Suite("Against moto, the built program")
struct MotoTests {
    @Test("writes what boto3 reads back, and leaves no old object after a rotate or delete")
    func mainJob() async throws {
        let place = try await Installation()
        try await Moto.withServer { url in
            let broker = try await place.serve([
                "AWS_ENDPOINT_URL_SECRETS_MANAGER": url, "AWS_ENDPOINT_URL_STS": url,
                "SECRET_BROKER_CATALOG": "sqlite://\(place.catalog)-moto",
            ])
            let environment = place.environment.merging(["SECRET_BROKER_CATALOG": "sqlite://\(place.catalog)-moto"]) {
                _, new in new
            }
            let token = { role in try await Installation.token(["--role", role, "--team", "research"], environment) }
            let admin = APIClient(place.http, url: broker.url, token: try await token("admin"))
            let resolver = APIClient(place.http, url: broker.url, token: try await token("resolver"))

            let first = try #require(try await admin.add("GITHUB_TOKEN", "the first").version)
            let firstName = "wandb-research-github-token-\(first)"
            #expect(try await readBack(firstName, from: url).contains(#""text": "the first""#))
            let second = try #require(try await admin.rotate("GITHUB_TOKEN", "the second").version)
            let secondName = "wandb-research-github-token-\(second)"
            #expect(try await resolver.resolve("GITHUB_TOKEN").resolved == "the second")
            #expect(try await readBack(secondName, from: url).contains(#""text": "the second""#))
            try await expectPurged(firstName, admin, url)
            #expect(try await admin.delete("GITHUB_TOKEN").status == 204)
            try await expectPurged(secondName, admin, url)
            #expect(await broker.end() == 0)
        }
        await place.end()
    }

    private func readBack(_ name: String, from url: String) async throws -> String {
        try await PythonEnvironment.run("aws_read_back.py", [url, "us-east-1", name]).output
    }

    /// The purge follows the answer at once; that it is done, the audit log says.
    private func expectPurged(_ name: String, _ admin: APIClient, _ url: String) async throws {
        let id = name.suffix(16)
        try await eventually("the purge of \(name) in the audit log", within: .seconds(20)) {
            let audit = try await admin.call("GET", "/v1/audit?team=research").body
            return audit.split(separator: "\n").contains { $0.contains("secret:purge") && $0.contains(id) }
        }
        #expect(try await readBack(name, from: url).contains("ResourceNotFoundException"))
    }
}
