import Broker
import Foundation
import Simulator
import Support
import Testing
import Transport

@testable import Providers

@Suite("Where the Kubernetes driver finds its cluster")
struct KubeconfigTests {
    private let files = TestFolder()
    private var folder: String { files.path }

    private func write(_ text: String, to name: String) throws -> String {
        let path = "\(folder)/\(name)"
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func access(_ environment: [String: String]) -> (access: KubernetesAccess?, faults: [String]) {
        var faults: [String] = []
        return (KubernetesAccess(environment, pod: "\(folder)/pod", faults: &faults), faults)
    }

    private func kubeconfig(
        cluster: String = "server: https://cluster.example:6443", user: String = "token: hunter2",
        context: String = "cluster: c, user: u, namespace: n", _ environment: [String: String] = [:]
    ) throws -> (access: KubernetesAccess?, faults: [String]) {
        let text = """
            current-context: x
            contexts: [{name: other, context: {cluster: none}}, {name: x, context: {\(context)}}]
            clusters: [{name: c, cluster: {\(cluster)}}]
            users: [{name: u, user: {\(user)}}]
            """
        return access(environment.merging(["KUBECONFIG": try write(text, to: "config")]) { $1 })
    }

    @Test("the current context's server, token and namespace are taken")
    func current() throws {
        let (found, faults) = try kubeconfig()
        #expect(faults.isEmpty)
        #expect(found?.server.text == "https://cluster.example:6443")
        #expect(found?.namespace == "n")
        guard case .fixed(let token) = found?.token else { throw StoreSettingError(.default, faults: []) }
        #expect(token.token.matches(Secret("hunter2")))
        #expect(!"\(String(describing: found))".contains("hunter2"))
    }

    @Test(
        "a server may have a path, as what stands before many clusters has",
        arguments: [
            ("https://h/k8s/clusters/c-m-1/", "https://h/k8s/clusters/c-m-1"), ("https://H:443/", "https://h"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"), ("https://[fd00::1]:6443", "https://[fd00::1]:6443"),
        ])
    func server(_ url: String, expected: String) throws {
        #expect(try kubeconfig(cluster: "server: '\(url)'").access?.server.text == expected)
    }

    @Test("proxies are the environment's, unless the file has one of its own, which has no exceptions")
    func proxies() throws {
        let environment = ["HTTPS_PROXY": "http://p:1", "NO_PROXY": "cluster.example"]
        let inherited = try #require(try kubeconfig(environment).access).transport
        #expect(inherited.proxy == "http://p:1")
        #expect(inherited.noProxy == "cluster.example")
        let own = try kubeconfig(cluster: "server: https://cluster.example, proxy-url: 'http://q:2'", environment)
        #expect(own.access?.transport.proxy == "http://q:2")
        #expect(own.access?.transport.noProxy == "")
    }

    @Test(
        "what would be unsafe, or somebody else than was ordered, is a fault that says what to do",
        arguments: [
            ("server: 'http://cluster.example'", "token: hunter2", "server in the"),
            ("server: 'https://u:hunter2@h'", "token: hunter2", "server in the"),
            ("server: 'https://h/a/../b'", "token: hunter2", "server in the"),
            ("server: 'https://h/?hunter2'", "token: hunter2", "server in the"),
            ("certificate-authority-data: aGk=", "token: hunter2", "server in the"),
            ("server: https://h, insecure-skip-tls-verify: true", "token: hunter2", "insecure-skip-tls-verify in"),
            ("server: https://h, tls-server-name: x", "token: hunter2", "tls-server-name in the"),
            ("server: https://h, proxy-url: 'socks5://hunter2'", "token: hunter2", "proxy-url in the"),
            (
                "server: https://h, certificate-authority: hunter2", "token: hunter2",
                "the file that certificate-authority"
            ),
            (
                "server: https://h, certificate-authority-data: hunter", "token: hunter2",
                "certificate-authority-data in"
            ),
            ("server: https://h", "", "the user in the"),
            ("server: https://h", "token: ''", "the user in the"),
            ("server: https://h", "token: hunter2, tokenFile: t", "token and tokenFile"),
            ("server: https://h", "token: 'hunter 2'", "token in the"),
            ("server: https://h", "exec: {command: hunter2}", "exec in the"),
            ("server: https://h", "token: hunter2, auth-provider: {name: gcp}", "auth-provider in the"),
            ("server: https://h", "token: hunter2, as: root", "as in the"),
            ("server: https://h", "token: hunter2, as-groups: [root]", "as-groups in the"),
            ("server: https://h", "username: u, password: hunter2", "username in the"),
            ("server: https://h", "token: hunter2, client-key-data: aHVudGVyMg==", "client-certificate and"),
        ])
    func faults(_ cluster: String, user: String, beginning: String) throws {
        let (found, faults) = try kubeconfig(cluster: cluster, user: user)
        #expect(found == nil)
        #expect(faults.contains { $0.hasPrefix(beginning) }, "\(faults)")
        #expect(faults.allSatisfy { !$0.contains("hunter") && $0.isClause })
    }

    @Test("all that is wrong in a file is told at once")
    func allFaults() throws {
        let (_, faults) = try kubeconfig(
            cluster: "server: ftp://h, insecure-skip-tls-verify: true, proxy-url: x", user: "exec: {}, as: a")
        #expect(faults.count == 6, "\(faults)")
    }

    @Test(
        "a file that is not there, not YAML, or without a whole current context is a fault",
        arguments: ["", "- a", "a: [", "current-context: x", "a: 1\na: 2", "current-context: x\ncontexts: [{name: x}]"])
    func malformed(_ text: String) throws {
        let (found, faults) = access(["KUBECONFIG": try write(text, to: "config")])
        #expect(found == nil)
        #expect(faults.count == 1)
        #expect(access(["KUBECONFIG": "\(folder)/none"]).faults.count == 1)
    }

    @Test("several files are not merged: which one is meant is for the operator to say")
    func severalFiles() throws {
        for value in ["\(folder)/a:\(folder)/b", ":"] {
            let (found, faults) = access(["KUBECONFIG": value])
            #expect(found == nil)
            #expect(faults.count == 1 && faults[0].contains("kubectl config view --flatten"))
        }
    }

    private func makePod() throws {
        for (name, text) in [("token", "t\n"), ("ca.crt", "c"), ("namespace", "team-space\n")] {
            _ = try write(text, to: "pod/\(name)")
        }
    }

    @Test(
        "a pod's address may be IPv6, and is never reached by a proxy",
        arguments: [
            ("10.96.0.1", "443", "https://10.96.0.1"), ("fd00::1", "6443", "https://[fd00::1]:6443"),
            ("kubernetes.default", "", "https://kubernetes.default"),
        ])
    func pod(_ host: String, port: String, expected: String) throws {
        try makePod()
        let (found, faults) = access([
            "KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port, "HTTPS_PROXY": "http://p:1",
        ])
        #expect(faults.isEmpty)
        #expect(found?.server.text == expected)
        #expect(found?.namespace == "team-space")
        #expect(found?.transport.proxy == nil)
    }

    @Test("a pod without a service account is a fault for each file that is missing, and so is no address")
    func noPod() throws {
        let environment = ["KUBERNETES_SERVICE_HOST": "10.96.0.1"]
        #expect(access(environment).faults.count == 2)
        try makePod()
        #expect(access(["KUBERNETES_SERVICE_HOST": "a/b"]).faults.count == 1)
        #expect(access(["KUBERNETES_SERVICE_HOST": "h", "KUBERNETES_SERVICE_PORT": "x"]).faults.count == 1)
    }

    @Test("KUBECONFIG comes before the pod, and the pod before the file in the home folder")
    func order() throws {
        try makePod()
        let home = try write(
            """
            current-context: x
            contexts: [{name: x, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {server: https://home.example}}]
            users: [{name: u, user: {token: t}}]
            """, to: ".kube/config")
        let all = ["HOME": folder, "KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBECONFIG": home]
        #expect(access(all).access?.server.text == "https://home.example")
        #expect(access(all.filter { $0.key != "KUBECONFIG" }).access?.server.text == "https://10.96.0.1")
        #expect(access(["HOME": folder, "KUBECONFIG": ""]).access?.server.text == "https://home.example")
        #expect(access(["HOME": "\(folder)/none"]).faults.first?.hasPrefix("there is no sign-in") == true)
    }
}
