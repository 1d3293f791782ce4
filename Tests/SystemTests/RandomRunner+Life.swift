import Broker
import Foundation
import Simulator
import Support
import Transport

/// Its broker's deaths and starts, and what must hold between them.
extension RandomRunner {
    func start(killing: String? = nil) async throws {
        guard !broker.hasLogged(marker) else { throw Violation("a value is in the log") }
        var settings = Self.settings(plan, receiver)
        mayDie = killing != nil
        settings["SECRET_BROKER_FAULT_KILL"] = killing
        do {
            broker = try await place.serve(settings)
        } catch {
            // Recovery reaches the point before the broker has said that it listens.
            guard killing != nil else { throw error }
            counts.kills += 1
            try await start()
        }
    }

    func restart(_ killing: String?) async throws {
        let status = await broker.end()
        guard status == 0 || mayDie && status == -9 else { throw Violation("ended with \(status)") }
        counts.restarts += 1
        try await start(killing: killing)
    }

    /// After a connection that closed without a status: somebody must have killed the broker.
    func revive() async throws {
        guard mayDie else { throw Violation("the connection closed, and nobody had killed the broker") }
        guard await broker.ended() == -9 else { throw Violation("it ended in another way than killed") }
        counts.kills += 1
        try await start()
    }

    /// One object a living secret and none besides, a sound audit log, and no value where none may be.
    func check() async throws {
        counts.checks += 1
        await faults.cancelAll()
        if await faults.heldCount > 0 { try await givenUp() }
        try await faults.release()
        if let left = try await place.reconciled() { throw Violation("reconcile: \(left)") }
        var living: [String] = []
        for (index, name) in RandomPlan.names.enumerated() {
            try await decide(index)
            if model.secrets[index].possible != [nil] { living.append("-research-\(name.lowercased())-") }
        }
        let objects = await place.objects()
        guard objects.count == living.count, living.allSatisfy({ one in objects.contains { $0.contains(one) } }) else {
            throw Violation("at the provider: \(objects.sorted()), where there must be one each of \(living)")
        }
        guard try await place.run(["audit", "verify"]).status == 0 else {
            throw Violation("the audit log is not whole")
        }
        guard !broker.hasLogged(marker) else { throw Violation("a value is in the log") }
        let folder = URL(fileURLWithPath: place.catalog).deletingLastPathComponent()
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        where try Data(contentsOf: file).range(of: Data(marker.utf8)) != nil {
            throw Violation("a value is in \(file.lastPathComponent)")
        }
    }

    /// Returns when the broker has given up the writes of the dead, and purged what there was of them: what arrives only
    /// now is purged once more.
    private func givenUp() async throws {
        for _ in 0..<60 {
            let journal = try await place.run(["reconcile", "--dry-run"]).output
            if journal.contains("journal: 0 under way, 0 to purge,") { return }
            // Nothing outside the catalog tells when a lease has run out.
            try await Task.sleep(for: .milliseconds(500))
        }
        throw Violation("the writes of the dead are not given up")
    }

    /// Looks until it is told: a store that failed may be left in peace for some seconds.
    private func decide(_ index: Int) async throws {
        for _ in 0..<30 {
            let seen = await resolve(index)
            guard let seen else {
                try await revive()
                continue
            }
            try model.saw(index, seen.answer, value: seen.value, isFaulty: false)
            guard seen.answer.status == 503 else { return }
            try await Task.sleep(for: .seconds(seen.answer.header("Retry-After").flatMap { Int($0) } ?? 1))
        }
        throw Violation("\(RandomPlan.names[index]) cannot be resolved")
    }
}
