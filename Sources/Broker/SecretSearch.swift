/// Looks for values in texts by the rolling hash of Rabin and Karp, with a base that nobody knows.
///
/// Each byte is looked at as often, whatever it is, until a whole value is found. So the time of a search tells nothing
/// of a part of a value, and whoever writes the text cannot make it long: two parts of a text have one hash by a chance
/// of less than their length in 2^60, which he cannot better without the base.
struct SecretSearch {
    /// The prime 2^61 - 1, by which a product is reduced without a division.
    private static let modulus: UInt64 = (1 << 61) - 1

    private let base: UInt64
    /// The number of bytes that were looked at. Whoever does more than to search, for the search, adds it.
    var work = 0

    init(base: UInt64 = .random(in: (1 << 32)..<modulus)) {
        self.base = base
    }

    /// Whether `text` holds `value`, which is not empty.
    mutating func finds(_ value: Secret, in text: Secret) -> Bool {
        value.withBytes { value in text.withBytes { text in finds(value, in: text) } }
    }

    private mutating func finds(_ value: RawSpan, in text: RawSpan) -> Bool {
        let length = value.byteCount
        guard length <= text.byteCount else { return false }
        var (wanted, hash, weight): (UInt64, UInt64, UInt64) = (0, 0, 1)
        for offset in 0..<length {
            wanted = Self.folded(Self.product(wanted, base) + UInt64(value[offset]))
            hash = Self.folded(Self.product(hash, base) + UInt64(text[offset]))
            weight = Self.folded(Self.product(weight, base))
        }
        work += 2 * length
        wanted = Self.canonical(wanted)
        var end = length
        while true {
            if Self.canonical(hash) == wanted, matches(value, text.extracting(end - length..<end)) { return true }
            guard end < text.byteCount else { return false }
            let leaving = Self.product(weight, UInt64(text[end - length]))
            hash = Self.folded(Self.product(hash, base) + UInt64(text[end]) + (2 * Self.modulus - leaving))
            end += 1
            work += 1
        }
    }

    /// Compares, of two of one length, all bytes.
    private mutating func matches(_ one: RawSpan, _ other: RawSpan) -> Bool {
        var difference: UInt8 = 0
        for offset in 0..<one.byteCount { difference |= one[offset] ^ other[offset] }
        work += one.byteCount
        return difference == 0
    }

    /// Takes what was folded. Gives little more than 2^62; for a byte, less than twice the modulus.
    private static func product(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let (high, low) = one.multipliedFullWidth(by: other)
        return (low & modulus) + (high << 3 | low >> 61)
    }

    /// A number of the same remainder that is at most 7 more than the modulus. To go on to the remainder itself for each
    /// byte would take half as long again.
    private static func folded(_ number: UInt64) -> UInt64 { (number & modulus) + (number >> 61) }

    /// The remainder of what was folded.
    private static func canonical(_ number: UInt64) -> UInt64 { number < modulus ? number : number - modulus }
}
