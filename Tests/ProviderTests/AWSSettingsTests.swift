import Broker
import Testing

@testable import Providers

@Suite("The settings of a store at AWS")
struct AWSSettingsTests {
    private func settings(
        _ uri: String, _ environment: [String: String] = [:]
    ) throws -> (settings: AWSSettings?, faults: [String]) {
        var faults: [String] = []
        let profiles = AWSProfiles(environment, faults: &faults)
        let settings = AWSSettings(try StoreURI(uri, setting: "STORE"), environment, profiles, faults: &faults)
        return (settings, faults)
    }

    @Test("are complete in W&B's own form of the URI and a region")
    func wandbForm() throws {
        let (settings, faults) = try settings("aws-secretmanager://wandb?namespace=wandb", ["AWS_REGION": "eu-west-1"])
        #expect(faults.isEmpty)
        #expect(settings?.namespace == "wandb")
        #expect(settings?.secretsManager.base == "https://secretsmanager.eu-west-1.amazonaws.com")
        #expect(settings?.securityTokens.base == "https://sts.eu-west-1.amazonaws.com")
        #expect(settings?.keyID == nil)
        #expect(settings?.recoveryDays == nil)
    }

    @Test(
        "take the namespace from the host where the query has none",
        arguments: [("aws-secretmanager", ""), ("aws-secretmanager://a%2Fb+=.@-_", "a/b+=.@-_")])
    func namespace(_ uri: String, expected: String) throws {
        let (settings, faults) = try settings(uri, ["AWS_REGION": "eu-west-1"])
        #expect(faults.isEmpty)
        #expect(settings?.namespace == expected)
    }

    @Test("prefer the URI's region, then AWS_REGION, then AWS_DEFAULT_REGION")
    func region() throws {
        let both = ["AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"]
        #expect(
            try settings("aws-secretmanager://a?region=eu-west-3", both).settings?.secretsManager.region.name
                == "eu-west-3")
        #expect(try settings("aws-secretmanager://a?region=", both).settings?.secretsManager.region.name == "eu-west-1")
        let last = try settings("aws-secretmanager://a", ["AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-2"])
        #expect(last.settings?.secretsManager.region.name == "eu-west-2")
    }

    @Test(
        "name what is wrong",
        arguments: [
            ("aws-secretmanager://a", [:], "no region"),
            ("aws-secretmanager://a?region=evil.example/", [:], "region is not"),
            ("aws-secretmanager://a", ["AWS_REGION": "US-EAST-1"], "AWS_REGION is not"),
            ("aws-secretmanager://a?namespace=b&region=us-east-1", [:], "namespace and"),
            ("aws-secretmanager://a%20b?region=us-east-1", [:], "namespace is not"),
            ("aws-secretmanager://a*?region=us-east-1", [:], "namespace is not"),
            ("aws-secretmanager://a?region=us-east-1&region=us-east-1", [:], "region is set twice"),
            ("aws-secretmanager://a?region=us-east-1&regoin=x", [:], "the store URI has the setting"),
            ("aws-secretmanager://a?region=us-east-1&role_arn=arn", [:], "role_arn is not the ARN"),
            ("aws-secretmanager://a?region=us-east-1&external_id=12", [:], "external_id is for a role"),
            (
                "aws-secretmanager://a?region=us-east-1&role_arn=arn:aws:iam::123456789012:role/a&external_id=1", [:],
                "external_id is not"
            ),
            ("aws-secretmanager://a?region=us-east-1", ["AWS_STS_REGIONAL_ENDPOINTS": "x"], "AWS_STS_REGIONAL"),
            ("aws-secretmanager://a?region=us-east-1&recovery_days=6", [:], "recovery_days is not"),
            ("aws-secretmanager://a?region=us-east-1&recovery_days=31", [:], "recovery_days is not"),
            ("aws-secretmanager://a?region=us-east-1&recovery_days=1e1", [:], "recovery_days is not"),
            ("aws-secretmanager://a?region=us-east-1&recovery_days=+7", [:], "recovery_days is not"),
            ("aws-secretmanager://a?region=us-east-1&kms_key_id=%22", [:], "kms_key_id is not"),
            ("aws-secretmanager://a?region=us-east-1&endpoint=http://example.com", [:], "endpoint is not"),
            (
                "aws-secretmanager://a?region=us-east-1", ["AWS_ENDPOINT_URL": "https://u:p@h"],
                "AWS_ENDPOINT_URL is not"
            ),
            ("aws-secretmanager://a?region=us-east-1", ["AWS_ENDPOINT_URL_STS": "x"], "AWS_ENDPOINT_URL_STS is not"),
            ("aws-secretmanager://a?region=us-east-1", ["AWS_USE_FIPS_ENDPOINT": "yes"], "AWS_USE_FIPS_ENDPOINT is"),
            (
                "aws-secretmanager://a?region=us-east-1&endpoint=https://h", ["AWS_USE_FIPS_ENDPOINT": "true"],
                "endpoint cannot be combined"
            ),
        ] as [(String, [String: String], String)])
    func faults(_ uri: String, environment: [String: String], beginning: String) throws {
        let (settings, faults) = try settings(uri, environment)
        #expect(settings == nil)
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix(beginning) == true, "\(faults)")
    }

    @Test("name all that is wrong at once")
    func allFaults() throws {
        let (_, faults) = try settings("aws-secretmanager://a?recovery_days=1&kms_key_id=%20&x=y&role_arn=z&region=q")
        #expect(faults.count == 5)
    }

    @Test("take an endpoint from the URI, then from the service's variable, then from that of all services")
    func endpoints() throws {
        let environment = [
            "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://127.0.0.1:2",
        ]
        let own = try #require(try settings("aws-secretmanager://a?endpoint=http://127.0.0.1:3", environment).settings)
        #expect(own.secretsManager.base == "http://127.0.0.1:3")
        #expect(own.securityTokens.base == "http://127.0.0.1:1")
        let services = try #require(try settings("aws-secretmanager://a", environment).settings)
        #expect(services.secretsManager.base == "http://127.0.0.1:2")
        let ignoring = environment.merging(["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"]) { $1 }
        let own2 = try #require(try settings("aws-secretmanager://a?endpoint=http://127.0.0.1:3", ignoring).settings)
        #expect(own2.secretsManager.base == "http://127.0.0.1:3")
        #expect(own2.securityTokens.base == "https://sts.us-east-1.amazonaws.com")
    }

    @Test("leave room for team, name and id in a reference with the longest namespace")
    func longestNamespace() throws {
        let longest = String(repeating: "n", count: 60)
        #expect(try settings("aws-secretmanager://\(longest)?region=us-east-1").settings?.namespace == longest)
        #expect(try settings("aws-secretmanager://\(longest)n?region=us-east-1").settings == nil)
    }
}
