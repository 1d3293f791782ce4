import Broker
import Foundation
import Simulator
import Support
import Testing

@Suite("A start that cannot be")
struct StartTests {
    /// Settings that differ from a good installation's, and what the one sentence must name.
    static let faults: [(settings: [String: String], names: [String])] = [
        (["SECRET_BROKER_STORE": ""], ["SECRET_BROKER_STORE"]),
        (["SECRET_BROKER_STORE": "noop://"], ["noop"]),
        (["SECRET_BROKER_STORE": "gopher://x"], ["aws-secretmanager"]),
        (["SECRET_BROKER_STORE": "aws-secretmanager://wandb?namespace=wandb&region=evil.example/"], ["region"]),
        (
            ["SECRET_BROKER_STORE": "gopher://x", "SECRET_BROKER_STORE_EU_WEST": "a b"],
            ["store default: there is no provider", "; SECRET_BROKER_STORE_EU_WEST holds a space"]
        ),
        (["SECRET_BROKER_LISTEN": "somewhere"], ["SECRET_BROKER_LISTEN"]),
        (["SECRET_BROKER_LISTEN": "0.0.0.0:0"], ["SECRET_BROKER_TLS_CERT", "SECRET_BROKER_INSECURE_LISTEN"]),
        (["SECRET_BROKER_LISTEN": "127.evil.example:0"], ["SECRET_BROKER_TLS_CERT", "SECRET_BROKER_INSECURE_LISTEN"]),
        (["SECRET_BROKER_AUDIT_KEEP": "for ever"], ["SECRET_BROKER_AUDIT_KEEP"]),
        (["SECRET_BROKER_LOG_FORMAT": "xml"], ["SECRET_BROKER_LOG_FORMAT"]),
        (["SECRET_BROKER_TLS_CERT": "/nonexistent"], ["SECRET_BROKER_TLS_KEY"]),
        (
            ["SECRET_BROKER_TLS_CERT": "/nonexistent", "SECRET_BROKER_TLS_KEY": "/nonexistent"],
            ["/nonexistent", "PEM"]
        ),
        (
            [
                "SECRET_BROKER_CACHE_TTL": "5 minutes", "SECRET_BROKER_CACHE_MAX_STALE": "x",
                "SECRET_BROKER_LOG_LEVEL": "loud",
            ],
            ["SECRET_BROKER_CACHE_TTL", "SECRET_BROKER_CACHE_MAX_STALE", "SECRET_BROKER_LOG_LEVEL"]
        ),
        (["SECRET_BROKER_CATALOG": "mysql://x"], ["SECRET_BROKER_CATALOG"]),
        (["SECRET_BROKER_CATALOG": "sqlite:///dev/null/x/catalog.db"], ["/dev/null/x/catalog.db"]),
        (["SECRET_BROKER_TEAM_STORES": "research=elsewhere"], ["SECRET_BROKER_TEAM_STORES"]),
        (["SECRET_BROKER_FAULT_KILL": "x"], ["SECRET_BROKER_FAULT_KILL"]),
    ]

    private func expectRefusal(_ finished: BrokerBinary.Finished, naming names: [String]) {
        #expect(finished.status == 1)
        let lines = finished.errors.split(separator: "\n").filter { $0.contains(" error secret-broker: ") }
        #expect(lines.count == 1, "\(finished.errors)")
        for name in names { #expect(lines.first?.contains(name) ?? false, "\(finished.errors)") }
    }

    @Test("is refused in one sentence that names the setting", arguments: faults.indices)
    func settings(_ index: Int) async throws {
        let place = try await Installation()
        let (settings, names) = Self.faults[index]
        let arguments = settings["SECRET_BROKER_LISTEN"] == nil ? ["--listen", "127.0.0.1:0"] : []
        expectRefusal(try await place.run(["serve"] + arguments, settings), naming: names)
        await place.end()
    }

    @Test("one that can be says of each store where it is, and as whom the broker signs in there")
    func storesLogged() async throws {
        let place = try await Installation()
        let role = "arn:aws:iam::123456789012:role/broker"
        let broker = try await place.serve([
            "SECRET_BROKER_STORE_OTHER": "aws-secretmanager://other?region=us-east-1&role_arn=\(role)"
        ])
        let lines = broker.logged.split(separator: "\n").filter { $0.contains("] store") }
        #expect(lines.count == 2)
        #expect(lines.contains { $0.contains("store=default") && $0.contains("signs_in_by=the environment") })
        #expect(lines.contains { $0.contains("store=other") && $0.contains(", then the role \(role)") })
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("a catalog that there was none of is made, and that is said, once")
    func newCatalog() async throws {
        let place = try await Installation()
        let path = place.catalog + "-mistyped"
        let elsewhere = ["SECRET_BROKER_CATALOG": "sqlite://\(path)"]
        for isNew in [true, false] {
            let broker = try await place.serve(elsewhere)
            let line = broker.logged.split(separator: "\n").first { $0.contains("made a new catalog") }
            #expect((line?.contains(" warning ") ?? false) == isNew)
            #expect((line?.contains(path) ?? false) == isNew)
            #expect(await broker.end() == 0)
        }
        let token = ["token", "create", "--name", "x", "--role", "auditor"]
        let other = ["SECRET_BROKER_CATALOG": "sqlite://\(path)-again"]
        #expect(try await place.run(token, other).errors.contains("made a new catalog, sqlite://\(path)-again: "))
        #expect(!(try await place.run(token, other).errors.contains("made a new catalog")))
        await place.end()
    }

    @Test("a port that is in use is named")
    func portInUse() async throws {
        let place = try await Installation()
        let address = try #require(
            place.environment["AWS_ENDPOINT_URL_STS"]?.replacingOccurrences(of: "http://", with: ""))
        expectRefusal(try await place.run(["serve", "--listen", address]), naming: [address, "SECRET_BROKER_LISTEN"])
        await place.end()
    }

    @Test("a catalog that is damaged, or no catalog, is named and left as it is")
    func damagedCatalog() async throws {
        let place = try await Installation()
        let file = URL(fileURLWithPath: place.catalog).deletingLastPathComponent().appendingPathComponent("other.db")
        let garbage = Data(
            "this is no database, and long enough to be read as one: ".utf8 + Array(repeating: 0x2A, count: 5000))
        try garbage.write(to: file)
        let finished = try await place.run(
            ["serve", "--listen", "127.0.0.1:0"], ["SECRET_BROKER_CATALOG": "sqlite://\(file.path)"])
        expectRefusal(finished, naming: [file.path])
        #expect(try Data(contentsOf: file) == garbage)
        await place.end()
    }

    @Test("a store that holds secrets and is configured elsewhere is named")
    func movedStore() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        #expect(try await place.asAdmin(broker).add("KEY", "v").status == 201)
        #expect(await broker.end() == 0)
        let moved = ["SECRET_BROKER_STORE": "aws-secretmanager://other?namespace=other&region=us-east-1"]
        expectRefusal(
            try await place.run(["serve", "--listen", "127.0.0.1:0"], moved), naming: ["default", "us-east-1/wandb"])
        await place.end()
    }

    @Test("a configuration file that is missing, or has an unknown key, is named")
    func configurationFile() async throws {
        let place = try await Installation()
        let file = URL(fileURLWithPath: place.catalog).deletingLastPathComponent().appendingPathComponent(
            "settings.yaml")
        let start = ["serve", "--listen", "127.0.0.1:0", "--config", file.path]
        expectRefusal(try await place.run(start), naming: [file.path])
        try Data("cache_tll: 5m\n".utf8).write(to: file)
        expectRefusal(try await place.run(start), naming: ["cache_tll"])
        try Data("stores: {eu: {uri: x}}\n".utf8).write(to: file)
        expectRefusal(try await place.run(start), naming: ["stores.eu"])
        // Those that README's table has, whose values alone are wrong here.
        let names = try Self.documented()
        #expect(names.contains("AUDIT_KEEP") && names.contains("LOG_FORMAT") && names.count > 12)
        try Data(names.map { "\($0.lowercased()): nonsense\n" }.joined().utf8).write(to: file)
        let errors = try await place.run(start).errors
        #expect(!errors.contains("is not a setting"), "\(errors)")
        await place.end()
    }

    /// The settings in README's table, without their prefix.
    private static func documented() throws -> Set<String> {
        let readme = try String(contentsOfFile: "\(PythonEnvironment.packageRoot)/README.md", encoding: .utf8)
        let rows = readme.split(separator: "\n").filter { $0.hasPrefix("| `SECRET_BROKER_") }
        return Set(
            rows.flatMap { $0.split(separator: "|")[0].matches(of: /`SECRET_BROKER_([A-Z_]+)`/).map { String($0.1) } })
    }

    @Test(
        "wrong usage is exit code 2",
        arguments: [
            ["serve", "--nonsense"], ["token", "create", "--name", "x"], ["nonsense"],
            ["token", "create", "--name", "x", "--role", "member"], ["secret", "list", "--team", "Not A Team"],
        ])
    func wrongUsage(_ arguments: [String]) async throws {
        let finished = try await BrokerBinary.run(
            arguments, environment: ["SECRET_BROKER_CATALOG": "sqlite:///tmp/unused-catalog/c.db"])
        #expect(finished.status == 2, "\(finished.errors)")
        #expect(finished.output.isEmpty)
    }

    @Test(
        "a value that is none is wrong usage of the command that it was given to",
        arguments: [
            ("token create", ["--name", "x", "--role", "root"]),
            ("token create", ["--name", "x", "--role", "admin", "--expires", "90"]),
            ("token list", ["--team", "Not A Team"]),
            ("secret add", ["--team", "research", "--name", "E-E"]),
            (
                "webhook add",
                ["--team", "research", "--name", "w", "--url", "https://example.com/", "--header", "bad"]
            ),
            ("audit verify", ["--head", "5:abc"]), ("audit export", ["--team", "Not A Team"]),
            ("resolve", ["--team", "Not A Team"]), ("migrate", ["--team", "Not A Team", "--to", "x"]),
            ("secret adopt", ["--team", "research", "--name", "E-E", "--from", "x"]),
            ("catalog copy", ["--to", "mysql://x"]),
        ] as [(String, [String])])
    func wrongValue(_ command: String, _ options: [String]) async throws {
        let finished = try await BrokerBinary.run(
            command.split(separator: " ").map(String.init) + options,
            environment: ["SECRET_BROKER_CATALOG": "sqlite:///tmp/unused-catalog/c.db"])
        #expect(finished.status == 2 && finished.output.isEmpty)
        #expect(finished.errors.contains("Usage: secret-broker \(command) "), "\(finished.errors)")
    }

    @Test("one that is to log JSON writes one object a line, with what people read as members")
    func jsonLog() async throws {
        let place = try await Installation()
        let process = try ChildProcess(
            BrokerBinary.path, ["serve", "--listen", "127.0.0.1:0"],
            place.environment.merging(["SECRET_BROKER_LOG_FORMAT": "json"]) { $1 })
        let line = try #require(await process.line(containing: #""message":"listening""#))
        #expect(line.contains(/^\{"time":"[^"]+Z","level":"info","message":"listening","url":"http:[^"]+"\}$/))
        process.signal(SIGTERM)
        #expect(await process.ended() == 0)
        for line in process.errors.split(separator: "\n") {
            #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any], "\(line)")
        }
        await place.end()
    }

    @Test("one that is to log JSON says in JSON why it ends, too, whatever is wrong", arguments: [0, 2, 5, 10, 14])
    func jsonRefusal(_ index: Int) async throws {
        let place = try await Installation()
        let settings = Self.faults[index].settings.merging(["SECRET_BROKER_LOG_FORMAT": "json"]) { $1 }
        let arguments = settings["SECRET_BROKER_LISTEN"] == nil ? ["--listen", "127.0.0.1:0"] : []
        let refused = try await place.run(["serve"] + arguments, settings)
        #expect(refused.status == 1)
        let lines = refused.errors.split(separator: "\n")
        for line in lines {
            #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any], "\(line)")
        }
        #expect(lines.last?.contains(#""level":"error""#) ?? false, "\(refused.errors)")
        await place.end()
    }

    @Test("an unreachable store stops no start; a write then says what is wrong")
    func unreachableStore() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        await place.cloud.stop()
        let answer = try await place.asAdmin(broker).add("KEY", "v")
        #expect(answer.status == 503)
        #expect(answer.code == "provider_unavailable")
        #expect(try await place.asAdmin(broker).call("GET", "/readyz").status == 200)
        #expect(await broker.end() == 0)
        await place.end()
    }
}
