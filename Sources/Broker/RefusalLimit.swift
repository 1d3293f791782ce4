/// Bounds how often equal refusals of one token are recorded, so that whoever holds a token cannot fill the disk with
/// what it may not do, and so stop everybody. Uses, changes and their outcomes are never left out. Pure.
struct RefusalLimit: Sendable {
    /// What equal refusals have in common: nothing that a request chooses freely, such as the team or the name.
    private struct Key: Hashable {
        let tokenID: String
        let action: AuditEvent.Action
        let code: String
    }

    /// The number of equal refusals that are recorded in a minute.
    private static let perMinute = 20
    private static let minute = Duration.seconds(60)

    private var counts: [Key: Int] = [:]
    private var began: ContinuousClock.Instant?

    /// Counts the event if it is a refusal.
    /// - Returns: false if it is one too many.
    mutating func admits(_ event: AuditEvent, at now: ContinuousClock.Instant) -> Bool {
        guard case .failed(let code) = event.outcome, !event.endsAttempt else { return true }
        if began.map({ now - $0 >= Self.minute }) ?? true {
            counts = [:]
            began = now
        }
        let key = Key(tokenID: event.actor.tokenID, action: event.action, code: code)
        counts[key, default: 0] += 1
        return counts[key, default: 0] <= Self.perMinute
    }
}
