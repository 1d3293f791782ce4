import Broker

/// When a new secret can be found. The clouds are eventually consistent.
package enum Consistency: Sendable {
    case immediate
    /// After this number of reads has missed it.
    case afterReads(Int)
    case after(Duration)
}

/// The reads that one secret must still be hidden from.
struct Visibility: Sendable {
    var hiddenReads = 0
    var hiddenUntil: Timestamp?

    init(_ consistency: Consistency, created: Timestamp) {
        switch consistency {
        case .immediate: break
        case .afterReads(let count): hiddenReads = count
        case .after(let duration): hiddenUntil = created.adding(duration)
        }
    }

    /// Whether a read can see the secret. Counts the read.
    mutating func admitsRead(at now: Timestamp) -> Bool {
        if let hiddenUntil, now < hiddenUntil { return false }
        guard hiddenReads > 0 else { return true }
        hiddenReads -= 1
        return false
    }
}
