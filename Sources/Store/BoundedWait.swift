import Broker
import NIOConcurrencyHelpers

/// One caller's wait for a transaction: it ends with the transaction or when the caller gives up, whichever is first. A
/// transaction that has not begun by then never does.
final class BoundedWait<Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, CatalogError>

    private enum State {
        case new
        case waiting(CheckedContinuation<Outcome, Never>)
        case running(CheckedContinuation<Outcome, Never>)
        case over
    }

    private let state = NIOLockedValueBox(State.new)
    private let boundsItself: Bool

    private init(boundsItself: Bool) {
        self.boundsItself = boundsItself
    }

    /// - Parameters:
    ///   - deadlines: when the caller gives up.
    ///   - boundsItself: whether a transaction that has begun may take as long as it does.
    ///   - start: has the transaction begun and ended, on another thread.
    static func outcome(
        within deadlines: Deadlines, boundsItself: Bool = false, _ start: @escaping @Sendable (BoundedWait) -> Void
    ) async -> Outcome {
        let wait = BoundedWait(boundsItself: boundsItself)
        let deadline = await deadlines.start { wait.giveUp() }
        let outcome = await withCheckedContinuation { continuation in
            wait.state.withLockedValue { $0 = .waiting(continuation) }
            start(wait)
        }
        await deadlines.end(deadline)
        return outcome
    }

    /// False: the caller has given up.
    func begin() -> Bool {
        state.withLockedValue { state in
            guard case .waiting(let continuation) = state else { return false }
            state = .running(continuation)
            return true
        }
    }

    func end(_ outcome: Outcome) {
        finish { _ in outcome }
    }

    private func giveUp() {
        if boundsItself, case .running = state.withLockedValue(\.self) { return }
        finish { hasBegun in .failure(hasBegun ? .inDoubt : .unavailable) }
    }

    private func finish(_ outcome: (_ hasBegun: Bool) -> Outcome) {
        let ended: (CheckedContinuation<Outcome, Never>, Bool)? = state.withLockedValue { state in
            switch state {
            // Nobody waits yet: that takes as long as a call.
            case .new: return nil
            case .waiting(let continuation):
                state = .over
                return (continuation, false)
            case .running(let continuation):
                state = .over
                return (continuation, true)
            case .over: return nil
            }
        }
        if let (continuation, hasBegun) = ended { continuation.resume(returning: outcome(hasBegun)) }
    }
}
