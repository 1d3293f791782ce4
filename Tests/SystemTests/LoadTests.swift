import Foundation
import Simulator
import Support
import Testing

/// Minutes under four fifths of the load that the broker can bear on this machine, beside whoever makes the load.
///
/// `SECRET_BROKER_TEST_LOAD`: for how many seconds. Without it the suite does not run.
@Suite("Under load for long", .serialized, .timeLimit(.minutes(60)))
struct LoadTests {
    private static let seconds = ProcessInfo.processInfo.environment["SECRET_BROKER_TEST_LOAD"].flatMap { Int($0) }
    private static let connections = 16

    @Test(
        "nothing is lost, stale or leaked, and memory is flat, with rotations, faults, restarts and kills",
        .enabled(if: seconds != nil))
    func holds() async throws {
        let run = try await LoadRun(on: .aws)
        let capacity = try await Self.capacity(of: run)
        let length = Duration.seconds(Self.seconds ?? 0)
        let end = ContinuousClock.now + length
        async let resolved = run.resolve(until: end, connections: Self.connections, rate: capacity * 0.8)
        async let rotated: Void = run.rotate(until: end, pause: .milliseconds(500))
        async let faults = run.fail(until: end)
        let lives = try await run.live(until: end, each: max(.seconds(30), length / 6))
        let (counts, faultCount) = (try await resolved, try await faults)
        try await rotated

        let rotates = run.total
        let lost = try await run.lostWrites()
        #expect(lost == 0)
        #expect(counts.stale == 0)
        #expect(counts.wrong == 0)
        // But for what was under way when a broker died, or came while none listened.
        #expect(counts.refused < counts.done / 1000)
        try await expectSound(run)
        for life in lives { #expect(life.end < life.warm * 5 / 4 + 8, "memory grew: \(life)") }
        print(
            """

            Load: \(length.components.seconds) s on AWS's simulator, \(Self.connections) connections. \
            Measured \(Int(capacity)) warm resolves/s, then 80 % of it: \(counts.done) resolves done \
            (\(counts.done / Int(length.components.seconds))/s), \(counts.refused) refused, \(counts.unanswered) while \
            no broker listened; \(rotates.done) rotates done, \(rotates.refusals) refused, \(rotates.unanswered) without an answer; \
            \(faultCount) faults, \(lives.count { $0.isKilled }) kills, \(lives.count { !$0.isKilled }) restarts.
            Lost writes: \(lost). Stale answers: \(counts.stale). Wrong answers: \(counts.wrong).
            Resident memory in MiB after a quarter, half and all of each life: \
            \(lives.map { "\($0.warm) \($0.half) \($0.end)" }.joined(separator: ", "))

            """)
        #expect(await run.present.end() == 0)
        await run.place.end()
    }

    /// Warm resolves a second, the best of three.
    private static func capacity(of run: LoadRun) async throws -> Double {
        var best = 0.0
        for _ in 1...3 {
            let began = ContinuousClock.now
            let counts = try await run.resolve(until: began + .seconds(3), connections: connections)
            best = max(best, Double(counts.done) / ((ContinuousClock.now - began) / .seconds(1)))
        }
        return best
    }

    private func expectSound(_ run: LoadRun) async throws {
        await run.place.cloud.faults.cancelAll()
        #expect(try await run.place.reconciled() == nil)
        #expect(await run.place.objects().count == LoadRun.names.count)
        #expect(try await run.place.run(["audit", "verify"]).status == 0)
        #expect(!run.present.hasLogged(run.marker))
    }
}
