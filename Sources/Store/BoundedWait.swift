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
        let deadline = deadlines.start { wait.giveUp() }
        defer { deadlines.end(deadline) }
        let outcome = await withCheckedContinuation { continuation in
            guard wait.begin(waiting: continuation) else {
                return continuation.resume(returning: .failure(.unavailable))
            }
            start(wait)
        }
        // Its lock orders what the thread wrote before what is read here, for the thread sanitizer, too: that sees no
        // order where a continuation is resumed before it is awaited.
        precondition(wait.isOver)
        return outcome
    }

    private var isOver: Bool { state.withLockedValue { if case .over = $0 { true } else { false } } }

    /// False: it is over before it began, as after a pause of the whole machine.
    private func begin(waiting continuation: CheckedContinuation<Outcome, Never>) -> Bool {
        state.withLockedValue { state in
            guard case .new = state else { return false }
            state = .waiting(continuation)
            return true
        }
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
        let caller: CheckedContinuation<Outcome, Never>? = state.withLockedValue { state in
            guard case .running(let continuation) = state else { return nil }
            state = .over
            return continuation
        }
        caller?.resume(returning: outcome)
    }

    private func giveUp() {
        let ended: (caller: CheckedContinuation<Outcome, Never>, error: CatalogError)? = state.withLockedValue {
            state in
            switch state {
            case .new:
                state = .over
                return nil
            case .waiting(let continuation):
                state = .over
                return (continuation, .unavailable)
            case .running(let continuation):
                guard !boundsItself else { return nil }
                state = .over
                return (continuation, .inDoubt)
            case .over: return nil
            }
        }
        if let ended { ended.caller.resume(returning: .failure(ended.error)) }
    }
}
