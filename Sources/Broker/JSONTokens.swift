/// Finds the tokens of a JSON text that a strict parser has already accepted. It checks no grammar; on text that is not
/// JSON it ends early and never reads outside its range.
struct JSONTokens {
    enum Kind { case open, close, colon, comma, string, scalar }

    struct Token {
        let kind: Kind
        /// The token's range; a string's includes its quotes.
        let range: Range<Int>
        /// Whether it is a string with an escape in it.
        var hasEscape = false
        /// Whether it is a string with `${` in it, as it is written.
        var hasOpening = false
    }

    private let bytes: [UInt8]
    private let end: Int
    private var index: Int

    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        let bounds = range.clamped(to: bytes.startIndex..<bytes.endIndex)
        index = bounds.lowerBound
        end = bounds.upperBound
    }

    mutating func next() -> Token? {
        while index < end, Self.isSpace(bytes[index]) { index += 1 }
        guard index < end else { return nil }
        let start = index
        index += 1
        switch bytes[start] {
        case UInt8(ascii: "{"), UInt8(ascii: "["): return Token(kind: .open, range: start..<index)
        case UInt8(ascii: "}"), UInt8(ascii: "]"): return Token(kind: .close, range: start..<index)
        case UInt8(ascii: ":"): return Token(kind: .colon, range: start..<index)
        case UInt8(ascii: ","): return Token(kind: .comma, range: start..<index)
        case UInt8(ascii: "\""): return endOfString(from: start)
        default:
            while index < end, !Self.endsScalar(bytes[index]) { index += 1 }
            return Token(kind: .scalar, range: start..<index)
        }
    }

    private mutating func endOfString(from start: Int) -> Token? {
        var (hasEscape, hasOpening) = (false, false)
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: "{"):
                hasOpening = hasOpening || bytes[index - 1] == UInt8(ascii: "$")
                index += 1
            case UInt8(ascii: "\\"):
                hasEscape = true
                index += 2
            case UInt8(ascii: "\""):
                index += 1
                return Token(kind: .string, range: start..<index, hasEscape: hasEscape, hasOpening: hasOpening)
            default: index += 1
            }
        }
        index = end
        return nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        isSpace(byte) || ",:]}".utf8.contains(byte)
    }
}

/// The strings of one JSON value, each known as a key or a leaf.
struct JSONStrings {
    struct Item {
        let isKey: Bool
        /// The range between the quotes.
        let content: Range<Int>
        let hasEscape: Bool
        let hasOpening: Bool
    }

    private var tokens: JSONTokens
    private let bytes: [UInt8]
    /// Whether each open bracket is an object's.
    private var objects: [Bool] = []
    private var expectsKey = false

    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        tokens = JSONTokens(bytes, in: range)
        // Few values nest deeper.
        objects.reserveCapacity(8)
    }

    mutating func next() -> Item? {
        while let token = tokens.next() {
            switch token.kind {
            case .open:
                objects.append(bytes[token.range.lowerBound] == UInt8(ascii: "{"))
                expectsKey = objects.last ?? false
            case .close:
                _ = objects.popLast()
                expectsKey = false
            case .comma: expectsKey = objects.last ?? false
            case .colon: expectsKey = false
            case .scalar: break
            case .string:
                return Item(
                    isKey: expectsKey, content: (token.range.lowerBound + 1)..<(token.range.upperBound - 1),
                    hasEscape: token.hasEscape, hasOpening: token.hasOpening)
            }
        }
        return nil
    }
}

/// The members of a JSON object, in order: the content of each key and the range of each value.
package enum JSONMembers {
    package static func find(in bytes: [UInt8]) -> [(key: [UInt8], value: Range<Int>)] {
        find(in: bytes, bytes.indices)
    }

    /// - Parameter range: where the object is. Without an object there, there are no members.
    package static func find(in bytes: [UInt8], _ range: Range<Int>) -> [(key: [UInt8], value: Range<Int>)] {
        var tokens = JSONTokens(bytes, in: range)
        guard let open = tokens.next(), open.kind == .open, bytes[open.range.lowerBound] == UInt8(ascii: "{") else {
            return []
        }
        var members: [(key: [UInt8], value: Range<Int>)] = []
        while let key = tokens.next(), key.kind != .close {
            guard key.kind == .string else { continue }
            guard tokens.next() != nil, let first = tokens.next() else { break }
            var depth = first.kind == .open ? 1 : 0
            var last = first
            while depth > 0, let token = tokens.next() {
                depth += token.kind == .open ? 1 : token.kind == .close ? -1 : 0
                last = token
            }
            let content = (key.range.lowerBound + 1)..<(key.range.upperBound - 1)
            members.append((JSONText.unescaped(bytes[content]), first.range.lowerBound..<last.range.upperBound))
        }
        return members
    }
}
