import Broker
import Support
import Testing
import Transport

@Suite struct RetryRuleTests {
    let rule = RetryRule()

    private func delay(
        _ n: Int, retryAfter: Duration? = nil, remaining: Duration = .seconds(60), random: Double = 0.999_999
    ) -> Duration? {
        rule.delay(beforeAttempt: n, retryAfter: retryAfter, remaining: remaining, random: random)
    }

    @Test("gives up after the last attempt")
    func attempts() {
        #expect(delay(3) != nil)
        #expect(delay(4) == nil)
        #expect(
            RetryRule(attempts: 1).delay(beforeAttempt: 2, retryAfter: nil, remaining: .seconds(9), random: 0) == nil)
    }

    @Test("the first attempt never waits, and is not begun when there is no time")
    func first() {
        #expect(delay(1) == .zero)
        #expect(delay(1, remaining: .zero) == nil)
    }

    @Test("the wait is below base, doubled with each attempt, and below the cap; it may be nothing")
    func bounds() {
        var random = SeededRandom(seed: 3)
        let rule = RetryRule(attempts: 100, base: .milliseconds(100), cap: .seconds(5))
        for n in 2...100 {
            let longest = min(Duration.milliseconds(100) * (1 << min(n - 2, 20)), .seconds(5))
            for _ in 0..<50 {
                let draw = Double.random(in: 0..<1, using: &random)
                let wait = rule.delay(beforeAttempt: n, retryAfter: nil, remaining: .seconds(60), random: draw)
                #expect(wait.map { $0 >= .zero && $0 < longest } ?? false)
            }
            #expect(rule.delay(beforeAttempt: n, retryAfter: nil, remaining: .seconds(60), random: 0) == .zero)
            let most = rule.delay(beforeAttempt: n, retryAfter: nil, remaining: .seconds(60), random: 0.999_999)
            #expect(most.map { $0 > longest * 0.99 } ?? false)
        }
    }

    @Test("never waits less than the server asked for")
    func retryAfter() {
        #expect(delay(2, retryAfter: .seconds(7)) == .seconds(7))
        #expect(delay(2, retryAfter: .zero, random: 0.5) == .milliseconds(50))
    }

    @Test("a wait that would not end before the deadline is not begun")
    func remaining() {
        #expect(delay(2, retryAfter: .seconds(7), remaining: .seconds(7)) == nil)
        #expect(delay(2, retryAfter: .seconds(7), remaining: .seconds(8)) == .seconds(7))
        #expect(delay(2, remaining: .zero, random: 0) == nil)
        #expect(delay(2, remaining: .seconds(-1), random: 0) == nil)
    }
}

@Suite struct RetryAfterTests {
    /// 1994-11-06T08:49:37Z
    let now = Timestamp(milliseconds: 784_111_777_000)

    @Test(
        "seconds are read, a day at most",
        arguments: [
            ("0", 0), ("7", 7), ("007", 7), ("86400", 86_400), ("86401", 86_400), ("99999999999999999999999", 86_400),
        ])
    func seconds(header: String, seconds: Int) {
        #expect(RetryRule.retryAfter(header, now: now) == .seconds(seconds))
    }

    @Test(
        "a date is read; one that has passed is now",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Sun, 06 Nov 1994 08:50:37 GMT", 60),
            ("Sun, 06 Nov 1994 08:49:36 GMT", 0), ("Mon, 07 Nov 1994 08:49:38 GMT", 86_400),
            ("Fri, 31 Dec 1999 23:59:59 GMT", 86_400), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ])
    func date(header: String, seconds: Int) {
        #expect(RetryRule.retryAfter(header, now: now) == .seconds(seconds))
    }

    @Test(
        "anything else is not a time",
        arguments: [
            nil, "", " ", "-1", "+1", "1.5", "1s", "soon", "0x10", "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:49:37 GMT", "06 Nov 1994 08:49:37 GMT", "Sun,  06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT GMT", "Sun, 06 nov 1994 08:49:37 GMT", "١",
        ])
    func malformed(header: String?) {
        #expect(RetryRule.retryAfter(header, now: now) == nil)
    }
}
