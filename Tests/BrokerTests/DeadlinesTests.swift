import Testing

@testable import Broker

@Suite("Deadlines", .timeLimit(.minutes(1)))
struct DeadlinesTests {
    @Test("expire those that are not ended, each once, in their order, and no other")
    func expiry() async {
        let deadlines = Deadlines(after: .milliseconds(500))
        let (expired, report) = AsyncStream.makeStream(of: Int.self)
        var waits: [UInt64] = []
        for number in 0..<10 { waits.append(deadlines.start { report.yield(number) }) }
        for number in [0, 3, 4, 9] { deadlines.end(waits[number]) }
        let last = deadlines.start { report.finish() }
        var seen: [Int] = []
        for await number in expired { seen.append(number) }
        #expect(seen == [1, 2, 5, 6, 7, 8])
        deadlines.end(last)
        deadlines.end(waits[1])
    }

    @Test("go on after a time without any")
    func again() async {
        let deadlines = Deadlines(after: .milliseconds(5))
        for _ in 0..<3 { await expiry(of: deadlines) }
    }

    @Test("hold on to nothing of a wait that has ended, while others go on")
    func release() async {
        let trials = (0..<50).map { _ in Trial() }
        // A timer tells nobody what it has seen. But fifty that began before one that has gone off are not all late.
        await expiry(of: Deadlines(after: .milliseconds(20)))
        for trial in trials { trial.end() }
        #expect(trials.count { $0.held != nil } == 0)
    }

    /// A wait of an object, and another one beside it when it ends.
    private final class Trial {
        private final class Held: Sendable {}

        private let deadlines = Deadlines(after: .seconds(60))
        private let wait: UInt64
        private(set) weak var held: AnyObject?

        init() {
            let object = Held()
            wait = deadlines.start { _ = object }
            held = object
        }

        func end() {
            _ = deadlines.start {}
            deadlines.end(wait)
        }
    }

    /// Returns when a wait that begins now has expired.
    private func expiry(of deadlines: Deadlines) async {
        let (expired, report) = AsyncStream.makeStream(of: Void.self)
        _ = deadlines.start { report.finish() }
        for await _ in expired {}
    }
}
