import Broker
import Simulator
import Support

/// What is done to a broker in a random run. Drawn from its seed alone and not from what comes of it, so that the seed
/// repeats it.
struct RandomPlan {
    static let names = (0..<8).map { "S\($0)" }

    enum Write: Sendable { case add, rotate(Condition), delete }

    /// Of a rotate: no If-Match, that of the version in force, or another one.
    enum Condition: Sendable { case none, present, stale }

    enum Ending: Sendable {
        case answered
        /// SIGKILL that long after the request was sent.
        case killed(after: Duration)
        /// A request that makes the object is held, and arrives long after SIGKILL.
        case killedWhileHeld(call: Int)
    }

    struct PlannedFault: Sendable {
        let step: DriverStep
        /// Which of the step's calls, modulo their number, as everywhere here.
        let call: Int
        let effect: Fault.Effect
        let isLasting: Bool
    }

    enum Step: Sendable {
        case write(Write, name: Int, PlannedFault?, Ending)
        case resolve(name: Int, PlannedFault?)
        case relay(name: Int, PlannedFault?)
        /// What was held takes effect.
        case release
        case kill
        /// SIGTERM, and a start with SECRET_BROKER_FAULT_KILL.
        case restart(killing: String?)
        case check
    }

    private var random: SeededRandom

    /// How long the broker of the run keeps what it fetched.
    let cacheLifetime: String
    private(set) var steps: [Step] = []

    /// - Parameter count: of operations. What else happens comes on top.
    init(seed: UInt64, operations count: Int) {
        random = SeededRandom(seed: seed)
        cacheLifetime = ["0", "1s", "5m"].randomElement(using: &random)!
        for number in 1...count {
            steps.append(number <= Self.names.count ? .write(.add, name: number - 1, nil, .answered) : operation())
            if let event = event() { steps.append(event) }
            if number % 40 == 0 || number == count { steps.append(.check) }
        }
    }

    private mutating func percent(_ share: Int) -> Bool { Int.random(in: 0..<100, using: &random) < share }

    private mutating func operation() -> Step {
        let name = Self.names.indices.randomElement(using: &random)!
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<14: return write(.add, name)
        case 14..<52: return write(.rotate([.none, .none, .present, .stale].randomElement(using: &random)!), name)
        case 52..<60: return write(.delete, name)
        case 60..<90: return .resolve(name: name, fault(in: [.read]))
        default: return .relay(name: name, fault(in: [.read]))
        }
    }

    private mutating func write(_ write: Write, _ name: Int) -> Step {
        let ending: Ending =
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<2: .killed(after: .milliseconds(Int.random(in: 0..<40, using: &random)))
            case 2: .killedWhileHeld(call: Int.random(in: 0..<2, using: &random))
            default: .answered
            }
        return .write(write, name: name, fault(in: DriverStep.allCases), ending)
    }

    private mutating func fault(in steps: [DriverStep]) -> PlannedFault? {
        guard percent(20) else { return nil }
        let effects: [Fault.Effect] = [
            .resetBeforeEffect, .resetAfterEffect, .halfAnswer, .oversizedAnswer(bytes: 2 << 20), .status(500),
            .status(503), .throttle(retryAfter: nil), .expiredCredentials, .accessDenied, .delay(.milliseconds(20)),
        ]
        return PlannedFault(
            step: steps.randomElement(using: &random)!, call: Int.random(in: 0..<2, using: &random),
            effect: effects.randomElement(using: &random)!, isLasting: percent(30))
    }

    private mutating func event() -> Step? {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<1: .kill
        case 1..<2: .restart(killing: nil)
        case 2..<4:
            .restart(
                killing: WriteStep.allCases.randomElement(using: &random)!.rawValue + "."
                    + WriteSteps.Moment.allCases.randomElement(using: &random)!.rawValue)
        case 4..<7: .release
        default: nil
        }
    }
}
