import Broker
import Foundation
import Support
import Testing
import Transport

/// The modules in `terraform/`. Those of Google, Azure and Kubernetes are read, and run as far as it goes without their
/// providers; that of AWS is applied.
@Suite("The Terraform modules", .timeLimit(.minutes(10)))
struct TerraformTests {
    @Test("have the registry's shape, and what their READMEs promise", arguments: Terraform.modules)
    func structure(_ module: String) async throws {
        let (status, output) = try await PythonEnvironment.run("terraform_structure.py", [module])
        #expect(status == 0, "\(output)")
    }

    @Test("are written as terraform fmt writes them", .enabled(if: Terraform.isInstalled, "terraform is not installed"))
    func format() async throws {
        #expect(try await PythonEnvironment.run("terraform_here.py", ["fmt"]).status == 0)
    }

    @Test(
        "take and refuse what their tests say, without a provider", .serialized,
        .enabled(if: Terraform.isInstalled, "terraform is not installed"),
        arguments: Terraform.modules.filter { $0 != "aws" })
    func variables(_ module: String) async throws {
        let (status, output) = try await PythonEnvironment.run("terraform_here.py", ["test", module])
        #expect(status == 0)
        #expect(output.contains(", 0 failed."), "\(output)")
    }

    @Suite(
        "of AWS", .serialized,
        .enabled(
            if: Terraform.isInstalled && Terraform.pluginFolder != nil,
            "terraform and a folder with its plugin for AWS (TF_PLUGIN_DIR) are not here"))
    struct OfAWS {
        @Test("validates, with each of its examples, and does what its tests say")
        func validate() async throws {
            let plugins = try #require(Terraform.pluginFolder)
            let valid = try await PythonEnvironment.run("terraform_here.py", ["validate", "aws", plugins])
            #expect(valid.status == 0)
            #expect(valid.output.split(separator: "\n").count == 4, "\(valid.output)")
            let tested = try await PythonEnvironment.run("terraform_here.py", ["test", "aws", plugins])
            #expect(tested.status == 0)
            #expect(tested.output.contains(", 0 failed."), "\(tested.output)")
        }

        @Test("applied to moto: as its role the broker does everything, and with any action less a named case fails")
        func atMoto() async throws {
            try await Moto.withServer { url in
                let world = try await AppliedModule(at: url)
                defer { world.end() }
                try await world.everyOperationWorks()
                for (action, code, failure) in [
                    ("CreateSecret", "create_denied", "a create failed (denied, CreateSecret"),
                    ("GetSecretValue", "read_denied", "what was created could not be read (denied, GetSecretValue"),
                    ("DeleteSecret", "purge_denied", "what the case made could not be purged (denied, DeleteSecret"),
                ] {
                    try await world.fails(without: action, code: code, failure: failure)
                }
                try await world.trustsWhomItNames()
                try await world.coversItsOwnNamesOnly()
            }
        }
    }
}

/// The module, applied twice: for a broker on a machine, in the namespace `wandb`, and for one on EKS, in `prod`.
private struct AppliedModule {
    private struct Outputs: Decodable {
        enum CodingKeys: String, CodingKey {
            case environment
            case storeURI = "store_uri"
            case role = "role_arn"
            case policy = "policy_json"
            case key = "kms_key_arn"
        }

        let storeURI: String
        let environment: [String: String]
        let role: String
        let policy: String
        let key: String?
    }

    private let url: String
    private let folder: URL
    private let machine: Outputs
    private let eks: Outputs

    init(at url: String) async throws {
        self.url = url
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("terraform-\(UUID().uuidString)")
        let plugins = try #require(Terraform.pluginFolder)
        let applied = try await PythonEnvironment.run("terraform_at_moto.py", ["apply", url, plugins, folder.path])
        try #require(applied.status == 0)
        #expect(applied.output.contains("Apply complete! Resources: 8 added, 0 changed, 0 destroyed."))
        let (status, output) = try await PythonEnvironment.run("terraform_at_moto.py", ["outputs", folder.path])
        try #require(status == 0)
        let outputs = try JSONDecoder().decode([String: Outputs].self, from: Data(output.utf8))
        machine = try #require(outputs["machine"])
        eks = try #require(outputs["eks"])
        #expect(machine.environment == ["SECRET_BROKER_STORE": machine.storeURI])
        #expect(machine.key != nil)
    }

    func end() { try? FileManager.default.removeItem(at: folder) }

    /// What a broker on a machine is given: the module's environment, and who it is there.
    private func environment(without actions: [String] = []) async throws -> [String: String] {
        let role = try #require(machine.role.split(separator: "/").last)
        let (status, output) = try await PythonEnvironment.run(
            "terraform_at_moto.py",
            ["enforce", url, String(role)] + actions.map { "secretsmanager:\($0)" })
        try #require(status == 0)
        let keys = try JSONDecoder().decode([String: String].self, from: Data(output.utf8))
        return common.merging(keys) { $1 }.merging(machine.environment) { $1 }
    }

    private var common: [String: String] {
        [
            "AWS_ENDPOINT_URL": url,
            "SECRET_BROKER_CATALOG": "sqlite://\(folder.appendingPathComponent("catalog.db").path)",
        ]
    }

    func everyOperationWorks() async throws {
        let environment = try await environment()
        let checked = try await BrokerBinary.run(["check"], environment: environment)
        #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
        #expect(checked.output.contains("assumed-role/secret-broker-wandb/"))
        let proven = try await contract(environment)
        #expect(proven.status == 0, "\(proven.output)\(proven.errors)")

        let broker = try await BrokerBinary.serve(environment: environment)
        let http = try HTTPClient(TransportSettings())
        let token = { role in try await Installation.token(["--role", role, "--team", "research"], environment) }
        let admin = APIClient(http, url: broker.url, token: try await token("admin"))
        let resolver = APIClient(http, url: broker.url, token: try await token("resolver"))
        #expect(try await admin.add("API_KEY", "the first").status == 201)
        #expect(try await resolver.resolve("API_KEY").resolved == "the first")
        #expect(try await admin.rotate("API_KEY", "the second").status == 200)
        #expect(try await resolver.resolve("API_KEY").resolved == "the second")
        #expect(try await admin.delete("API_KEY").status == 204)
        #expect(try await resolver.resolve("API_KEY").status == 422)
        #expect(await broker.end() == 0)
        http.shutDown()
        let reconciled = try await BrokerBinary.run(["reconcile"], environment: environment)
        #expect(reconciled.status == 0, "\(reconciled.output)\(reconciled.errors)")
    }

    func fails(without action: String, code: String, failure: String) async throws {
        let environment = try await environment(without: [action])
        let checked = try await BrokerBinary.run(["check"], environment: environment)
        #expect(checked.status == 1)
        #expect(checked.output.contains("(\(code))"), "\(action): \(checked.output)")
        let failed = checked.output.split(separator: "\n").filter { $0.contains("FAILED") }
        #expect(failed.count == 1, "\(action): \(checked.output)")
        let proven = try await contract(environment)
        #expect(proven.status == 1)
        #expect(
            proven.output.contains("the driver reads back every kind of text, byte for byte: BROKEN: \(failure)"),
            "\(action): \(proven.output)")
    }

    private func contract(_ environment: [String: String]) async throws -> BrokerBinary.Finished {
        try await BrokerBinary.run(
            ["contract", "--report", folder.appendingPathComponent("report").path], environment: environment)
    }

    /// With another external id nobody becomes the broker, and on EKS its service account does by its token.
    func trustsWhomItNames() async throws {
        var stranger = try await environment()
        stranger["SECRET_BROKER_STORE"] = machine.storeURI.replacing("=the-broker", with: "=somebody")
        let refused = try await BrokerBinary.run(["check"], environment: stranger)
        #expect(refused.status == 1)
        #expect(refused.output.contains("(not_signed_in)"), "\(refused.output)")

        // What a token says is not for moto to judge, nor is a call without a signature.
        #expect(try await PythonEnvironment.run("terraform_at_moto.py", ["relax", url]).status == 0)
        let token = folder.appendingPathComponent("token")
        try Data("header.claims.signature".utf8).write(to: token)
        let onEKS = common.merging(eks.environment) { $1 }.merging([
            "AWS_ROLE_ARN": eks.role, "AWS_WEB_IDENTITY_TOKEN_FILE": token.path,
            // Another broker's: its store is another one, under the same name.
            "SECRET_BROKER_CATALOG": "sqlite://\(folder.appendingPathComponent("eks.db").path)",
        ]) { $1 }
        let checked = try await BrokerBinary.run(["check"], environment: onEKS)
        #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
        #expect(checked.output.contains("assumed-role/secret-broker-prod/"))
    }

    /// By name, and by the ARN that AWS makes of it.
    func coversItsOwnNamesOnly() async throws {
        let id = "aaaabbbbccccdddd"
        let own = ["prod-research-api-key-\(id)", "prod-secret-broker-check-\(id)"]
        let others = [
            "prod2-research-api-key-\(id)", "prod", "pro-research-api-key-\(id)", "xprod-research-api-key-\(id)",
            "wandb-research-api-key-\(id)", "PROD-research-api-key-\(id)", "prod/research", "prod_research",
        ]
        let (status, output) = try await PythonEnvironment.run(
            "terraform_names.py", own + others, input: eks.policy)
        try #require(status == 0)
        let covered = try JSONDecoder().decode([String: [Bool]].self, from: Data(output.utf8))
        for name in own { #expect(covered[name] == [true, true], "\(name)") }
        // AWS puts a hyphen behind every name: of this one its README warns.
        for name in others { #expect(covered[name] == (name == "prod" ? [true, false] : [false, false]), "\(name)") }
    }
}
