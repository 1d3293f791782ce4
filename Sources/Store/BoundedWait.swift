import Broker
import NIOConcurrencyHelpers

/// One caller's wait for a transaction, which ends when the transaction does or when the caller gives up, whichever is
/// first. A transaction that has not begun by then never begins.
final class BoundedWait<Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, CatalogError>

    private enum Phase {
        case waiting
        case running
        case over
    }

    private let state: NIOLockedValueBox<(phase: Phase, deadline: UInt64?)> = NIOLockedValueBox((.waiting, nil))
    private let deadlines: Deadlines
    private let boundsItself: Bool
    private let done: @Sendable (Outcome) -> Void

    private init(_ deadlines: Deadlines, _ boundsItself: Bool, _ done: @escaping @Sendable (Outcome) -> Void) {
        self.deadlines = deadlines
        self.boundsItself = boundsItself
        self.done = done
    }

    /// - Parameters:
    ///   - deadlines: when the caller gives up.
    ///   - boundsItself: whether a transaction that has begun may take as long as it needs.
    ///   - done: called once, on the thread that ends the wait.
    static func start(
        within deadlines: Deadlines, boundsItself: Bool = false, then done: @escaping @Sendable (Outcome) -> Void
    ) -> BoundedWait {
        let wait = BoundedWait(deadlines, boundsItself, done)
        let deadline = deadlines.start { wait.giveUp() }
        wait.state.withLockedValue { $0.deadline = deadline }
        return wait
    }

    /// - Parameter start: must see to it that its argument is called once, on any thread.
    static func outcome(of start: (@escaping @Sendable (Outcome) -> Void) -> Void) async -> Outcome {
        let isOver = NIOLockedValueBox(false)
        let outcome = await withCheckedContinuation { continuation in
            start { outcome in
                isOver.withLockedValue { $0 = true }
                continuation.resume(returning: outcome)
            }
        }
        // The lock orders the other thread's writes before the reads here. The thread sanitizer needs it too: it sees
        // no order where a continuation is resumed before it is awaited.
        precondition(isOver.withLockedValue(\.self))
        return outcome
    }

    /// - Returns: false if the caller has given up.
    func begin() -> Bool {
        state.withLockedValue { state in
            guard state.phase == .waiting else { return false }
            state.phase = .running
            return true
        }
    }

    func end(_ outcome: Outcome) {
        let deadline: UInt64?? = state.withLockedValue { state in
            guard state.phase == .running else { return nil }
            state.phase = .over
            return state.deadline
        }
        guard let deadline else { return }
        if let deadline { deadlines.end(deadline) }
        done(outcome)
    }

    private func giveUp() {
        let error: CatalogError? = state.withLockedValue { state in
            switch state.phase {
            case .waiting:
                state.phase = .over
                return .unavailable
            case .running:
                guard !boundsItself else { return nil }
                state.phase = .over
                return .inDoubt
            case .over: return nil
            }
        }
        if let error { done(.failure(error)) }
    }
}
