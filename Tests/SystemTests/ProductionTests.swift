import Foundation
import Support
import Testing

/// `.systemd` and `.container`. That the container's steps build a broker that runs is proven by `make container-check`.
@Suite("What runs the broker in production")
struct ProductionTests {
    private func read(_ path: String) throws -> String {
        try String(contentsOfFile: "\(PythonEnvironment.packageRoot)/\(path)", encoding: .utf8)
    }

    private func words(_ text: Substring) -> Set<Substring> { Set(text.split { $0.isWhitespace }) }

    @Test("is built in the container with the libraries that it is built with here")
    func libraries() throws {
        let here = try #require(try read("Makefile").firstMatch(of: #/(?m)^LIBRARIES := (.+)$/#)).1
        let steps = try #require(
            try read(".container/Dockerfile").firstMatch(of: #/--no-install-recommends \\\n(.+)/#)
        ).1
        #expect(words(here) == words(steps))
    }

    @Test("gives malloc what the bench gives it, with systemd and in the container")
    func malloc() throws {
        for file in ["Tests/Bench/place.py", ".container/Dockerfile", ".systemd/secret-broker.service"] {
            let found = try #require(try read(file).firstMatch(of: #/GLIBC_TUNABLES="?([a-z_.]+=[0-9]+)/#), "\(file)")
            #expect(found.1 == "glibc.malloc.tcache_count=400", "\(file)")
        }
    }

    @Test(
        "sets nothing that is not a setting",
        arguments: [".container/Dockerfile", ".systemd/secret-broker.service", ".systemd/tls.conf"])
    func settings(_ file: String) throws {
        let (text, known) = (try read(file), try read("README.md"))
        for setting in text.matches(of: #/SECRET_BROKER_[A-Z_]+/#) {
            #expect(known.contains("`\(setting.0)`"), "\(setting.0)")
        }
    }

    @Test(
        "is a unit that systemd takes, with TLS and without, and that can do little else than serve",
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze"),
            "systemd-analyze is not installed"),
        arguments: [false, true])
    func unit(_ hasTLS: Bool) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("unit-\(UUID().uuidString)")
        let more = folder.appendingPathComponent("secret-broker.service.d")
        try FileManager.default.createDirectory(at: more, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let unit = folder.appendingPathComponent("secret-broker.service")
        let installed = "ExecStart=/usr/local/bin/secret-broker serve"
        let text = try read(".systemd/secret-broker.service")
        #expect(text.contains("\n\(installed)\n"))
        // The program must be there.
        let here = text.replacing(installed, with: "ExecStart=\(BrokerBinary.path) serve")
        try Data(here.utf8).write(to: unit)
        if hasTLS {
            try Data(read(".systemd/tls.conf").utf8).write(to: more.appendingPathComponent("tls.conf"))
        }
        try await expectGood([unit.path], boundedBy: unit.path)
    }

    private func expectGood(_ units: [String], boundedBy service: String) async throws {
        // What it does not know it only tells of.
        let verified = try ChildProcess("/usr/bin/systemd-analyze", ["verify"] + units)
        #expect(await verified.ended() == 0 && verified.output + verified.errors == "", "\(verified.errors)")
        let judged = try ChildProcess(
            "/usr/bin/systemd-analyze", ["security", "--offline=true", "--threshold=20", "--no-pager", service])
        #expect(await judged.ended() == 0, "\(judged.output)\(judged.errors)")
    }

    @Test(
        "is kept by a timer that systemd takes, whose commands there are, and that can do as little",
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze"),
            "systemd-analyze is not installed"))
    func daily() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("unit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let units = try ["secret-broker-daily.service", "secret-broker-daily.timer"].map { name in
            let unit = folder.appendingPathComponent(name)
            let here = try read(".systemd/\(name)").replacing("/usr/local/bin/secret-broker", with: BrokerBinary.path)
            try Data(here.utf8).write(to: unit)
            return unit.path
        }
        try await expectGood(units, boundedBy: units[0])
        let commands = try read(".systemd/secret-broker-daily.service").matches(
            of: #/bin/secret-broker ([a-z]+(?: [a-z]+)?)/#)
        #expect(commands.map { String($0.1) } == ["catalog backup", "audit export", "reconcile"])
        for command in commands {
            let words = command.1.split(separator: " ").map(String.init)
            #expect(try await BrokerBinary.run(words + ["--help"], environment: [:]).status == 0, "\(words)")
        }
    }
}
