/// Wakes those who wait for an actor's state to change. It lives inside the actor.
struct ChangeSignal {
    private var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
    private var nextWatcher = 0

    func notify() {
        for watcher in watchers.values { watcher.yield() }
    }

    /// Starts a stream of changes. It ends when the waiting task is cancelled, and by `end`.
    mutating func subscribe() -> (id: Int, changes: AsyncStream<Void>) {
        let (changes, watcher) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        nextWatcher += 1
        watchers[nextWatcher] = watcher
        return (nextWatcher, changes)
    }

    func end(_ id: Int) { watchers[id]?.finish() }

    mutating func unsubscribe(_ id: Int) {
        watchers[id] = nil
    }
}

/// What was waited for did not happen.
package struct NothingHappened: Error, CustomStringConvertible {
    /// How long anybody waits for an ordered fault or a call: less than a test may take.
    static let patience = Duration.seconds(90)

    package let description: String

    init(_ what: String) {
        description = "not within \(Self.patience): \(what)"
    }
}
