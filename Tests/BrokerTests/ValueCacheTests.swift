import Support
import Testing

@testable import Broker

@Suite("The cache of values")
struct ValueCacheTests {
    private typealias Key = ValueCache.Key

    private let start = ContinuousClock.now

    private func key(_ number: Int) -> Key { Key(Version.sample("\(number)")) }
    private func time(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    /// The same by a list that is walked each time.
    private struct Model {
        var kept: [(number: Int, value: String, fetched: Int)] = []
        let capacity: Int

        mutating func keep(_ number: Int, _ value: String, _ fetched: Int) {
            drop(number)
            guard Self.size(value) <= capacity else { return }
            kept.append((number, value, fetched))
            while kept.map({ Self.size($0.value) }).reduce(0, +) > capacity { kept.removeFirst() }
        }

        mutating func drop(_ number: Int) { kept.removeAll { $0.number == number } }
        mutating func dropFetched(before then: Int) { kept.removeAll { $0.fetched <= then } }

        private static func size(_ value: String) -> Int { value.utf8.count + ValueCache.overhead }
    }

    @Test("keeps what a list would keep that is walked each time", arguments: 0..<20 as Range<UInt64>)
    func asModel(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let capacity = Int.random(in: 1..<30, using: &random) * ValueCache.overhead
        var cache = ValueCache(capacity: capacity)
        var model = Model(capacity: capacity)
        var now = 0
        for _ in 0..<2000 {
            now += Int.random(in: 0...1, using: &random)
            let number = Int.random(in: 0..<50, using: &random)
            switch Int.random(in: 0..<20, using: &random) {
            case 0: cache.drop(key(number)); model.drop(number)
            case 1:
                let then = now - Int.random(in: 0..<40, using: &random)
                while !cache.dropFetched(before: time(then)) {}
                model.dropFetched(before: then)
            default:
                let value = String(repeating: "v", count: Int.random(in: 0..<2000, using: &random))
                cache.keep(Secret(text: value), as: key(number), fetched: time(now))
                model.keep(number, value, now)
            }
            let found = (0..<50).map { cache.value(of: key($0), fetchedAfter: time(-1))?.shown }
            let expected = (0..<50).map { number in model.kept.first { $0.number == number }?.value }
            guard found == expected else {
                Issue.record("seed \(seed): \(found.count { $0 != nil }) are kept, not \(model.kept.count)")
                return
            }
        }
    }

    @Test("a value that is larger than all of it is not kept, nor the one that it replaces")
    func tooLarge() {
        var cache = ValueCache(capacity: ValueCache.overhead + 10)
        cache.keep(Secret(text: "tenletters"), as: key(1), fetched: start)
        #expect(cache.value(of: key(1), fetchedAfter: time(-1)) != nil)
        cache.keep(Secret(text: "elevenchars"), as: key(1), fetched: start)
        #expect(cache.value(of: key(1), fetchedAfter: time(-1)) == nil)
    }

    @Test("what was fetched then is too old, what was fetched after is not")
    func age() {
        var cache = ValueCache(capacity: 1 << 20)
        cache.keep(Secret(text: "v"), as: key(1), fetched: time(10))
        #expect(cache.value(of: key(1), fetchedAfter: time(9)) != nil)
        #expect(cache.value(of: key(1), fetchedAfter: time(10)) == nil)
        for then in [9, 10] {
            let isAtEnd = cache.dropFetched(before: time(then))
            #expect(isAtEnd)
            #expect((cache.value(of: key(1), fetchedAfter: time(-1)) == nil) == (then == 10))
        }
    }

    @Test("old ones go a thousand at a time")
    func inPieces() {
        var cache = ValueCache(capacity: 1 << 24)
        for number in 0..<2500 { cache.keep(Secret(text: "v"), as: key(number), fetched: start) }
        for kept in [1500, 500, 0] {
            let isAtEnd = cache.dropFetched(before: start)
            #expect(isAtEnd == (kept == 0))
            #expect((0..<2500).count { cache.value(of: key($0), fetchedAfter: time(-1)) != nil } == kept)
        }
    }
}
