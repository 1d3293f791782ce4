import Support
import Testing

@testable import Broker

@Suite("A histogram")
struct HistogramTests {
    @Test("counts each duration once, in the first bucket whose bound it does not pass")
    func buckets() {
        var histogram = Histogram()
        var random = SeededRandom(seed: 4)
        var expected = [Int](repeating: 0, count: Histogram.bounds.count + 1)
        var sum = Duration.zero
        let edges = Histogram.bounds + Histogram.bounds.map { $0 + .nanoseconds(1) } + [.zero, .seconds(3600)]
        for duration in edges
            + (0..<500).map({ _ in Duration.microseconds(Int.random(in: 0...20_000_000, using: &random)) })
        {
            histogram.record(duration)
            expected[Histogram.bounds.count { $0 < duration }] += 1
            sum += duration
        }
        #expect(histogram.counts == expected)
        #expect(histogram.sum == sum)
    }

    @Test("has bounds that grow")
    func bounds() {
        #expect(zip(Histogram.bounds, Histogram.bounds.dropFirst()).allSatisfy(<))
    }
}
