import Foundation
import Simulator
import Support
import Testing

/// The history of three replicas on one database under load, while one after another is killed: no resolve that began
/// after a rotate's answer saw an older value, at whichever replica, and no answered write was lost.
///
/// `SECRET_BROKER_TEST_LOAD`: for how many seconds; without it ten. `SECRET_BROKER_TEST_SEED`: of the kills.
@Suite("The history of three replicas", .enabled(if: PostgreSQLServer.programs != nil), .timeLimit(.minutes(60)))
struct HistoryTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seconds = environment["SECRET_BROKER_TEST_LOAD"].flatMap { Int($0) } ?? 10
    private static let seed = environment["SECRET_BROKER_TEST_SEED"].flatMap { UInt64($0) } ?? 1

    @Test("is one that a single broker could have")
    func linearizable() async throws {
        let run = try await LoadRun(on: .aws, catalog: try await PostgreSQLServer.emptySchema(), brokers: 3)
        let end = ContinuousClock.now + .seconds(Self.seconds)
        async let resolved = run.resolve(until: end, connections: 48)
        async let rotated: Void = run.rotate(until: end, pause: .milliseconds(2))
        let kills = try await kill(run, until: end)
        let counts = try await resolved
        try await rotated
        let lost = try await run.lostWrites()
        #expect(counts.stale == 0)
        #expect(counts.wrong == 0)
        #expect(lost == 0)
        #expect(counts.done > 100)
        #expect(run.total.done > 10)
        #expect(try await run.place.reconciled() == nil)
        #expect(await run.place.objects().count == LoadRun.names.count)
        #expect(try await run.place.run(["audit", "verify"]).status == 0)
        print(
            """

            History of three replicas, seed \(Self.seed), \(Self.seconds) s: \(counts.done) resolves, \(counts.refused) refused, \
            \(counts.unanswered) unanswered; \(run.total.done) rotates, \(run.total.refusals) refused, \
            \(run.total.unanswered) unanswered; \(kills) kills. \
            Stale: \(counts.stale). Wrong: \(counts.wrong). Lost: \(lost).

            """)
        await run.end()
    }

    private func kill(_ run: LoadRun, until end: ContinuousClock.Instant) async throws -> Int {
        var random = SeededRandom(seed: Self.seed)
        var kills = 0
        while true {
            let pause = Duration.milliseconds(Int.random(in: 200...2000, using: &random))
            guard ContinuousClock.now + pause < end else { return kills }
            try await Task.sleep(for: pause)
            let victim = run.all.randomElement(using: &random)!
            await victim.kill()
            try await run.start(instead: victim)
            kills += 1
        }
    }
}
