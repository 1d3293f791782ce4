/// Counts the calls that arrive, by operation, and wakes those who wait for one.
actor CallLog {
    private(set) var counts: [String: Int] = [:]
    private var signal = ChangeSignal()

    func record(_ operation: String) {
        counts[operation, default: 0] += 1
        signal.notify()
    }

    /// Waits until `operation` has been called `count` times since the start.
    ///
    /// - Throws: `CancellationError`; `NothingHappened`, after a while.
    func wait(for operation: String, count: Int) async throws {
        let (id, changes) = signal.subscribe()
        defer { signal.unsubscribe(id) }
        let timer = Task {
            try await Task.sleep(for: NothingHappened.patience)
            signal.end(id)
        }
        defer { timer.cancel() }
        var iterator = changes.makeAsyncIterator()
        while counts[operation, default: 0] < count {
            guard await iterator.next(isolation: self) != nil else {
                try Task.checkCancellation()
                throw NothingHappened("\(count) calls of \(operation), of which \(counts[operation, default: 0]) came")
            }
        }
    }
}
