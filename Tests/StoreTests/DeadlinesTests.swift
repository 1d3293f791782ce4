import Testing

@testable import Store

@Suite("Deadlines")
struct DeadlinesTests {
    @Test("expire those that are not ended, each once, in their order, and no other")
    func expiry() async {
        let deadlines = Deadlines(after: .milliseconds(30))
        let (expired, report) = AsyncStream.makeStream(of: Int.self)
        var waits: [UInt64] = []
        for number in 0..<10 { waits.append(await deadlines.start { report.yield(number) }) }
        for number in [0, 3, 4, 9] { await deadlines.end(waits[number]) }
        let last = await deadlines.start { report.finish() }
        var seen: [Int] = []
        for await number in expired { seen.append(number) }
        #expect(seen == [1, 2, 5, 6, 7, 8])
        await deadlines.end(last)
        await deadlines.end(waits[1])
    }

    @Test("go on after a time without any")
    func again() async {
        let deadlines = Deadlines(after: .milliseconds(5))
        for _ in 0..<3 {
            await withCheckedContinuation { continuation in
                Task { await deadlines.start { continuation.resume() } }
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
            let wait = await deadlines.start { _ = object }
            // The timer has seen it.
            for _ in 0..<100 { await Task.yield() }
            _ = await deadlines.start {}
            await deadlines.end(wait)
        }
        #expect(held == nil)
    }

    private final class Held: Sendable {}
}
