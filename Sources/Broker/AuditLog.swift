/// Group commit: while one batch of events is being written, those that arrive gather, and go together into the next.
///
/// Each caller returns when its own batch is durable or has failed. Nothing of a failed batch is kept. Of equal refusals
/// the first twenty in a minute are recorded.
package actor AuditLog: AuditSink {
    private struct Caller {
        let eventCount: Int
        let continuation: CheckedContinuation<Result<Void, CatalogError>, Never>
    }

    private let store: any AuditStore
    private let limit: Int
    private var gathered: [AuditEvent] = []
    private var callers: [Caller] = []
    private var isWriting = false
    private var refusals = RefusalLimit()
    private let clock: @Sendable () -> ContinuousClock.Instant
    /// Equal refusals beyond what is recorded in a minute.
    package private(set) var unrecorded = 0
    /// The log's end as it was last made known, for who keeps it elsewhere: `SEQ:HASH`.
    package private(set) var anchor: (seq: Int64, hash: String)?
    private var lastLook: (canAppend: Bool, at: ContinuousClock.Instant)?
    private var look: Task<Bool, Never>?
    /// How long the transactions took.
    package private(set) var latency = Histogram()

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

    package func makeKnown(_ anchor: (seq: Int64, hash: String)) {
        self.anchor = anchor
    }

    /// Whether the next use can be recorded, as of the last append or look, which is no older than five seconds: anybody
    /// may ask.
    package func canAppend() async -> Bool {
        if let lastLook, clock() - lastLook.at < .seconds(5) { return lastLook.canAppend }
        if let look { return await look.value }
        let look = Task { [store] in await store.canAppend() }
        self.look = look
        let found = await look.value
        self.look = nil
        lastLook = (found, clock())
        return found
    }

    /// Callers whose events are not yet in a transaction.
    var waiting: Int { callers.count }

    package func append(_ events: [AuditEvent]) async throws(CatalogError) {
        let now = clock()
        let events = events.filter { event in
            let isAdmitted = refusals.admits(event, at: now)
            if !isAdmitted { unrecorded += 1 }
            return isAdmitted
        }
        guard !events.isEmpty else { return }
        guard gathered.count + events.count <= limit else { throw .unavailable }
        gathered += events
        let result = await withCheckedContinuation { caller in
            callers.append(Caller(eventCount: events.count, continuation: caller))
            guard !isWriting else { return }
            isWriting = true
            // Belongs to no caller: one that is cancelled takes nobody's record with it.
            Task.immediate { await writeGathered() }
        }
        try result.get()
    }

    private func writeGathered() async {
        while !gathered.isEmpty {
            let batch = gathered
            let waiting = callers
            gathered = []
            callers = []
            let started = ContinuousClock.now
            let result = await outcome(of: batch)
            lastLook = ((try? result.get()) != nil, clock())
            latency.record(.now - started)
            var first = 0
            for caller in waiting {
                let own = first..<first + caller.eventCount
                caller.continuation.resume(
                    returning: result.flatMap { $0[own].allSatisfy(\.self) ? .success(()) : .failure(.outdated) })
                first = own.upperBound
            }
        }
        isWriting = false
    }

    private func outcome(of batch: [AuditEvent]) async -> Result<[Bool], CatalogError> {
        do throws(CatalogError) {
            return .success(try await store.record(batch))
        } catch {
            return .failure(error)
        }
    }
}
