import Foundation
import Support
import Testing

@testable import Broker

@Suite("The search for a value in a text")
struct SecretSearchTests {
    /// Sees what the search should: at every place, byte by byte.
    private static func oracle(_ value: [UInt8], in text: [UInt8]) -> Bool {
        guard value.count <= text.count else { return false }
        return (0...text.count - value.count).contains { text[$0...].starts(with: value) }
    }

    private static func secret(_ bytes: [UInt8]) -> Secret { unsafe Secret(copying: bytes.span.bytes) }

    /// With a base of 1 every part of a text of the same letters has the same hash, with 2 many have.
    @Test("finds it where it is and nowhere else, in texts of chance and of periods", arguments: 0..<100)
    func property(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for base in [1, 2, nil] as [UInt64?] {
            for _ in 0..<30 {
                let letters = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                    UInt8.random(in: .min ... .max, using: &random)
                }
                func bytes(_ count: Int) -> [UInt8] {
                    let period = (0..<Int.random(in: 1...8, using: &random)).map { _ in
                        letters.randomElement(using: &random)!
                    }
                    let isPeriodic = Bool.random(using: &random)
                    return (0..<count).map {
                        isPeriodic ? period[$0 % period.count] : letters.randomElement(using: &random)!
                    }
                }
                let text = bytes(Int.random(in: 0...80, using: &random))
                var value = bytes(Int.random(in: 1...20, using: &random))
                if Bool.random(using: &random), !text.isEmpty {
                    let start = Int.random(in: text.indices, using: &random)
                    value = Array(text[start...].prefix(value.count))
                    if Int.random(in: 0..<3, using: &random) == 0 { value[value.count - 1] ^= 1 }
                }
                var search = base.map { SecretSearch(base: $0) } ?? SecretSearch()
                let isFound = search.finds(Self.secret(value), in: Self.secret(text))
                #expect(isFound == Self.oracle(value, in: text), "\(value) in \(text), base \(base ?? 0)")
            }
        }
    }

    @Test("looks at as many bytes whatever the text has of the value, and at none twice for it")
    func linear() {
        let value = Secret(text: String(repeating: "a", count: 32_000) + "b")
        let texts = [
            String(repeating: "a", count: 65_000), String(repeating: "z", count: 65_000),
            String(repeating: String(repeating: "a", count: 31_999) + "b", count: 3).prefix(65_000).description,
        ]
        let works = texts.map { text in
            var search = SecretSearch()
            let isFound = search.finds(value, in: Secret(text: text))
            #expect(!isFound)
            return search.work
        }
        #expect(works == Array(repeating: 65_000 + value.byteCount, count: 3))
        var search = SecretSearch()
        let isFound = search.finds(value, in: Secret(text: texts[0] + "b"))
        #expect(isFound)
        #expect(search.work == 65_001 + 2 * value.byteCount)
    }
}
