/// Waits that may each take no longer than the same time, guarded by one timer: to set and cancel a timer for each would
/// cost more than most of the waits.
actor Deadlines {
    private struct Wait {
        let end: ContinuousClock.Instant
        let expire: @Sendable () -> Void
    }

    private let limit: Duration
    private var waits: [UInt64: Wait] = [:]
    /// All waits are numbered from here on, in the order of their ends.
    private var oldest: UInt64 = 0
    private var next: UInt64 = 0
    private var timer: Task<Void, Never>?

    init(after limit: Duration) {
        self.limit = limit
    }

    /// - Parameter expire: called when the time is over, unless the wait has ended before.
    /// - Returns: what the wait is ended by.
    func start(_ expire: @escaping @Sendable () -> Void) -> UInt64 {
        defer { next += 1 }
        waits[next] = Wait(end: .now + limit, expire: expire)
        if timer == nil { timer = Task { await watch() } }
        return next
    }

    func end(_ wait: UInt64) {
        waits[wait] = nil
    }

    private func watch() async {
        // Of a wait nothing is held here but its end: what it closes over goes when it ends.
        while let end = firstEnd() {
            if end <= .now {
                waits.removeValue(forKey: oldest)?.expire()
            } else {
                try? await Task.sleep(until: end)
            }
        }
        timer = nil
    }

    private func firstEnd() -> ContinuousClock.Instant? {
        while oldest < next {
            if let wait = waits[oldest] { return wait.end }
            oldest += 1
        }
        return nil
    }
}
