import Foundation
import Support
import Testing
import Transport

/// What the systemd unit forbids, against what a broker asks the kernel for: a broker that serves, resolves and relays
/// on a simulated cloud, with strace beside it.
@Suite("The unit's sandbox", .timeLimit(.minutes(3)))
struct SandboxTests {
    private struct Ready: Decodable {
        let url: String
        let pid: Int32
        let adminToken: String
        let resolverToken: String
    }

    private static let tools = ["/usr/bin/strace", "/usr/bin/systemd-analyze"]

    @Test(
        "forbids nothing that a broker does",
        .enabled(if: tools.allSatisfy(FileManager.default.isExecutableFile), "no strace, or no systemd-analyze"))
    func allows() async throws {
        let unit = try String(
            contentsOfFile: "\(PythonEnvironment.packageRoot)/.systemd/secret-broker.service", encoding: .utf8)
        func settings(_ name: String) -> [String] {
            unit.split(separator: "\n").filter { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
        }
        let trace = try await traced()
        var allowed: Set<String> = []
        for filter in settings("SystemCallFilter") {
            let isForbidden = filter.hasPrefix("~")
            for set in filter.drop(while: { $0 == "~" }).split(separator: " ") {
                let calls = try await calls(of: String(set))
                allowed = isForbidden ? allowed.subtracting(calls) : allowed.union(calls)
            }
        }
        let made = Set(trace.matches(of: #/(?m)^\d+ +(\w+)\(/#).map { String($0.1) })
        #expect(made.count > 40)
        // As root SQLite gives its files to the owner of the catalog. The unit's broker is not root.
        #expect(made.subtracting(allowed).subtracting(["fchown"]) == [])
        let families = Set(trace.matches(of: #/socket(?:pair)?\((AF_\w+)/#).map { String($0.1) })
        let permitted = settings("RestrictAddressFamilies").flatMap { $0.split(separator: " ").map(String.init) }
        #expect(!families.isEmpty && families.subtracting(permitted) == [])
        #expect(unit.contains("\nMemoryDenyWriteExecute=yes\n") && !trace.contains("PROT_WRITE|PROT_EXEC"))
    }

    private func traced() async throws -> String {
        let folder = TestFolder()
        let (trace, file) = (folder.url.appendingPathComponent("trace"), folder.url.appendingPathComponent("ready"))
        let tracer = try ChildProcess(
            "/usr/bin/strace",
            [
                "-f", "-qq", "-o", trace.path, BrokerBinary.path, "dev", "--listen", "127.0.0.1:0", "--ready-file",
                file.path,
            ], ["SECRET_BROKER_RELAY_ALLOW": "localhost"])
        // The file is there, whole, once the broker answers.
        try await eventually("the broker's ready file") { FileManager.default.fileExists(atPath: file.path) }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let ready = try decoder.decode(Ready.self, from: Data(contentsOf: file))
        let http = try HTTPClient(TransportSettings())
        let admin = APIClient(http, url: ready.url, token: ready.adminToken)
        #expect(try await admin.add("KEY", "v").status == 201)
        #expect(try await admin.rotate("KEY", "w").status == 200)
        let resolver = APIClient(http, url: ready.url, token: ready.resolverToken)
        #expect(try await resolver.resolve("KEY").resolved == "w")
        let webhook = #"{"name":"deploy","url":"https://localhost:1/","confirm":true}"#
        #expect(try await admin.call("POST", "/v1/teams/research/webhooks", webhook).status == 201)
        #expect(try await admin.call("POST", "/v1/teams/research/webhooks/deploy/test", "{}").status == 502)
        #expect(try await admin.call("GET", "/metrics").status == 200)
        kill(ready.pid, SIGTERM)
        #expect(await tracer.ended() == 0)
        http.shutDown()
        return try String(contentsOf: trace, encoding: .utf8)
    }

    /// Of a set such as `@network-io`, with those of the sets in it.
    private func calls(of set: String) async throws -> Set<String> {
        let listed = try ChildProcess("/usr/bin/systemd-analyze", ["syscall-filter", "--no-pager", set])
        #expect(await listed.ended() == 0, "\(listed.errors)")
        var calls: Set<String> = []
        for line in listed.output.split(separator: "\n").dropFirst() {
            let word = line.trimmingCharacters(in: .whitespaces)
            if word.hasPrefix("@") {
                calls.formUnion(try await self.calls(of: word))
            } else if !word.hasPrefix("#") {
                calls.insert(word)
            }
        }
        return calls
    }
}
