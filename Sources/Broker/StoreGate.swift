/// What stands between the broker and one store: at most `width` calls under way, a bounded number waiting for a
/// bounded time, and a memory of how they went.
package actor StoreGate: Provider {
    /// What was called and what it came to: `ok`, or the kind of its error.
    package struct Call: Sendable, Hashable {
        package let operation: String
        package let outcome: String
    }

    package struct Health: Sendable {
        package var lastSuccess: Timestamp?
        package var lastFailure: (kind: ProviderError.Kind, at: Timestamp)?
    }

    package struct Limits: Sendable {
        package var width = 64
        package var queue = 1024
        package var wait: Duration = .seconds(5)

        package init() {}
    }

    private let provider: any Provider
    private let limits: Limits
    private let now: @Sendable () -> Timestamp
    package private(set) var health = Health()
    /// How long the calls took, without their wait for a place.
    package private(set) var latencies: [Call: Histogram] = [:]
    private var running = 0
    private var waiting: [(id: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    private var lastID = 0

    package init(_ provider: any Provider, limits: Limits = Limits(), now: @escaping @Sendable () -> Timestamp) {
        self.provider = provider
        self.limits = limits
        self.now = now
    }

    package func create(
        _ value: Secret, at reference: Reference, note: ObjectNote
    ) async throws(ProviderError) -> Pin {
        try await run("create") { () async throws(ProviderError) in
            try await self.provider.create(value, at: reference, note: note)
        }
    }

    package func read(_ reference: Reference, at pin: Pin) async throws(ProviderError) -> Secret {
        try await run("read") { () async throws(ProviderError) in
            try await self.provider.read(reference, at: pin)
        }
    }

    package func purge(_ reference: Reference) async throws(ProviderError) -> Purge {
        try await run("purge") { () async throws(ProviderError) in
            try await self.provider.purge(reference)
        }
    }

    package func check() async -> [Finding] {
        await provider.check()
    }

    private func run<Answer: Sendable>(
        _ operation: String, _ call: () async throws(ProviderError) -> Answer
    ) async throws(ProviderError) -> Answer {
        guard await enter() else { throw ProviderError(.overloaded, during: operation, retryAfter: .seconds(1)) }
        defer { leave() }
        let started = ContinuousClock.now
        do throws(ProviderError) {
            let answer = try await call()
            health.lastSuccess = now()
            record(operation, "ok", since: started)
            return answer
        } catch {
            health.lastFailure = (error.kind, now())
            record(operation, error.kind.rawValue, since: started)
            throw error
        }
    }

    private func record(_ operation: String, _ outcome: String, since started: ContinuousClock.Instant) {
        latencies[Call(operation: operation, outcome: outcome), default: Histogram()].record(.now - started)
    }

    /// False: the queue is full, the wait was too long, or the caller gave up.
    private func enter() async -> Bool {
        if running < limits.width {
            running += 1
            return true
        }
        guard waiting.count < limits.queue, !Task.isCancelled else { return false }
        lastID += 1
        let id = lastID
        let timeout = Task { [wait = limits.wait] in
            try await Task.sleep(for: wait)
            self.giveUp(id)
        }
        defer { timeout.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiting.append((id, $0)) }
        } onCancel: {
            Task { await self.giveUp(id) }
        }
    }

    /// A place passes straight to the one that waited longest.
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
