import Broker
import Testing
import Transport

@testable import Providers

@Suite("The registry of providers")
struct RegistryTests {
    private func open(_ uri: String, _ environment: [String: String] = [:]) throws -> SecretStore {
        let http = try HTTPClient(.fromEnvironment([:]))
        defer { http.shutDown() }
        let surroundings = Surroundings(environment: environment, http: http) { Timestamp(milliseconds: 0) }
        return try Registry.open(try StoreURI(uri, setting: "STORE"), as: .default, in: surroundings)
    }

    private let keys = ["AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "hunter2"]

    @Test("has no scheme and no kind twice")
    func unique() {
        let schemes = Registry.drivers.flatMap { $0.schemes }
        #expect(Set(schemes).count == schemes.count)
        #expect(Set(Registry.drivers.map { $0.kind }).count == Registry.drivers.count)
    }

    @Test("names the schemes that there are when it does not know one", arguments: ["vault://a", "aws", "noop://"])
    func unknownScheme(_ uri: String) {
        let error = #expect(throws: StoreSettingError.self) { try open(uri) }
        #expect(error?.faults.count == 1)
        #expect(error?.faults.first?.contains("aws-secretmanager://") == true)
    }

    @Test("tells the faults of the settings and of the sign-in at once")
    func allFaults() {
        let error = #expect(throws: StoreSettingError.self) {
            try open("aws-secretmanager://wandb?recovery_days=1", ["AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"])
        }
        #expect(error?.faults.count == 3)
    }

    @Test(
        "names a setting that it does not know where that is a word, and repeats nothing else of the URI",
        arguments: [("regoin", true), ("kms-key", true), ("AKIAIOSFODNN7EXAMPLE", false), ("wJalrXUtnFEMI", false)])
    func unknownSetting(_ key: String, isNamed: Bool) {
        let error = #expect(throws: StoreSettingError.self) {
            try open("aws-secretmanager://wandb?region=eu-west-1&\(key)=hunter2", keys)
        }
        #expect(error?.faults.count == 1)
        #expect(error?.faults.first?.contains("it takes namespace, region,") == true)
        #expect(error?.faults.first?.contains(key) == isNamed)
        #expect(error?.faults.first?.contains("hunter2") == false)
    }

    @Test(
        "takes a store for the same one behind a VPC endpoint of its cloud",
        arguments: [
            "https://vpce-0a1b-xyz.secretsmanager.eu-west-1.vpce.amazonaws.com",
            "https://secretsmanager.eu-west-1.api.aws",
        ])
    func privateEndpoint(_ endpoint: String) throws {
        let store = try open("aws-secretmanager://wandb?region=eu-west-1&endpoint=\(endpoint)", keys)
        #expect(store.identity == "eu-west-1/wandb")
        #expect(!store.rates.isEmpty)
    }

    @Test(
        "takes it for another one at any other place",
        arguments: [
            "https://amazonaws.com.example.com", "https://notamazonaws.com", "https://amazonaws.com:8443",
            "https://secretsmanager.cn-north-1.amazonaws.com.cn",
        ])
    func foreignEndpoint(_ endpoint: String) throws {
        let store = try open("aws-secretmanager://wandb?region=eu-west-1&endpoint=\(endpoint)", keys)
        #expect(store.identity == "eu-west-1/wandb at \(endpoint)")
    }

    @Test("opens a store that knows its place, its key and its warnings, and no credential")
    func opened() throws {
        let plain = try open("aws-secretmanager://wandb?region=eu-west-1", keys)
        #expect(plain.kind == "aws")
        #expect(plain.namespace == "wandb")
        #expect(plain.identity == "eu-west-1/wandb")
        #expect(plain.maximumValueSize == 65_536)
        #expect(plain.key == "aws/secretsmanager")
        #expect(plain.warnings.isEmpty)

        let query = "region=eu-west-1&kms_key_id=alias/own&recovery_days=7&endpoint=http://127.0.0.1:4566"
        let other = try open("aws-secretmanager://?\(query)", keys)
        #expect(other.identity == "eu-west-1/ at http://127.0.0.1:4566")
        #expect(other.key == "alias/own")
        #expect(
            other.warnings.map(\.code) == ["recovery_window_keeps_value", "no_namespace"])
        for store in [plain, other] {
            var text = ""
            dump(store, to: &text)
            #expect(!text.contains("hunter2"))
        }
    }

    @Test("opens a vault under either spelling as the same store, and warns of the wrong one")
    func azure() throws {
        let machine = ["AZURE_CLIENT_SECRET": "hunter2", "AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c"]
        let query = "vault_uri=https://acme.vault.azure.net"
        let right = try open("az-secretmanager://WandB?\(query)", machine)
        let misspelt = try open("az-secretmanger://wandb?\(query)", machine)
        for store in [right, misspelt] {
            #expect(store.kind == "azure")
            #expect(store.namespace == "wandb")
            #expect(store.identity == "acme.vault.azure.net/wandb")
            #expect(store.maximumValueSize == 25_600)
            #expect(store.key == "Microsoft-managed")
            var text = ""
            dump(store, to: &text)
            #expect(!text.contains("hunter2"))
        }
        #expect(right.warnings.isEmpty)
        #expect(misspelt.warnings.map(\.code) == ["misspelt_scheme"])
        #expect(try open("az-secretmanager://?\(query)", machine).warnings.map(\.code) == ["no_namespace"])
    }
}
