/// Group commit: while one batch of events is being written, those that arrive gather, and go together into the next.
///
/// Each caller returns when its own batch is durable or has failed. Nothing of a failed batch is kept. Of equal refusals
/// the first twenty in a minute are recorded.
package actor AuditLog: AuditSink {
    /// What a caller's wait ends with.
    private enum Turn {
        case written
        case refused(CatalogError)
        /// Its batch is next, and it is the one that writes it.
        case lead

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
        if isWriting {
            let turn = await withCheckedContinuation { continuation in
                callers.append(Caller(eventCount: events.count, continuation: continuation))
            }
            switch turn {
            case .written: return
            case .refused(let error): throw error
            case .lead: break
            }
        }
        if case .refused(let error) = await writeGathered(own: events.count) { throw error }
    }

    /// By the first caller of the batch, whose events are the first of it. A transaction once begun ends whether or not
    /// that caller is cancelled.
    private func writeGathered(own: Int) async -> Turn {
        isWriting = true
        let batch = gathered
        let others = callers
        gathered = []
        callers = []
        let started = ContinuousClock.now
        let result = await outcome(of: batch)
        lastLook = ((try? result.get()) != nil, clock())
        latency.record(.now - started)
        var end = own
        for caller in others {
            let range = end..<end + caller.eventCount
            caller.continuation.resume(returning: Turn(result, of: range))
            end = range.upperBound
        }
        if callers.isEmpty {
            isWriting = false
        } else {
            callers.removeFirst().continuation.resume(returning: .lead)
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
