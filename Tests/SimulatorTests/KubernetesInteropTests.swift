import Broker
import Foundation
import Simulator
import Support
import Testing

private let kubectlPath = ["/usr/local/bin/kubectl", "/usr/bin/kubectl"].first {
    FileManager.default.isExecutableFile(atPath: $0)
}

@Suite("Kubernetes' own clients", .timeLimit(.minutes(3)))
struct KubernetesInteropTests {
    /// With all that the server has granted in one namespace.
    private func withCluster(_ body: (KubernetesSimulator, _ kubeconfig: String) async throws -> Void) async throws {
        var settings = SimulatedKubernetesSettings()
        settings.bindings = [
            KubernetesBinding(
                settings.account.name, verbs: ["create", "get", "update", "delete", "list", "patch"], on: ["secrets"],
                in: "wandb")
        ]
        let simulator = try await KubernetesSimulator.start(settings)
        do {
            try await body(simulator, try #require(simulator.environment["KUBECONFIG"]))
        } catch {
            await simulator.stop()
            throw error
        }
        await simulator.stop()
    }

    @Test("the Python client finds everything as Kubernetes has it")
    func python() async throws {
        try await withCluster { _, kubeconfig in
            let finished = try await PythonEnvironment.run("kubernetes_drives_simulator.py", [kubeconfig])
            #expect(finished.status == 0, "\(finished.output)")
            #expect(finished.output.contains("proven:"))
        }
    }

    @Test("kubectl creates, gets, lists and deletes, and says why it may not", .enabled(if: kubectlPath != nil))
    func kubectl() async throws {
        let home = TestFolder()
        try await withCluster { simulator, kubeconfig in
            func run(_ arguments: String...) async throws -> (status: Int32, output: String, errors: String) {
                let options = ["--kubeconfig", kubeconfig, "--cache-dir", home.path + "/cache"]
                let process = try ChildProcess(
                    try #require(kubectlPath), options + arguments, ["HOME": home.path], input: "")
                let status = await process.ended()
                return (status, process.output, process.errors)
            }
            // From a file, since for `create secret generic` kubectl speaks protobuf.
            let file = try simulator.write(
                #"{"kind":"Secret","apiVersion":"v1","metadata":{"name":"one"},"stringData":{"value":"text"}}"#,
                to: "one.json")
            let created = try await run("create", "--validate=false", "-f", file)
            #expect(created.status == 0, "\(created.errors)")
            #expect(created.output == "secret/one created\n")
            #expect(await simulator.holds(Secret(text: "text")))
            let again = try await run("create", "--validate=false", "-f", file)
            #expect(again.errors.contains("AlreadyExists"))
            #expect(try await run("get", "secret", "one", "-o", "jsonpath={.data.value}").output == "dGV4dA==")
            #expect(try await run("get", "secrets").output.contains("one"))
            #expect(try await run("get", "secret", "one", "-n", "default").errors.contains("Forbidden"))
            let deleted = try await run("delete", "secret", "one")
            #expect(deleted.status == 0, "\(deleted.errors)")
            #expect(await simulator.objects().isEmpty)
        }
    }
}
