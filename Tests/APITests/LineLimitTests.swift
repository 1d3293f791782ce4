import NIOConcurrencyHelpers
import Testing

@testable import API

@Suite("A line of the log that anybody can cause")
struct LineLimitTests {
    @Test("is written twenty times in a minute; the next minute's first tells how many were not")
    func perMinute() {
        let clock = NIOLockedValueBox(ContinuousClock.now)
        let limit = LineLimit(clock: { clock.withLockedValue(\.self) })
        #expect((0..<50).compactMap { _ in limit.admit() } == Array(repeating: 0, count: 20))
        clock.withLockedValue { $0 += .seconds(59) }
        #expect(limit.admit() == nil)
        clock.withLockedValue { $0 += .seconds(1) }
        #expect(limit.admit() == 31)
        #expect(limit.admit() == 0)
    }
}
