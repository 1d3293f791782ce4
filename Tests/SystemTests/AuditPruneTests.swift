import Broker
import Foundation
import Simulator
import Store
import Support
import Testing

@Suite("The audit log on disk")
struct AuditPruneTests {
    private func lines(_ text: String) -> [Substring] { text.split(separator: "\n") }

    @Test("is bounded by export --prune, beside a running broker; what was printed can be verified for ever")
    func pruned() async throws {
        let place = try await Installation()
        try await place.recordOldDays()
        let broker = try await place.serve()
        #expect(try await place.asAdmin(broker).add("KEY", "v").status == 201)
        let all = lines(try await place.run(["audit", "export"]).output)
        let pruned = try await place.run(["audit", "export", "--prune"])
        #expect(pruned.status == 0, "\(pruned.errors)")
        #expect(lines(pruned.output) == Array(all.prefix(9)))
        #expect(!lines(try await place.run(["audit", "export"]).output).contains { $0.contains("bot-50") })
        let verified = try await place.run(["audit", "verify"])
        #expect(verified.status == 0 && verified.output.contains("intact"), "\(verified.errors)")
        #expect(try await place.asResolver(broker).resolve("KEY").resolved == "v")

        let file = try place.write(pruned.output, to: "old.ndjson")
        let exported = try await place.run(["audit", "verify", "--file", file])
        #expect(exported.output.hasPrefix("intact: 9 records"), "\(exported.errors)")
        for (changed, fault) in [
            (pruned.output.replacing("bot-501", with: "bot-601"), "does not end where"),
            (pruned.output.dropLast() + "\0{}\n", "was changed"),
            (lines(pruned.output).dropLast().joined(separator: "\n"), "does not end where"),
            (lines(pruned.output).dropFirst().joined(separator: "\n"), "does not begin where"),
        ] {
            let refused = try await place.run(["audit", "verify", "--file", place.write(changed, to: "bad.ndjson")])
            #expect(refused.status == 1)
            #expect(refused.errors.contains(fault) || refused.errors.contains("was changed"), "\(refused.errors)")
        }
        let again = try await place.run(["audit", "export", "--prune"])
        #expect(again.status == 0 && again.output.isEmpty && again.errors.contains("nothing is older than 400d"))

        // Of an export of all, today's records are sealed by nothing yet.
        let whole = try place.write(all.joined(separator: "\n") + "\n", to: "whole.ndjson")
        let sealed = try await place.run(["audit", "verify", "--file", whole])
        #expect(sealed.status == 0 && sealed.output.hasPrefix("intact: 9 records, head 9:"), "\(sealed.errors)")
        #expect(sealed.errors.contains("ends after the last sealed record 9, at \(all.count): give --head"))
        let rest = try place.write(try await place.run(["audit", "export"]).output, to: "rest.ndjson")
        let present = try await place.run(["audit", "verify"])
        let head = try #require(present.output.firstMatch(of: /head (\d+:[0-9a-f]{64})/)).1
        let proven = try await place.run(["audit", "verify", "--file", rest, "--head", String(head)])
        #expect(proven.status == 0 && proven.output == present.output, "\(proven.output)\(proven.errors)")
        let unproven = try await place.run(["audit", "verify", "--file", rest])
        #expect(unproven.status == 1 && unproven.errors.contains("is sealed yet: give --head"), "\(unproven.errors)")
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test(
        "is not pruned into a terminal, which would show the only copy and keep none",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "script is not installed"))
    func terminal() async throws {
        let place = try await Installation()
        try await place.recordOldDays()
        _ = try await place.run(["token", "create", "--name", "x", "--role", "auditor"])
        // `script` runs it on a terminal of its own, and prints what that shows.
        let shown = try ChildProcess(
            "/usr/bin/script", ["-qec", "\(BrokerBinary.path) audit export --prune", "/dev/null"], place.environment)
        #expect(await shown.ended() == 1)
        #expect(shown.output.contains("prints the only copy: redirect it into a file"), "\(shown.output)")
        #expect(!shown.output.contains("bot-50"))
        #expect(lines(try await place.run(["audit", "export"]).output).count { $0.contains("bot-50") } == 9)
        await place.end()
    }

    @Test("loses nothing to a prune whose output is not taken, or to a record that was changed")
    func kept() async throws {
        let place = try await Installation()
        try await place.recordOldDays()
        _ = try await place.run(["token", "create", "--name", "x", "--role", "auditor"])
        let full = try ChildProcess(
            "/bin/sh", ["-c", "exec \(BrokerBinary.path) audit export --prune > /dev/full"], place.environment)
        #expect(await full.ended() == 1)
        #expect(full.errors.contains("standard output"), "\(full.errors)")
        for command in ["audit export", "token create --name y --role auditor", "token list"] {
            let full = try ChildProcess(
                "/bin/sh", ["-c", "exec \(BrokerBinary.path) \(command) > /dev/full"], place.environment)
            #expect(await full.ended() == 1, "\(command)")
            #expect(full.errors.contains("standard output"), "\(full.errors)")
        }
        #expect(lines(try await place.run(["audit", "export"]).output).count { $0.contains("bot-50") } == 9)
        _ = try await place.sql(
            "DROP TRIGGER audit_is_append_only; "
                + "UPDATE audit SET record = replace(record, 'bot-501', 'bot-601') WHERE seq = 5")
        let refused = try await place.run(["audit", "export", "--prune"])
        #expect(refused.status == 1 && refused.errors.contains("not as they were sealed"), "\(refused.errors)")
        #expect(lines(try await place.run(["audit", "export"]).output).count { $0.contains("bot-50") } == 5)
        await place.end()
    }

    @Test(
        "is not made by a command that only looks at it",
        arguments: [["audit", "verify"], ["token", "list"], ["reconcile"]])
    func notMade(_ command: [String]) async throws {
        let place = try await Installation()
        let elsewhere = ["SECRET_BROKER_CATALOG": "sqlite://\(place.catalog)-elsewhere"]
        let refused = try await place.run(command, elsewhere)
        #expect(refused.status == 1 && refused.errors.contains("there is no catalog at"), "\(refused.errors)")
        await place.end()
    }
}

extension Installation {
    /// Makes the log three days of long ago, written by a broker whose clock was there.
    func recordOldDays() async throws {
        _ = try await sql("DROP TRIGGER audit_goes_by_pruned_segments; DELETE FROM audit")
        for daysAgo in [502, 501, 500] {
            let catalog = try Catalog.open(
                path: catalog, clock: { TestCatalog.systemTime().adding(.seconds(-86_400 * daysAgo)) })
            for number in 0..<3 {
                let actor = Principal(tokenID: "t", name: "bot-\(daysAgo)", address: nil, requestID: "r-\(number)")
                try await catalog.append([AuditEvent(.resolve, .done, by: actor, team: TeamName("research"))])
            }
            catalog.close()
        }
    }
}
