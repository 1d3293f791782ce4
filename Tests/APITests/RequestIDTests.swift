import Testing

@testable import API

@Suite("A request's number")
struct RequestIDTests {
    @Test("is another each time, and does not tell how many requests there were since the last one that somebody saw")
    func unguessable() throws {
        let ids = (0..<2000).map { _ in RequestIDs.next() }
        #expect(ids.allSatisfy { $0.wholeMatch(of: /req_[0-9a-f]{16}/) != nil })
        #expect(Set(ids).count == ids.count)
        let numbers = try ids.map { try #require(UInt64($0.dropFirst(4), radix: 16)) }
        let steps = zip(numbers, numbers.dropFirst()).map { $1 &- $0 }
        #expect(Set(steps).count == steps.count)
    }
}
