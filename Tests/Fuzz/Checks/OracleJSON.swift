/// JSON by a parser of the fuzzer's own, written from RFC 8259 for comparison alone: strict as the broker is to be, with
/// the text of numbers kept.
indirect enum OracleJSON: Equatable {
    struct Member: Equatable {
        let key: [UInt8]
        var value: OracleJSON
    }

    case object([Member])
    case array([OracleJSON])
    case string([UInt8])
    case number(String)
    case boolean(Bool)
    case null

    /// Nil for what the broker must refuse.
    init?(_ text: some Collection<UInt8>) {
        let text = Array(text)
        guard String(validating: text, as: UTF8.self) != nil else { return nil }
        var parser = OracleParser(text)
        guard let value = parser.value(depth: 0), parser.isAtEnd() else { return nil }
        self = value
    }

    /// Every string with whether it is a key, in the order of the text.
    var strings: [(isKey: Bool, bytes: [UInt8])] {
        switch self {
        case .object(let members): members.flatMap { [(true, $0.key)] + $0.value.strings }
        case .array(let elements): elements.flatMap(\.strings)
        case .string(let bytes): [(false, bytes)]
        case .number, .boolean, .null: []
        }
    }

    /// With another text in the place of each leaf that is a string; `keys` lead there, nil behind an array.
    func mapLeaves(
        by keys: [[UInt8]]? = [], _ replace: (_ keys: [[UInt8]]?, _ leaf: [UInt8]) -> [UInt8]
    ) -> OracleJSON {
        switch self {
        case .object(let members):
            .object(
                members.map { member in
                    Member(key: member.key, value: member.value.mapLeaves(by: keys.map { $0 + [member.key] }, replace))
                })
        case .array(let elements): .array(elements.map { $0.mapLeaves(by: nil, replace) })
        case .string(let bytes): .string(replace(keys, bytes))
        case .number, .boolean, .null: self
        }
    }
}

private struct OracleParser {
    private let text: [UInt8]
    private var index = 0

    init(_ text: [UInt8]) { self.text = text }

    private var current: UInt8? { index < text.count ? text[index] : nil }

    private mutating func skipSpace() {
        while let byte = current, " \t\r\n".utf8.contains(byte) { index += 1 }
    }

    private mutating func skip(_ literal: String) -> Bool {
        guard text[index...].starts(with: literal.utf8) else { return false }
        index += literal.utf8.count
        return true
    }

    mutating func isAtEnd() -> Bool {
        skipSpace()
        return current == nil
    }

    mutating func value(depth: Int) -> OracleJSON? {
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): return depth < 64 ? object(depth: depth + 1) : nil
        case UInt8(ascii: "["): return depth < 64 ? array(depth: depth + 1) : nil
        case UInt8(ascii: "\""): return string().map(OracleJSON.string)
        case UInt8(ascii: "t"): return skip("true") ? .boolean(true) : nil
        case UInt8(ascii: "f"): return skip("false") ? .boolean(false) : nil
        case UInt8(ascii: "n"): return skip("null") ? .null : nil
        default: return number().map(OracleJSON.number)
        }
    }

    private mutating func object(depth: Int) -> OracleJSON? {
        var members: [OracleJSON.Member] = []
        var known: Set<[UInt8]> = []
        index += 1
        skipSpace()
        if skip("}") { return .object([]) }
        repeat {
            skipSpace()
            guard let key = string(), !key.contains(0), known.insert(key).inserted else { return nil }
            skipSpace()
            guard skip(":"), let value = value(depth: depth) else { return nil }
            members.append(OracleJSON.Member(key: key, value: value))
            skipSpace()
        } while skip(",")
        return skip("}") ? .object(members) : nil
    }

    private mutating func array(depth: Int) -> OracleJSON? {
        var elements: [OracleJSON] = []
        index += 1
        skipSpace()
        if skip("]") { return .array([]) }
        repeat {
            guard let value = value(depth: depth) else { return nil }
            elements.append(value)
            skipSpace()
        } while skip(",")
        return skip("]") ? .array(elements) : nil
    }

    private mutating func string() -> [UInt8]? {
        guard skip("\"") else { return nil }
        var units: [UInt8] = []
        while let byte = current {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return units
            case UInt8(ascii: "\\"):
                guard let unescaped = escape() else { return nil }
                units += unescaped
            case ..<0x20: return nil
            default: units.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> [UInt8]? {
        guard let letter = current else { return nil }
        index += 1
        if letter == UInt8(ascii: "u") {
            guard let first = unit() else { return nil }
            if let scalar = Unicode.Scalar(first) { return Array(Character(scalar).utf8) }
            guard (0xD800..<0xDC00).contains(first), skip("\\u"), let second = unit(),
                (0xDC00..<0xE000).contains(second)
            else { return nil }
            let scalar = 0x10000 + (UInt32(first) - 0xD800) << 10 + UInt32(second) - 0xDC00
            return Unicode.Scalar(scalar).map { Array(Character($0).utf8) }
        }
        let letters = Array("\"\\/bfnrt".utf8), meanings: [UInt8] = [0x22, 0x5C, 0x2F, 8, 12, 10, 13, 9]
        return letters.firstIndex(of: letter).map { [meanings[$0]] }
    }

    private mutating func unit() -> UInt16? {
        let digits = text[index...].prefix(4)
        index += digits.count
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private mutating func digits() -> Int {
        let start = index
        while let byte = current, (0x30...0x39).contains(byte) { index += 1 }
        return index - start
    }

    private mutating func number() -> String? {
        let start = index
        _ = skip("-")
        if !skip("0"), digits() == 0 { return nil }
        if skip("."), digits() == 0 { return nil }
        if skip("e") || skip("E") {
            _ = skip("+") || skip("-")
            if digits() == 0 { return nil }
        }
        let number = String(decoding: text[start..<index], as: UTF8.self)
        // What no Double can hold is refused.
        return Double(number).map(\.isFinite) == true ? number : nil
    }
}
