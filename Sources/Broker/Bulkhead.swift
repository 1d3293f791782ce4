/// Bounds the calls that are under way at once. A bounded number of others waits for a bounded time, and the one that
/// has waited longest goes next.
actor Bulkhead {
    private let width: Int
    private let queue: Int
    private let patience: Duration
    private var running = 0
    private var waiting: [(id: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    private var lastID = 0

    /// - Parameters:
    ///   - width: the number of calls that may be under way.
    ///   - queue: the number of calls that may wait.
    ///   - patience: how long one may wait.
    init(width: Int, queue: Int, patience: Duration) {
        self.width = width
        self.queue = queue
        self.patience = patience
    }

    /// The number of calls that wait for a place.
    var queued: Int { waiting.count }

    /// Makes the call once it has a place.
    /// - Returns: nil if the queue was full, the wait was too long, or the caller gave up. The call was not made then.
    nonisolated func run<Answer: Sendable, Failure: Error>(
        _ call: () async throws(Failure) -> Answer
    ) async throws(Failure) -> Answer? {
        guard await enter() else { return nil }
        do throws(Failure) {
            let answer = try await call()
            await leave()
            return answer
        } catch {
            await leave()
            throw error
        }
    }

    /// Takes a place, or waits for one.
    private func enter() async -> Bool {
        if running < width {
            running += 1
            return true
        }
        guard waiting.count < queue, !Task.isCancelled else { return false }
        lastID += 1
        let id = lastID
        let timeout = Task {
            try await Task.sleep(for: patience)
            self.giveUp(id)
        }
        defer { timeout.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiting.append((id, $0)) }
        } onCancel: {
            Task { await self.giveUp(id) }
        }
    }

    /// Passes the place straight to the call that has waited longest, if there is one.
    private func leave() {
        if waiting.isEmpty {
            running -= 1
        } else {
            waiting.removeFirst().continuation.resume(returning: true)
        }
    }

    private func giveUp(_ id: Int) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: index).continuation.resume(returning: false)
    }
}
