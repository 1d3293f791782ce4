import Broker
import NIOConcurrencyHelpers

/// One caller's wait for a transaction: it ends with the transaction or when the caller gives up, whichever is first. A
/// transaction that has not begun by then never does.
struct BoundedWait<Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, CatalogError>

    private enum State {
        case waiting(CheckedContinuation<Outcome, Never>)
        case running(CheckedContinuation<Outcome, Never>)
        case over
    }

    private let state: NIOLockedValueBox<State>

    init(_ continuation: CheckedContinuation<Outcome, Never>) {
        state = NIOLockedValueBox(.waiting(continuation))
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

    func giveUp() {
        finish { hasBegun in .failure(hasBegun ? .inDoubt : .unavailable) }
    }

    private func finish(_ outcome: (_ hasBegun: Bool) -> Outcome) {
        let ended: (CheckedContinuation<Outcome, Never>, Bool)? = state.withLockedValue { state in
            defer { state = .over }
            switch state {
            case .waiting(let continuation): return (continuation, false)
            case .running(let continuation): return (continuation, true)
            case .over: return nil
            }
        }
        if let (continuation, hasBegun) = ended { continuation.resume(returning: outcome(hasBegun)) }
    }
}
