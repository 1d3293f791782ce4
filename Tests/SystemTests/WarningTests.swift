import Broker
import Simulator
import Support
import Testing

@Suite("A store that is not recommended")
struct WarningTests {
    private let code = "kubernetes_store_not_recommended"

    @Test("is warned of at the start, in the status, in lists, writes and descriptions, and says how to leave")
    func everywhere() async throws {
        let place = try await Installation(on: .kubernetes)
        let broker = try await place.serve()
        let admin = place.asAdmin(broker)
        #expect(broker.logged.contains(code))
        let path = "/v1/teams/research/secrets"
        for answer in [
            try await admin.add("KEY", "one"), try await admin.rotate("KEY", "two"), try await admin.call("GET", path),
            try await admin.call("GET", "\(path)/KEY"), try await admin.call("GET", "/v1/status"),
        ] {
            #expect(answer.body.contains(code))
            #expect(answer.body.contains("secret-broker migrate"))
            #expect(answer.body.contains("providers/kubernetes/README.md#\(code)"))
        }
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("is warned of on standard error by every command whose answer says so, and what is printed stays as it was")
    func commands() async throws {
        let place = try await Installation(on: .kubernetes)
        let broker = try await place.serve()
        let admin = place.client(of: broker, as: place.admin)
        let key = ["--team", "research", "--name", "KEY"]
        for (command, input) in [
            (["secret", "add"] + key, "one"), (["secret", "rotate"] + key, "two"), (["secret", "describe"] + key, ""),
            (["secret", "list", "--team", "research"], ""), (["secret", "list", "--team", "research", "--json"], ""),
        ] {
            let finished = try await place.run(command, input: input, admin)
            #expect(finished.status == 0)
            let lines = finished.errors.split(separator: "\n")
            #expect(lines.count == 1)
            #expect(lines.first?.hasPrefix("warning: ") == true)
            #expect(lines.first?.hasSuffix(" (\(code))") == true)
            #expect(!finished.output.contains("warning: "))
        }
        #expect(await broker.end() == 0)
        await place.end()
    }
}
