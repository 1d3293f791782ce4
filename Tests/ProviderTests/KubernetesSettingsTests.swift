import Broker
import Support
import Testing
import Transport

@testable import Providers

@Suite("The settings of a store in Kubernetes")
struct KubernetesSettingsTests {
    private func settings(
        _ uri: String, _ environment: [String: String] = [:], signInNamespace: String? = nil
    ) throws -> (settings: KubernetesSettings?, faults: [String]) {
        var faults: [String] = []
        let access = KubernetesAccess(
            server: try #require(KubernetesServer("https://h")), transport: TransportSettings(), token: .none,
            namespace: signInNamespace)
        let settings = KubernetesSettings(try StoreURI(uri, setting: "STORE"), environment, access, faults: &faults)
        return (settings, faults)
    }

    private static let variable = "GORILLA_CUSTOMER_SECRET_STORE_K8S_CONFIG_NAMESPACE"

    @Test(
        "take the host for what names begin with, as W&B writes it, an empty and a bare form among it",
        arguments: [
            ("k8s-secretmanager://wandb-secret?namespace=n", "wandb-secret"), ("k8s-secretmanager://?namespace=n", ""),
            ("k8s-secretmanager://a.b-?namespace=n", "a.b-"),
        ])
    func prefix(_ uri: String, expected: String) throws {
        let (settings, faults) = try settings(uri)
        #expect(faults.isEmpty)
        #expect(settings?.namespace == expected)
        #expect(try self.settings("k8s-secretmanager", [Self.variable: "n"]).settings?.namespace == "")
    }

    @Test("prefer the URI's namespace, then W&B's variable, then that of the sign-in")
    func namespace() throws {
        let variable = [Self.variable: "from-variable"]
        func found(_ uri: String, _ environment: [String: String]) throws -> String? {
            try settings(uri, environment, signInNamespace: "from-sign-in").settings?.kubernetesNamespace
        }
        #expect(try found("k8s-secretmanager://a?namespace=from-uri", variable) == "from-uri")
        #expect(try found("k8s-secretmanager://a?namespace=", variable) == "from-variable")
        #expect(try found("k8s-secretmanager://a", [Self.variable: ""]) == "from-sign-in")
    }

    @Test(
        "name what is wrong",
        arguments: [
            ("k8s-secretmanager://a", [:], "no namespace of Kubernetes"),
            ("k8s-secretmanager://a?namespace=A", [:], "namespace is not"),
            ("k8s-secretmanager://a?namespace=a.b", [:], "namespace is not"),
            ("k8s-secretmanager://a?namespace=a%2F..", [:], "namespace is not"),
            ("k8s-secretmanager://a?namespace=n&namespace=n", [:], "namespace is set twice"),
            ("k8s-secretmanager://a?namespace=n&kind=x", [:], "the store URI has the setting"),
            ("k8s-secretmanager://a", [variable: "-n"], "GORILLA_CUSTOMER_SECRET_STORE_K8S_CONFIG_NAMESPACE is not"),
            ("k8s-secretmanager://A?namespace=n", [:], "the store URI's host"),
            ("k8s-secretmanager://a_b?namespace=n", [:], "the store URI's host"),
            ("k8s-secretmanager://-a?namespace=n", [:], "the store URI's host"),
            ("k8s-secretmanager://a.?namespace=n", [:], "the store URI's host"),
            ("k8s-secretmanager://a..b?namespace=n", [:], "the store URI's host"),
            ("k8s-secretmanager://a%2Fb?namespace=n", [:], "the store URI's host"),
        ] as [(String, [String: String], String)])
    func faults(_ uri: String, environment: [String: String], beginning: String) throws {
        let (settings, faults) = try settings(uri, environment)
        #expect(settings == nil)
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix(beginning) == true, "\(faults)")
    }

    @Test("allow names that Kubernetes allows, for every namespace, team and name that the broker allows")
    func names() throws {
        let longest = String(repeating: "n", count: 60)
        #expect(try settings("k8s-secretmanager://\(longest)n?namespace=n").settings == nil)
        var random = SeededRandom(seed: 7)
        let teams = ["a", "9._-._-", String(repeating: "-", count: 64).replacing(/^./, with: "t")]
        for namespace in ["", "a", "a.b-", longest] {
            #expect(try settings("k8s-secretmanager://\(namespace)?namespace=n").settings != nil)
            for team in teams.compactMap({ TeamName($0) }) {
                for name in ["A", "_", "__x__", String(repeating: "_", count: 128)].compactMap({ SecretName($0) }) {
                    let reference = Reference(namespace: namespace, team: team, name: name, using: &random)
                    #expect(reference.isNameOfObject, "\(reference)")
                }
            }
        }
    }

    @Test(
        "names that Kubernetes does not allow are known as such",
        arguments: [
            "", "A", "a_", "-a", "a-", ".a", "a.", "a..b", "a/b", "a b", "é", String(repeating: "a", count: 254),
        ])
    func badNames(_ name: String) {
        #expect(!Reference(recorded: name).isNameOfObject)
    }

    @Test("warn of every store, and say how to leave")
    func warning() throws {
        let warning = try #require(try settings("k8s-secretmanager://a?namespace=n").settings).notRecommended
        #expect(warning.code == "kubernetes_store_not_recommended")
        #expect(warning.message.isClause)
        #expect(warning.message.contains("create pods in the namespace n"))
        #expect(warning.message.contains("not encrypted by default"))
        #expect(warning.message.contains("secret-broker migrate"))
    }
}
