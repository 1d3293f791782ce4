/// The steps of a write, in order. Tests stop the process before or after each of them.
package enum WriteStep: String, Sendable, CaseIterable {
    case journal, create, readBack, commit, remove, settle, purge, advance
}

/// Learns when a step begins and when it has ended. Only a build with fault injection can act on that.
package struct WriteSteps: Sendable {
    package enum Moment: String, Sendable, CaseIterable { case before, after }

    #if FaultInjection
    private let reached: @Sendable (WriteStep, Moment) -> Void

    package init(reached: @escaping @Sendable (WriteStep, Moment) -> Void = { _, _ in }) {
        self.reached = reached
    }
    #else
    package init() {}
    #endif

    func during<Answer, Failure: Error>(
        _ step: WriteStep, _ work: () async throws(Failure) -> Answer
    ) async throws(Failure) -> Answer {
        #if FaultInjection
        reached(step, .before)
        defer { reached(step, .after) }
        #endif
        return try await work()
    }
}
