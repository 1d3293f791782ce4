import Glibc
package import Testing

/// Asks, with a short pause between, until there is an answer. For what gives no event: another program's timer, a file,
/// what a queue holds.
///
/// - Parameters:
///   - what: what is waited for, which a test that waited in vain is told.
///   - pause: before it is asked again; longer where the question itself is work.
/// - Throws: what records an issue, when there is no answer within `limit`; `CancellationError` as soon as the task is
///   cancelled, since a test's time limit does no more than that; and what `answer` throws.
package func eventually<Answer>(
    _ what: String, within limit: Duration = .seconds(30), every pause: Duration = .milliseconds(20),
    sourceLocation: SourceLocation = #_sourceLocation, _ answer: () async throws -> Answer?
) async throws -> Answer {
    let end = ContinuousClock.now + limit
    while true {
        try Task.checkCancellation()
        // The last time when it is over, however long the time before took.
        let isLast = ContinuousClock.now >= end
        let found = try await answer()
        if isLast || found != nil {
            return try #require(found, "not within \(limit): \(what)", sourceLocation: sourceLocation)
        }
        try await Task.sleep(for: pause)
    }
}

/// The same for a condition, until it holds.
package func eventually(
    _ what: String, within limit: Duration = .seconds(30), every pause: Duration = .milliseconds(20),
    sourceLocation: SourceLocation = #_sourceLocation, _ holds: () async throws -> Bool
) async throws {
    _ = try await eventually(what, within: limit, every: pause, sourceLocation: sourceLocation) {
        try await holds() ? true : nil
    }
}

/// Holds up the calling thread until a condition holds, and half a minute at most: a test that ended before its time
/// leaves no thread behind. For what cannot await.
package func blockThread(until holds: () -> Bool) {
    let end = ContinuousClock.now + .seconds(30)
    while !holds(), ContinuousClock.now < end { usleep(1000) }
}
