import Cryptography
import Testing

@Suite struct ConstantTimeTests {
    @Test(
        "tells any difference",
        arguments: [([0], [1]), ([1, 2, 3], [1, 2, 4]), ([0, 2], [1, 2]), ([], [0]), ([1, 2], [1, 2, 0])])
    func different(a: [UInt8], b: [UInt8]) {
        #expect(!ConstantTime.equal(unsafe a.span.bytes, unsafe b.span.bytes))
        #expect(!ConstantTime.equal(unsafe b.span.bytes, unsafe a.span.bytes))
    }

    @Test("equal bytes are equal", arguments: [[], [0], [1, 2, 3]])
    func equal(bytes: [UInt8]) {
        let copy = bytes.map { $0 }
        #expect(ConstantTime.equal(unsafe bytes.span.bytes, unsafe copy.span.bytes))
    }
}

@Suite struct SecureRandomTests {
    @Test("never repeats itself")
    func distinct() {
        let random = SecureRandom()
        let numbers = Set((0..<10_000).map { _ in random.next() as UInt64 })
        #expect(numbers.count == 10_000)
    }

    /// For a fair generator this fails once in 10^80 runs.
    @Test("every byte value turns up, in arrays of the length asked for")
    func uniform() {
        let bytes = SecureRandom().bytes(50_000)
        #expect(bytes.count == 50_000)
        #expect(Set(bytes).count == 256)
        #expect(SecureRandom().bytes(0).isEmpty)
    }
}
