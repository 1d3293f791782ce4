import NIOConcurrencyHelpers

/// Commits events in groups: those that arrive while a batch is being written go together into the next.
///
/// Each caller returns when its own batch is durable or has failed. Nothing of a failed batch is kept. Of equal
/// refusals, only the first twenty in a minute are recorded. A lock rather than an actor, since every request passes
/// through here and should wait only once.
package final class AuditLog: AuditSink {
    private typealias Outcome = Result<Void, CatalogError>

    private struct State {
        /// The events of the next batch, and who waits for each.
        var events: [AuditEvent] = []
        var callers: [CheckedContinuation<Outcome, Never>] = []
        var isWriting = false
        var refusals = RefusalLimit()
        var unrecorded = 0
        var announced: AuditHead?
        var lastLook: (canAppend: Bool, at: ContinuousClock.Instant)?
        var look: Task<Bool, Never>?
        var latency = Histogram()
    }

    private let store: any AuditStore
    private let limit: Int
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let state = NIOLockedValueBox(State())

    /// - Parameters:
    ///   - store: the catalog.
    ///   - limit: the number of events that may wait. Events that do not fit are refused as `unavailable`.
    package init(
        _ store: any AuditStore, limit: Int = 10_000,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.store = store
        self.limit = limit
        self.clock = clock
    }

    /// The number of refusals that were not recorded, since equal ones had used up the minute's limit.
    package var unrecorded: Int { state.withLockedValue(\.unrecorded) }

    /// The head that was last announced, for whoever keeps it elsewhere.
    package var announcedHead: AuditHead? { state.withLockedValue(\.announced) }

    /// How long the transactions took.
    package var latency: Histogram { state.withLockedValue(\.latency) }

    /// The number of callers whose events are not yet in a transaction.
    var waiting: Int { state.withLockedValue(\.callers.count) }

    package func announce(_ head: AuditHead) {
        state.withLockedValue { $0.announced = head }
    }

    /// Whether the next use can be recorded, as of the last append or look. That is at most five seconds old: since
    /// anybody may ask, not every question looks.
    package func canAppend() async -> Bool {
        if let last = state.withLockedValue(\.lastLook), clock() - last.at < .seconds(5) { return last.canAppend }
        let look = state.withLockedValue { state in
            let look = state.look ?? Task { await self.look() }
            state.look = look
            return look
        }
        return await look.value
    }

    private func look() async -> Bool {
        let found = await store.canAppend()
        state.withLockedValue { state in
            state.look = nil
            state.lastLook = (found, clock())
        }
        return found
    }

    package func append(_ event: AuditEvent) async throws(CatalogError) {
        try await withCheckedContinuation { continuation in
            if let outcome = gather(event, of: continuation) { continuation.resume(returning: outcome) }
        }.get()
    }

    /// - Returns: nil if the caller has to wait for its batch.
    private func gather(_ event: AuditEvent, of continuation: CheckedContinuation<Outcome, Never>) -> Outcome? {
        let now = clock()
        let (outcome, isFirst): (Outcome?, Bool) = state.withLockedValue { state in
            guard state.refusals.admits(event, at: now) else {
                state.unrecorded += 1
                return (.success(()), false)
            }
            guard state.events.count < limit else { return (.failure(.unavailable), false) }
            state.events.append(event)
            state.callers.append(continuation)
            defer { state.isWriting = true }
            return (nil, !state.isWriting)
        }
        if isFirst { writeGathered() }
        return outcome
    }

    private func writeGathered() {
        let (events, callers) = state.withLockedValue { state in
            defer { (state.events, state.callers) = ([], []) }
            return (state.events, state.callers)
        }
        let started = ContinuousClock.now
        store.append(events) { result in self.end(callers, with: result, started: started) }
    }

    private func end(
        _ callers: [CheckedContinuation<Outcome, Never>], with result: Result<[Bool], CatalogError>,
        started: ContinuousClock.Instant
    ) {
        let isMore = state.withLockedValue { state in
            state.lastLook = ((try? result.get()) != nil, clock())
            state.latency.record(.now - started)
            state.isWriting = !state.callers.isEmpty
            return state.isWriting
        }
        // As a new task, it runs after those that are ready to run, so that what they record joins the batch.
        if isMore { Task { self.writeGathered() } }
        switch result {
        case .success(let areAppended):
            // A caller without an answer would wait for ever.
            precondition(areAppended.count == callers.count)
            for (caller, isAppended) in zip(callers, areAppended) {
                caller.resume(returning: isAppended ? .success(()) : .failure(.outdated))
            }
        case .failure(let error):
            for caller in callers { caller.resume(returning: .failure(error)) }
        }
    }
}
