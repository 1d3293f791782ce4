import Broker
import Support
import Testing
import Transport

@testable import Providers

@Suite("How the Azure driver signs in")
struct AzureCredentialsTests {
    private func source(
        _ environment: [String: String], _ cloud: AzureCloud = .commercial
    ) -> (source: (any AzureCredentialSource)?, faults: [String]) {
        let http = HTTPClient(testing: .fromEnvironment([:]))
        defer { http.shutDown() }
        var faults: [String] = []
        let surroundings = Surroundings(environment: environment, http: http) { Timestamp(milliseconds: 0) }
        return (AzureCredentialChain.source(cloud, surroundings, faults: &faults), faults)
    }

    private static let application = ["AZURE_TENANT_ID": "acme.onmicrosoft.com", "AZURE_CLIENT_ID": "c-1"]

    @Test(
        "is by the first of secret, certificate, workload identity and the machine that is configured",
        arguments: [
            (
                ["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE"],
                "a client secret"
            ),
            (["AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE"], "a client certificate"),
            (["AZURE_FEDERATED_TOKEN_FILE"], "workload identity"), ([], "the machine's managed identity"),
        ])
    func order(_ variables: [String], name: String) {
        let proofs = Dictionary(uniqueKeysWithValues: variables.map { ($0, "/x") })
        let (source, faults) = source(Self.application.merging(proofs) { $1 })
        #expect(faults.isEmpty)
        #expect(source?.name == name)
    }

    @Test(
        "goes to the tenant at the authority that is configured, or at the one of the vault's cloud",
        arguments: [
            (nil, "https://login.microsoftonline.us"), ("https://login.partner.microsoftonline.cn/", nil),
            ("login.partner.microsoftonline.cn", nil), ("", "https://login.microsoftonline.us"),
        ] as [(String?, String?)])
    func authority(_ host: String?, expected: String?) throws {
        var environment = Self.application.merging(["AZURE_CLIENT_SECRET": "x"]) { $1 }
        environment["AZURE_AUTHORITY_HOST"] = host
        let application = try #require(source(environment, .government).source as? AzureApplication)
        let base = expected ?? "https://login.partner.microsoftonline.cn"
        #expect(application.endpoint == "\(base)/acme.onmicrosoft.com/oauth2/v2.0/token")
    }

    @Test(
        "is refused where it would be as somebody else than was ordered, or could not work",
        arguments: [
            (["AZURE_CLIENT_SECRET": "hunter2"], 2, "AZURE_CLIENT_SECRET is set without AZURE_TENANT_ID"),
            (["AZURE_CLIENT_SECRET": "hunter2", "AZURE_TENANT_ID": "t"], 1, "AZURE_CLIENT_SECRET is set without"),
            (["AZURE_FEDERATED_TOKEN_FILE": "/f", "AZURE_CLIENT_ID": "c"], 1, "AZURE_FEDERATED_TOKEN_FILE is set"),
            (
                ["AZURE_CLIENT_SECRET": "hunter2 ", "AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c"], 1,
                "AZURE_CLIENT_SECRET is"
            ),
            (
                ["AZURE_CLIENT_SECRET": "x", "AZURE_TENANT_ID": "../t", "AZURE_CLIENT_ID": "c"], 1,
                "AZURE_TENANT_ID is not"
            ),
            (
                ["AZURE_CLIENT_SECRET": "x", "AZURE_TENANT_ID": "..", "AZURE_CLIENT_ID": "c"], 1,
                "AZURE_TENANT_ID is not"
            ),
            (
                ["AZURE_CLIENT_SECRET": "x", "AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "\"c\""], 1,
                "AZURE_CLIENT_ID is not"
            ),
            (
                [
                    "AZURE_CLIENT_SECRET": "x", "AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c",
                    "AZURE_AUTHORITY_HOST": "http://evil.example",
                ], 1, "AZURE_AUTHORITY_HOST is not"
            ),
            (
                [
                    "AZURE_CLIENT_CERTIFICATE_PATH": "/c", "AZURE_CLIENT_CERTIFICATE_PASSWORD": "hunter2",
                    "AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c",
                ], 1, "AZURE_CLIENT_CERTIFICATE_PASSWORD is set"
            ),
            (
                [
                    "AZURE_FEDERATED_TOKEN_FILE": "/f", "AZURE_KUBERNETES_TOKEN_PROXY": "https://p",
                    "AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c",
                ], 1, "AZURE_KUBERNETES_TOKEN_PROXY is set"
            ),
            (["AZURE_USERNAME": "hunter2"], 1, "AZURE_USERNAME is set"),
            (["IDENTITY_ENDPOINT": "http://h"], 1, "IDENTITY_ENDPOINT is set"),
            (["AZURE_CLIENT_ID": "a b"], 1, "AZURE_CLIENT_ID is not"),
            (["AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://evil.example"], 1, "AZURE_POD_IDENTITY_AUTHORITY_HOST is"),
        ] as [([String: String], Int, String)])
    func faults(_ environment: [String: String], count: Int, beginning: String) {
        let (source, faults) = source(environment)
        #expect(source == nil)
        #expect(faults.count == count)
        #expect(faults.first?.hasPrefix(beginning) == true, "\(faults)")
        #expect(!faults.contains { $0.contains("hunter2") || $0.contains("evil") })
    }
}
