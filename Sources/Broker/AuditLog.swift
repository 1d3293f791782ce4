import NIOConcurrencyHelpers

/// Group commit: while one batch of events is being written, those that arrive gather, and go together into the next.
///
/// Each caller returns when its own batch is durable or has failed. Nothing of a failed batch is kept. Of equal refusals
/// the first twenty in a minute are recorded. A lock and no actor, since every request passes here: each waits once, for
/// its batch, and for no turn.
package final class AuditLog: AuditSink {
    /// What a caller's wait ends with.
    private enum Turn {
        case written
        case refused(CatalogError)
        /// Its batch is next, and it is the one that writes it: so many events of it are its own, the first ones.
        case lead(own: Int)

        /// - Parameter range: of the caller's events in the batch.
        init(_ result: Result<[Bool], CatalogError>, of range: Range<Int>) {
            switch result {
            case .success(let isAppended): self = isAppended[range].allSatisfy(\.self) ? .written : .refused(.outdated)
            case .failure(let error): self = .refused(error)
            }
        }
    }

    private struct Caller {
        let eventCount: Int
        let continuation: CheckedContinuation<Turn, Never>
    }

    private struct State {
        var gathered: [AuditEvent] = []
        var callers: [Caller] = []
        var isWriting = false
        var refusals = RefusalLimit()
        var unrecorded = 0
        var anchor: (seq: Int64, hash: String)?
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
    ///   - limit: how many events may wait. One that does not fit is refused as `unavailable`.
    package init(
        _ store: any AuditStore, limit: Int = 10_000,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.store = store
        self.limit = limit
        self.clock = clock
    }

    /// Equal refusals beyond what is recorded in a minute.
    package var unrecorded: Int { state.withLockedValue(\.unrecorded) }

    /// The log's end as it was last made known, for who keeps it elsewhere: `SEQ:HASH`.
    package var anchor: (seq: Int64, hash: String)? { state.withLockedValue(\.anchor) }

    /// How long the transactions took.
    package var latency: Histogram { state.withLockedValue(\.latency) }

    /// Callers whose events are not yet in a transaction.
    var waiting: Int { state.withLockedValue(\.callers.count) }

    package func makeKnown(_ anchor: (seq: Int64, hash: String)) {
        state.withLockedValue { $0.anchor = anchor }
    }

    /// Whether the next use can be recorded, as of the last append or look, which is no older than five seconds: anybody
    /// may ask.
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

    package func append(_ events: [AuditEvent]) async throws(CatalogError) {
        let turn = await withCheckedContinuation { continuation in
            if let turn = gather(events, of: continuation) { continuation.resume(returning: turn) }
        }
        switch turn {
        case .written: return
        case .refused(let error): throw error
        case .lead(let own):
            if case .refused(let error) = await writeGathered(own: own) { throw error }
        }
    }

    /// Nil: the caller is to wait.
    private func gather(_ events: [AuditEvent], of continuation: CheckedContinuation<Turn, Never>) -> Turn? {
        let now = clock()
        return state.withLockedValue { state in
            let admitted = events.filter { state.refusals.admits($0, at: now) }
            state.unrecorded += events.count - admitted.count
            guard !admitted.isEmpty else { return .written }
            guard state.gathered.count + admitted.count <= limit else { return .refused(.unavailable) }
            state.gathered += admitted
            guard state.isWriting else {
                state.isWriting = true
                return .lead(own: admitted.count)
            }
            state.callers.append(Caller(eventCount: admitted.count, continuation: continuation))
            return nil
        }
    }

    /// By the first caller of the batch. A transaction once begun ends whether or not that caller is cancelled.
    private func writeGathered(own: Int) async -> Turn {
        let (batch, others) = state.withLockedValue { state in
            defer { (state.gathered, state.callers) = ([], []) }
            return (state.gathered, state.callers)
        }
        let started = ContinuousClock.now
        let result = await outcome(of: batch)
        let next: Caller? = state.withLockedValue { state in
            state.lastLook = ((try? result.get()) != nil, clock())
            state.latency.record(.now - started)
            state.isWriting = !state.callers.isEmpty
            return state.isWriting ? state.callers.removeFirst() : nil
        }
        if let next { next.continuation.resume(returning: .lead(own: next.eventCount)) }
        var end = own
        for caller in others {
            let range = end..<end + caller.eventCount
            caller.continuation.resume(returning: Turn(result, of: range))
            end = range.upperBound
        }
        return Turn(result, of: 0..<own)
    }

    private func outcome(of batch: [AuditEvent]) async -> Result<[Bool], CatalogError> {
        do throws(CatalogError) {
            return .success(try await store.record(batch))
        } catch {
            return .failure(error)
        }
    }
}
