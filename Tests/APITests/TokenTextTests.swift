import Broker
import Cryptography
import Support
import Testing

@testable import API

@Suite("Texts of the form of a token")
struct TokenTextTests {
    private static let alphabet = Array("sbt_sbt_sbt_aZ0-\" {".utf8)
    private static let length = 47

    /// At every place, whatever overlaps.
    private static func oracle(_ text: [UInt8]) -> Set<TokenHash> {
        var found: Set<TokenHash> = []
        for start in text.indices where start + length <= text.count {
            let candidate = Array(text[start..<start + length])
            let digits = candidate.dropFirst(4)
            guard candidate.starts(with: "sbt_".utf8),
                digits.allSatisfy({ UInt8(ascii: "A")...UInt8(ascii: "z") ~= $0 || "0123456789-".utf8.contains($0) }),
                !digits.contains(where: { "[\\]^`".utf8.contains($0) })
            else { continue }
            found.insert(unsafe TokenHash(SHA256.hash(candidate.span.bytes)))
        }
        return found
    }

    @Test("are found wherever they stand, one in another too, and nothing else is", arguments: 0..<20)
    func search(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                for _ in 0..<Int.random(in: 0...60, using: &random) {
                    text.append(Self.alphabet.randomElement(using: &random)!)
                }
                if Bool.random(using: &random) {
                    TokenText.generate().text.withBytes { bytes in
                        for index in 0..<bytes.byteCount { text.append(bytes.byte(at: index)) }
                    }
                }
            }
            let found = TokenText.hashes(in: text, atMost: .max)
            #expect(Set(found) == Self.oracle(text))
            let count = Int.random(in: 0...20, using: &random)
            #expect(TokenText.hashes(in: text, atMost: count) == Array(found.prefix(count)))
        }
    }

    @Test("cut short by one, at either end, are none")
    func cut() {
        let text = Array(TokenText.generate().text.shown.utf8)
        #expect(TokenText.hashes(in: text, atMost: 17).count == 1)
        #expect(TokenText.hashes(in: Array(text.dropFirst()), atMost: 17).isEmpty)
        #expect(TokenText.hashes(in: Array(text.dropLast()), atMost: 17).isEmpty)
        #expect(TokenText.hashes(in: [], atMost: 17).isEmpty)
    }

    @Test("are hashed no further than is asked, of a body that is full of them")
    func full() {
        let text = Array(String(repeating: "sbt_", count: 1 << 18).utf8)
        #expect(TokenText.hashes(in: text, atMost: 17).count == 17)
        #expect(TokenText.hashes(in: Array(text.prefix(50)), atMost: 17).count == 1)
        #expect(TokenText.hashes(in: Array(text.prefix(51)), atMost: 17).count == 2)
    }
}
