import Broker
import Support
import Testing
import Transport

@testable import Providers

@Suite("Where the AWS driver finds its credentials")
struct AWSCredentialsTests {
    private func source(
        _ environment: [String: String]
    ) -> (source: (any AWSCredentialSource)?, faults: [String]) {
        let http = HTTPClient(testing: .fromEnvironment([:]))
        defer { http.shutDown() }
        var faults: [String] = []
        let surroundings = Surroundings(environment: environment, http: http) { Timestamp(milliseconds: 0) }
        let chain = AWSCredentialChain(
            surroundings: surroundings, profiles: AWSProfiles(environment, faults: &faults), securityTokens: .unset)
        return (chain.source(faults: &faults), faults)
    }

    private let keys = ["AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"]

    @Test("the environment's keys come before the instance, with a token where there is one")
    func environment() async throws {
        let (found, faults) = source(keys.merging(["AWS_SESSION_TOKEN": "token", "AWS_PROFILE": "x"]) { $1 })
        #expect(faults.isEmpty)
        let credentials = try await #require(found as? AWSEnvironmentCredentials).credentials()
        #expect(credentials.accessKeyID == "AKIAIOSFODNN7EXAMPLE")
        #expect(credentials.secretAccessKey.matches(Secret("secret")))
        #expect(credentials.sessionToken?.matches(Secret("token")) == true)
        let lasting = try await #require(source(keys).source).credentials()
        #expect(lasting.sessionToken == nil)
    }

    @Test("nothing in the environment means the instance")
    func instance() {
        let (found, faults) = source(["AWS_ACCESS_KEY_ID": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"])
        #expect(found is AWSInstanceMetadata)
        #expect(faults.isEmpty)
    }

    @Test(
        "what would sign in as somebody else than was ordered is a fault, not the next in line",
        arguments: [
            (["AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"], "only one of"),
            (["AWS_SECRET_ACCESS_KEY": "hunter2"], "only one of"),
            (["AWS_ACCESS_KEY_ID": "AKIA 1", "AWS_SECRET_ACCESS_KEY": "hunter2"], "AWS_ACCESS_KEY_ID, AWS_SECRET"),
            (["AWS_ACCESS_KEY_ID": "\"AKIA1\"", "AWS_SECRET_ACCESS_KEY": "hunter2"], "AWS_ACCESS_KEY_ID, AWS_SECRET"),
            (
                ["AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "hunter2", "AWS_SESSION_TOKEN": "a\r\nb"],
                "AWS_ACCESS_KEY_ID, AWS_SECRET"
            ),
            (["AWS_PROFILE": "broker"], "AWS_PROFILE names a profile"),
            (["AWS_WEB_IDENTITY_TOKEN_FILE": "/t"], "only one of AWS_WEB_IDENTITY_TOKEN_FILE"),
            (["AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/a"], "only one of AWS_WEB_IDENTITY_TOKEN_FILE"),
            (["AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": "role/a"], "AWS_ROLE_ARN is not"),
            (["AWS_EC2_METADATA_DISABLED": "true"], "there are no credentials"),
            (["AWS_EC2_METADATA_DISABLED": "1"], "AWS_EC2_METADATA_DISABLED is neither"),
            (["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://evil.example"], "AWS_EC2_METADATA_SERVICE_ENDPOINT is not"),
            (["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv5"], "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE is"),
        ] as [([String: String], String)])
    func faults(_ environment: [String: String], beginning: String) {
        let faults = source(environment).faults
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix(beginning) == true, "\(faults)")
        #expect(!faults.contains { $0.contains("hunter2") })
    }
}
