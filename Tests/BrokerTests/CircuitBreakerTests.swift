import Support
import Testing

@testable import Broker

@Suite("The circuit breaker")
struct CircuitBreakerTests {
    private let start = ContinuousClock.now

    private func opened(at moment: ContinuousClock.Instant) -> CircuitBreaker {
        var breaker = CircuitBreaker()
        for _ in 1...8 {
            #expect(breaker.begin(at: moment) == nil)
            breaker.failed(at: moment, begun: moment)
        }
        return breaker
    }

    @Test("leaves a store alone after eight calls in a row without an answer, and says for how long")
    func opens() {
        var breaker = opened(at: start)
        #expect(breaker.isLeftAlone(at: start))
        #expect(breaker.begin(at: start) == .seconds(1))
        #expect(breaker.begin(at: start + .milliseconds(400)) == .milliseconds(600))
    }

    @Test("stays closed while any call is answered, be it with a refusal")
    func staysClosed() {
        var breaker = CircuitBreaker()
        for round in 1...100 {
            #expect(breaker.begin(at: start) == nil)
            if round % 8 == 0 { breaker.answered() } else { breaker.failed(at: start, begun: start) }
        }
        #expect(!breaker.isLeftAlone(at: start))
    }

    @Test("lets one call try after the pause, and all again once that is answered")
    func tries() {
        var breaker = opened(at: start)
        let later = start + .seconds(1)
        #expect(breaker.begin(at: later) == nil)
        #expect(breaker.begin(at: later) != nil)
        breaker.answered()
        #expect(!breaker.isLeftAlone(at: later))
        #expect(breaker.begin(at: later) == nil)
    }

    @Test("doubles the pause each time in vain, up to fifteen seconds")
    func backsOff() {
        var breaker = opened(at: start)
        var moment = start
        for expected in [1, 2, 4, 8, 15, 15] {
            #expect(breaker.pause(at: moment) == .seconds(expected))
            moment += .seconds(expected)
            #expect(breaker.begin(at: moment) == nil)
            breaker.failed(at: moment, begun: moment)
        }
    }

    @Test("is not opened for longer by calls that began before it opened")
    func late() {
        var breaker = opened(at: start)
        for _ in 1...50 { breaker.failed(at: start + .milliseconds(500), begun: start) }
        #expect(breaker.pause(at: start + .milliseconds(500)) == .milliseconds(500))
    }

    @Test("goes by the call that tries, not by those that were made before the pause and fail during it")
    func lateDuringTrial() {
        var breaker = opened(at: start)
        let trial = start + .seconds(1)
        #expect(breaker.begin(at: trial) == nil)
        for _ in 1...50 { breaker.failed(at: trial + .milliseconds(10), begun: start) }
        #expect(breaker.begin(at: trial + .seconds(5)) != nil)
        breaker.failed(at: trial + .seconds(5), begun: trial)
        #expect(breaker.pause(at: trial + .seconds(5)) == .seconds(2))
    }

    @Test("lets another call try when the one that tried was given up by its caller")
    func abandoned() {
        var breaker = opened(at: start)
        let later = start + .seconds(1)
        #expect(breaker.begin(at: later) == nil)
        breaker.abandoned(at: later, begun: start)
        #expect(breaker.begin(at: later) != nil)
        breaker.abandoned(at: later, begun: later)
        #expect(breaker.isLeftAlone(at: later))
        #expect(breaker.begin(at: later) == nil)
    }

    @Test("forgets ten minutes after its pause that a store did not answer which nobody has called since")
    func forgets() {
        var breaker = opened(at: start)
        let pauseEnds = start + .seconds(1)
        #expect(breaker.isLeftAlone(at: pauseEnds + .milliseconds(599_999)))
        #expect(!breaker.isLeftAlone(at: pauseEnds + .seconds(600)))
        // One call in vain, and it is known again.
        #expect(breaker.begin(at: pauseEnds + .seconds(700)) == nil)
        #expect(breaker.isLeftAlone(at: pauseEnds + .seconds(700)))
        breaker.failed(at: pauseEnds + .seconds(700), begun: pauseEnds + .seconds(700))
        #expect(breaker.isLeftAlone(at: pauseEnds + .seconds(700)))
    }
}

@Suite("A call budget")
struct CallBudgetTests {
    /// Whatever comes when, no window of time holds more calls than its share of the rate and one burst.
    @Test("never lets more through than the rate and one burst, whatever comes", arguments: 0..<50 as Range<UInt64>)
    func rate(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let rate = CallRate(
            perSecond: Double(Int.random(in: 1...500, using: &random)), burst: .random(in: 1...40, using: &random))
        var budget = CallBudget(rate)
        let start = ContinuousClock.now
        var now = start
        var turns: [ContinuousClock.Instant] = []
        for _ in 0..<400 {
            now += .microseconds(Int.random(in: 0...5_000, using: &random))
            if case .after(let wait) = budget.reserve(at: now, patience: .seconds(2)) { turns.append(now + wait) }
        }
        #expect(turns == turns.sorted())
        for (index, turn) in turns.enumerated() {
            let allowed = (turn - start) / .seconds(1) * rate.perSecond + Double(rate.burst)
            #expect(Double(index + 1) <= allowed + 1)
        }
    }

    @Test("lets a burst through at once, then one call in each interval")
    func burst() {
        var budget = CallBudget(CallRate(perSecond: 10, burst: 3))
        let now = ContinuousClock.now
        let waits = (0..<5).map { _ in budget.reserve(at: now, patience: .seconds(1)) }
        #expect(
            waits == [
                .after(.zero), .after(.zero), .after(.zero), .after(.milliseconds(100)), .after(.milliseconds(200)),
            ])
    }

    @Test("refuses what would wait too long, says how long, and keeps no place for it")
    func refuses() {
        var budget = CallBudget(CallRate(perSecond: 1, burst: 1))
        let now = ContinuousClock.now
        #expect(budget.reserve(at: now, patience: .seconds(5)) == .after(.zero))
        for _ in 0..<10 { #expect(budget.reserve(at: now, patience: .milliseconds(500)) == .refused(.seconds(1))) }
        #expect(budget.reserve(at: now + .seconds(1), patience: .zero) == .after(.zero))
    }
}
