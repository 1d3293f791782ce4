import Foundation
import NIOConcurrencyHelpers
import Simulator
import Support
import Testing

/// Thousands of operations in an order that nobody thought of, with faults, late requests, kills and restarts, against a
/// model of what may be in force.
///
/// `SECRET_BROKER_TEST_OPERATIONS`: how many, over all clouds. `SECRET_BROKER_TEST_SEED`: one run again, as a failure
/// names it.
@Suite("Any sequence of operations, faults and kills", .lanes, .randomTotals, .timeLimit(.minutes(60)))
struct RandomTests {
    private static let runs: [RandomRun] = {
        let environment = ProcessInfo.processInfo.environment
        if let text = environment["SECRET_BROKER_TEST_SEED"] {
            let parts = text.split(separator: ":")
            guard parts.count == 3, let cloud = CloudKind(rawValue: String(parts[0])), let seed = UInt64(parts[1]),
                let operations = Int(parts[2])
            else { preconditionFailure("SECRET_BROKER_TEST_SEED is CLOUD:SEED:OPERATIONS") }
            return [RandomRun(cloud: cloud, seed: seed, operations: operations)]
        }
        let wanted = environment["SECRET_BROKER_TEST_OPERATIONS"].flatMap { Int($0) }
        // Several for each cloud, since a run often waits for a dead writer's lease. What is new is looked for by the long
        // form; the short one goes through the same sequences each time.
        return (0..<3 as Range<UInt64>).flatMap { number in
            CloudKind.allCases.map {
                RandomRun(
                    cloud: $0, seed: wanted == nil ? number : .random(in: 0 ... .max),
                    operations: max(1, (wanted ?? 960) / 12))
            }
        }
    }()

    @Test("answers only what the model allows, and leaves one object a secret and no value", arguments: runs)
    func holds(_ run: RandomRun) async throws {
        let receiver = try await #require(Lanes.present).sharedReceiver()
        let runner = try await RandomRunner(run, relayingTo: receiver)
        do {
            try await runner.carryOut()
        } catch {
            Issue.record("SECRET_BROKER_TEST_SEED=\(run.testDescription): \(error)")
        }
        RandomTotals.add(runner.counts)
        #expect(runner.counts.succeeded * 3 > runner.counts.operations, "a run in which little succeeds proves little")
    }
}

/// Printed when the suite is over.
private enum RandomTotals {
    private static let all = NIOLockedValueBox(RandomCounts())

    static func add(_ counts: RandomCounts) { all.withLockedValue { $0 = $0 + counts } }

    static func summary(after time: Duration) -> String {
        let counts = all.withLockedValue { $0 }
        return "\(counts.operations) operations (\(counts.succeeded) done, \(counts.refused) refused, "
            + "\(counts.unanswered) without an answer), \(counts.faults) faults, \(counts.kills) kills, "
            + "\(counts.restarts) restarts, \(counts.checks) checks, in \(time.components.seconds) s"
    }
}

private struct RandomTotalsTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        let began = ContinuousClock.now
        try await body()
        print("\nRandom sequences: \(RandomTotals.summary(after: .now - began))\n")
    }
}

extension Trait where Self == RandomTotalsTrait {
    fileprivate static var randomTotals: RandomTotalsTrait { RandomTotalsTrait() }
}
