/// Wakes those who wait for an actor's state to change. It lives inside the actor.
struct ChangeSignal {
    private var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
    private var nextWatcher = 0

    func notify() {
        for watcher in watchers.values { watcher.yield() }
    }

    /// Starts a stream of changes. It ends when the waiting task is cancelled.
    mutating func subscribe() -> (id: Int, changes: AsyncStream<Void>) {
        let (changes, watcher) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        nextWatcher += 1
        watchers[nextWatcher] = watcher
        return (nextWatcher, changes)
    }

    mutating func unsubscribe(_ id: Int) {
        watchers[id] = nil
    }
}
