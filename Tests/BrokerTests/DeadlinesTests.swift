import Testing

@testable import Broker

@Suite("Deadlines")
struct DeadlinesTests {
    @Test("expire those that are not ended, each once, in their order, and no other")
    func expiry() async {
        let deadlines = Deadlines(after: .milliseconds(30))
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
        for _ in 0..<3 {
            await withCheckedContinuation { continuation in
                _ = deadlines.start { continuation.resume() }
            }
        }
    }

    @Test("hold on to nothing of a wait that has ended, while others go on")
    func release() async {
        let deadlines = Deadlines(after: .seconds(60))
        weak var held: Held?
        do {
            let object = Held()
            held = object
            let wait = deadlines.start { _ = object }
            // The timer has seen it.
            for _ in 0..<100 { await Task.yield() }
            _ = deadlines.start {}
            deadlines.end(wait)
        }
        #expect(held == nil)
    }

    private final class Held: Sendable {}
}
