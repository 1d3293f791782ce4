import Simulator
import Testing

/// One random run: a plan, carried out on a broker and a cloud of its own, and held against the model at every answer.
struct RandomRun: Sendable, CustomTestStringConvertible {
    let cloud: CloudKind
    let seed: UInt64
    let operations: Int

    /// As SECRET_BROKER_TEST_SEED takes it.
    var testDescription: String { "\(cloud.rawValue):\(seed):\(operations)" }
}

/// What a run did.
struct RandomCounts {
    var operations = 0, succeeded = 0, refused = 0, unanswered = 0
    var faults = 0, kills = 0, restarts = 0, checks = 0

    static func + (one: RandomCounts, other: RandomCounts) -> RandomCounts {
        RandomCounts(
            operations: one.operations + other.operations, succeeded: one.succeeded + other.succeeded,
            refused: one.refused + other.refused, unanswered: one.unanswered + other.unanswered,
            faults: one.faults + other.faults, kills: one.kills + other.kills, restarts: one.restarts + other.restarts,
            checks: one.checks + other.checks)
    }
}
