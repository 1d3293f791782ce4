import Broker
import Testing
import Transport

@testable import Providers

@Suite("The settings of a store at Google")
struct GoogleSettingsTests {
    private func settings(
        _ uri: String, _ environment: [String: String] = [:]
    ) throws -> (settings: GoogleSettings?, faults: [String]) {
        var faults: [String] = []
        let settings = GoogleSettings(try StoreURI(uri, setting: "STORE"), environment, faults: &faults)
        return (settings, faults)
    }

    private func valid(_ uri: String, _ environment: [String: String] = [:]) throws -> GoogleSettings {
        let (settings, faults) = try settings(uri, environment)
        #expect(faults.isEmpty)
        return try #require(settings)
    }

    @Test("are complete in W&B's own form of the URI")
    func wandbForm() throws {
        let settings = try valid("gcp-secretmanager://acme-project?namespace=wandb")
        #expect(settings.namespace == "wandb")
        #expect(settings.parent == "projects/acme-project")
        #expect(settings.endpoint.text == "https://secretmanager.googleapis.com")
        #expect(settings.replication == .automatic(nil))
    }

    @Test("are those of a regional secret where there is a location")
    func regional() throws {
        let settings = try valid("gcp-secretmanager://123456789012?namespace=n&location=europe-west4")
        #expect(settings.parent == "projects/123456789012/locations/europe-west4")
        #expect(settings.endpoint.text == "https://secretmanager.europe-west4.rep.googleapis.com")
        #expect(settings.replication.location?.text == "europe-west4")
    }

    @Test("take the project from the environment where the URI has none")
    func projectOfEnvironment() throws {
        let environment = ["GOOGLE_CLOUD_PROJECT": "acme-project"]
        #expect(try valid("gcp-secretmanager", environment).parent == "projects/acme-project")
        #expect(try valid("gcp-secretmanager://other-project", environment).parent == "projects/other-project")
    }

    private static let global = "projects/acme-project/locations/global/keyRings/r/cryptoKeys/k"
    private static let west = "projects/acme-project/locations/europe-west4/keyRings/r/cryptoKeys/k"
    private static let east = "projects/acme-project/locations/us-east1/keyRings/r/cryptoKeys/k"

    @Test("give each replica the key that lies there, in whatever order they are named")
    func replicas() throws {
        let settings = try valid(
            "gcp-secretmanager://acme-project?replicas=europe-west4,us-east1&kms_key=\(Self.east),\(Self.west)")
        guard case .userManaged(let replicas) = settings.replication else {
            Issue.record("not user managed")
            return
        }
        #expect(replicas.map(\.location.text) == ["europe-west4", "us-east1"])
        #expect(replicas.map(\.key?.name) == [Self.west, Self.east])
        #expect(settings.endpoint.text == "https://secretmanager.googleapis.com")
    }

    @Test(
        "name what is wrong",
        arguments: [
            ("gcp-secretmanager", "no project"),
            ("gcp-secretmanager://?namespace=n", "no project"),
            ("gcp-secretmanager://evil.example%2f?namespace=n", "the store URI's host is not"),
            ("gcp-secretmanager://acme-project:x", "the store URI's host is not"),
            ("gcp-secretmanager://Acme-Project", "the store URI's host is not"),
            ("gcp-secretmanager://acme-project-", "the store URI's host is not"),
            ("gcp-secretmanager://acme-project?namespace=a%2Fb", "namespace is not"),
            ("gcp-secretmanager://acme-project?namespace=a.b", "namespace is not"),
            ("gcp-secretmanager://acme-project?namespace=a&namespace=a", "namespace is set twice"),
            ("gcp-secretmanager://acme-project?loction=us", "the store URI has the setting"),
            ("gcp-secretmanager://acme-project?location=evil.example/", "location is not"),
            ("gcp-secretmanager://acme-project?location=evil.example%23", "location is not"),
            ("gcp-secretmanager://acme-project?location=global", "location is not"),
            ("gcp-secretmanager://acme-project?location=us-", "location is not"),
            ("gcp-secretmanager://acme-project?location=us&replicas=us-east1", "location and replicas"),
            ("gcp-secretmanager://acme-project?replicas=us-east1,", "replicas is not"),
            ("gcp-secretmanager://acme-project?replicas=us-east1,us-east1", "replicas names a location twice"),
            ("gcp-secretmanager://acme-project?kms_key=k", "kms_key is not"),
            ("gcp-secretmanager://acme-project?kms_key=\(global)/cryptoKeyVersions/1", "kms_key is not"),
            ("gcp-secretmanager://acme-project?kms_key=\(west)", "kms_key must be one key in global"),
            ("gcp-secretmanager://acme-project?kms_key=\(global),\(global)", "kms_key must be one key in global"),
            (
                "gcp-secretmanager://acme-project?location=us-east1&kms_key=\(west)",
                "kms_key must be one key in us-east1"
            ),
            ("gcp-secretmanager://acme-project?replicas=us-east1&kms_key=\(west)", "kms_key must be one key in each"),
            (
                "gcp-secretmanager://acme-project?replicas=us-east1,europe-west4&kms_key=\(west)",
                "kms_key must be one key in each"
            ),
            ("gcp-secretmanager://acme-project?endpoint=http://example.com", "endpoint is not"),
            ("gcp-secretmanager://acme-project?endpoint=https://h/path", "endpoint is not"),
            ("gcp-secretmanager://acme-project?endpoint=https://u@h", "endpoint is not"),
        ])
    func faults(_ uri: String, beginning: String) throws {
        let (settings, faults) = try settings(uri)
        #expect(settings == nil)
        #expect(faults.count == 1, "\(faults)")
        #expect(faults.first?.hasPrefix(beginning) == true, "\(faults)")
    }

    @Test("name all that is wrong at once")
    func allFaults() throws {
        let (_, faults) = try settings(
            "gcp-secretmanager://X?namespace=*&location=%2F&kms_key=k&replicas=%2F&endpoint=x&a=b",
            ["GOOGLE_CLOUD_UNIVERSE_DOMAIN": "example.com"])
        #expect(faults.count == 8)
    }

    @Test("refuse another universe of Google's, and take the name of the one that there is")
    func universe() throws {
        let uri = "gcp-secretmanager://acme-project"
        #expect(try settings(uri, ["GOOGLE_CLOUD_UNIVERSE_DOMAIN": "example.com"]).settings == nil)
        _ = try valid(uri, ["GOOGLE_CLOUD_UNIVERSE_DOMAIN": "googleapis.com"])
    }

    @Test("leave room for team, name and id in a reference with the longest namespace")
    func longestNamespace() throws {
        let longest = String(repeating: "n", count: 60)
        #expect(try valid("gcp-secretmanager://acme-project?namespace=\(longest)").namespace == longest)
        #expect(try settings("gcp-secretmanager://acme-project?namespace=\(longest)n").settings == nil)
    }

    @Test("make a store that knows its place, its key and its warnings")
    func store() throws {
        let plain = try open("gcp-secretmanager://acme-project?namespace=wandb")
        #expect(plain.kind == "google")
        #expect(plain.identity == "acme-project/wandb")
        #expect(plain.key == "Google's own")
        #expect(plain.signIn == "the metadata server")
        #expect(plain.maximumValueSize == 65_536)
        #expect(plain.warnings.isEmpty)
        let connect = "https://secretmanager-acme.p.googleapis.com"
        let connected = try open("gcp-secretmanager://acme-project?namespace=wandb&endpoint=\(connect)")
        #expect(connected.identity == plain.identity)
        let other = try open(
            "gcp-secretmanager://acme-project?location=us-east1&kms_key=\(Self.east)&endpoint=https://h:8443")
        #expect(other.identity == "acme-project/us-east1/ at https://h:8443")
        #expect(other.key == Self.east)
        #expect(other.warnings.map(\.code) == ["no_namespace"])
    }

    private func open(_ uri: String) throws -> SecretStore {
        let surroundings = Surroundings(environment: [:], http: try HTTPClient(.fromEnvironment([:]))) {
            Timestamp(milliseconds: 0)
        }
        defer { surroundings.http.shutDown() }
        return try Registry.open(try StoreURI(uri, setting: "STORE"), as: .default, in: surroundings)
    }
}
