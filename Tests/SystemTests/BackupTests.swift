import Foundation
import Simulator
import Support
import Testing

@Suite("A catalog that was restored from a backup")
struct BackupTests {
    private func backUp(_ place: Installation) async throws -> String {
        let file = place.catalog + "-backup"
        let made = try await place.run(["catalog", "backup", file])
        #expect(made.status == 0, "\(made.errors)")
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        #expect((attributes[.posixPermissions] as? Int).map { $0 & 0o077 } == 0)
        return file
    }

    /// As docs/production.md says: the file in the catalog's place, and nothing of the old one beside it.
    private func restore(_ file: String, _ place: Installation) throws {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: place.catalog + suffix) }
        try FileManager.default.moveItem(atPath: file, toPath: place.catalog)
    }

    @Test(
        "serves what is still there, names what was lost, and purges nothing before reconcile",
        arguments: CloudKind.allCases)
    func restored(_ cloud: CloudKind) async throws {
        let place = try await Installation(on: cloud)
        let first = try await place.serve()
        for name in ["KEPT", "ROTATED", "DELETED"] {
            #expect(try await place.asAdmin(first).add(name, "one").status == 201)
        }
        let webhook = #"{"name":"w","url":"https://example.com/","confirm":true}"#
        #expect(try await place.asAdmin(first).call("POST", "/v1/teams/research/webhooks", webhook).status == 201)
        let file = try await backUp(place)
        #expect(try await place.run(["catalog", "backup", file]).errors.contains("exists"))
        #expect(try await place.asAdmin(first).rotate("ROTATED", "two").status == 200)
        #expect(try await place.asAdmin(first).delete("DELETED").status == 204)
        #expect(try await place.asAdmin(first).add("LATER", "three").status == 201)
        #expect(await first.end() == 0)
        #expect(try await place.run(["reconcile"]).status == 0)
        let objects = await place.objects()
        try restore(file, place)

        let broker = try await place.serve(["SECRET_BROKER_CACHE_TTL": "0"])
        #expect(broker.logged.contains("restored from a backup"))
        // Every token of before is void, and so is every confirmation.
        #expect(try await place.asAdmin(broker).call("GET", "/v1/teams/research/secrets").status == 401)
        let admin = APIClient(
            place.http, url: broker.url, token: try await Installation.token(["--role", "admin"], place.environment))
        let resolver = APIClient(
            place.http, url: broker.url,
            token: try await Installation.token(["--role", "resolver", "--team", "research"], place.environment))
        #expect(
            try await admin.call("GET", "/v1/teams/research/webhooks/w").body.contains(#""confirmed":false"#))
        #expect(try await resolver.resolve("KEPT").resolved == "one")
        #expect(try await resolver.resolve("ROTATED").code == "value_lost")
        #expect(try await resolver.resolve("LATER").code == "unknown_variable")

        // The original may still be alive: what this one lets go of stays where it is.
        #expect(try await admin.rotate("KEPT", "four").status == 200)
        #expect(await place.objects().isSuperset(of: objects))
        let dry = try await place.run(["reconcile", "--dry-run"])
        #expect(dry.errors.contains("restored from a backup"))
        #expect(await place.objects().isSuperset(of: objects))
        let reconciled = try await place.run(["reconcile"])
        #expect(reconciled.status == 1)
        #expect(reconciled.errors.contains("knows nothing, and they stay in their store"), "\(reconciled.errors)")
        for lost in ["ROTATED", "DELETED"] { #expect(reconciled.output.contains("drift: research/\(lost)")) }
        #expect(await place.objects().count == objects.count)
        for lost in ["ROTATED", "DELETED"] { #expect(try await admin.rotate(lost, "five").status == 200) }
        #expect(try await place.run(["reconcile"]).status == 0)
        #expect(try await place.run(["audit", "verify"]).status == 0)
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("is not opened while the log of the one that crashed there is beside it, and voids the tokens all the same")
    func overCrashed() async throws {
        let place = try await Installation()
        let first = try await place.serve()
        let file = try await backUp(place)
        #expect(try await place.asAdmin(first).add("KEY", "one").status == 201)
        await first.kill()
        try FileManager.default.removeItem(atPath: place.catalog)
        try FileManager.default.moveItem(atPath: file, toPath: place.catalog)
        let refused = try await place.run(["token", "list"])
        #expect(refused.status == 1 && refused.errors.contains("remove \(place.catalog)-wal and "), "\(refused.errors)")
        for suffix in ["-wal", "-shm"] { try FileManager.default.removeItem(atPath: place.catalog + suffix) }
        let broker = try await place.serve()
        #expect(try await place.asAdmin(broker).call("GET", "/v1/teams/research/secrets").status == 401)
        await broker.kill()
        // Its own log is no other one's.
        #expect(try await place.run(["token", "list"]).status == 0)
        await place.end()
    }

    /// What a command prints, as bytes.
    private func print(_ command: String, to file: String, _ place: Installation) async throws -> ChildProcess {
        let process = try ChildProcess(
            "/bin/sh", ["-c", "exec \(BrokerBinary.path) \(command) > \(file)"], place.environment)
        _ = await process.ended()
        return process
    }

    private func leftovers(_ place: Installation) throws -> [String] {
        let folder = URL(fileURLWithPath: place.catalog).deletingLastPathComponent().path
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains("backup-") }
    }

    @Test("can come from standard output, where it is whole, and leaves nothing behind in the container")
    func streamed() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        #expect(try await place.asAdmin(broker).add("KEY", "one").status == 201)
        let file = place.catalog + ".copy"
        let made = try await print("catalog backup -", to: file, place)
        #expect(await made.ended() == 0, "\(made.errors)")
        #expect(made.errors.contains("backed up to standard output"), "\(made.errors)")
        #expect(try leftovers(place).isEmpty)
        #expect(await broker.end() == 0)
        try restore(file, place)
        #expect(try await place.run(["audit", "verify"]).status == 0)
        #expect(try await place.run(["reconcile"]).status == 0)
        await place.end()
    }

    @Test("that is not taken, or is meant for a terminal, fails and leaves nothing behind")
    func streamedNowhere() async throws {
        let place = try await Installation()
        let full = try await print("catalog backup -", to: "/dev/full", place)
        #expect(await full.ended() == 1 && full.errors.contains("standard output"), "\(full.errors)")
        #expect(try leftovers(place).isEmpty)
        if FileManager.default.isExecutableFile(atPath: "/usr/bin/script") {
            let shown = try ChildProcess(
                "/usr/bin/script", ["-qec", "\(BrokerBinary.path) catalog backup -", "/dev/null"], place.environment)
            #expect(await shown.ended() == 1 && shown.output.contains("redirect it into a file"), "\(shown.output)")
        }
        await place.end()
    }

    @Test("holds no value, and a backup is whole although writes go on")
    func whole() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        async let writes: Void = {
            for number in 0..<60 { _ = try await place.asAdmin(broker).add("KEY_\(number)", "canary-\(number)-value") }
        }()
        var files: [String] = []
        for number in 0..<5 {
            let file = place.catalog + "-\(number)"
            #expect(try await place.run(["catalog", "backup", file]).status == 0)
            files.append(file)
        }
        try await writes
        for file in files {
            let verified = try await place.run(["audit", "verify", "--catalog", "sqlite://\(file)"])
            #expect(verified.status == 0, "\(verified.errors)")
            #expect(try !Data(contentsOf: URL(fileURLWithPath: file)).contains("canary-"))
        }
        #expect(await broker.end() == 0)
        await place.end()
    }
}

extension Data {
    fileprivate func contains(_ text: String) -> Bool { range(of: Data(text.utf8)) != nil }
}
