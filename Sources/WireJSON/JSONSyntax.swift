/// A check of the usual JSON text that builds nothing, for a text that is then used byte by byte as it came.
package struct JSONSyntax {
    private enum Container { case array, object }

    /// What may come next.
    private enum Place { case value, firstElement, key, firstKey, afterValue, end }

    private struct Open {
        let container: Container
        /// The index in `keys` at which the object's own keys begin.
        let firstKey: Int
    }

    private static let maximumKeys = 16
    /// The maximum number of characters of a number: no integer and no fraction so short is out of any range.
    private static let maximumNumber = 18

    private var offset = 0
    private var place = Place.value
    private var open: [Open] = []
    /// The ranges of the keys of all open objects.
    private var keys: [Range<Int>] = []

    private init() {
        // Room for what most texts have.
        open.reserveCapacity(8)
        keys.reserveCapacity(16)
    }

    /// Whether `JSONDocument` is certain to accept the text. False also where only a parser can tell: for `\u` escapes,
    /// escapes in keys, long numbers and exponents, and objects of many keys.
    package static func isCertain(_ text: RawSpan, maximumDepth: Int = 64) -> Bool {
        let isUTF8 = unsafe text.withUnsafeBytes { bytes in
            unsafe (try? UTF8Span(validating: bytes.assumingMemoryBound(to: UInt8.self).span)) != nil
        }
        guard isUTF8 else { return false }
        var syntax = JSONSyntax()
        while syntax.skipSpace(text) {
            guard syntax.step(text), syntax.open.count <= maximumDepth else { return false }
        }
        return syntax.place == .end
    }

    /// - Returns: false if there is nothing more.
    private mutating func skipSpace(_ text: RawSpan) -> Bool {
        while offset < text.byteCount {
            switch text.byte(at: offset) {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return true
            }
        }
        return false
    }

    /// Reads what begins here.
    /// - Returns: false if it does not belong here, or is not certain.
    private mutating func step(_ text: RawSpan) -> Bool {
        let byte = text.byte(at: offset)
        switch (place, byte) {
        case (.firstElement, UInt8(ascii: "]")), (.firstKey, UInt8(ascii: "}")): close()
        case (.value, _), (.firstElement, _): return value(text, byte)
        case (.key, UInt8(ascii: "\"")), (.firstKey, UInt8(ascii: "\"")): return key(text)
        case (.afterValue, UInt8(ascii: ",")):
            offset += 1
            place = open.last?.container == .object ? .key : .value
        case (.afterValue, UInt8(ascii: "]")) where open.last?.container == .array: close()
        case (.afterValue, UInt8(ascii: "}")) where open.last?.container == .object: close()
        case (.key, _), (.firstKey, _), (.afterValue, _), (.end, _): return false
        }
        return true
    }

    private mutating func close() {
        offset += 1
        if let closed = open.popLast() { keys.removeSubrange(closed.firstKey...) }
        endValue()
    }

    private mutating func endValue() { place = open.isEmpty ? .end : .afterValue }

    private mutating func value(_ text: RawSpan, _ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "{"):
            begin(.object, at: .firstKey)
            return true
        case UInt8(ascii: "["):
            begin(.array, at: .firstElement)
            return true
        case UInt8(ascii: "\""): guard string(text, mayEscape: true) != nil else { return false }
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): guard number(text) else { return false }
        case UInt8(ascii: "t"): guard word("true", text) else { return false }
        case UInt8(ascii: "f"): guard word("false", text) else { return false }
        case UInt8(ascii: "n"): guard word("null", text) else { return false }
        default: return false
        }
        endValue()
        return true
    }

    private mutating func begin(_ container: Container, at place: Place) {
        offset += 1
        open.append(Open(container: container, firstKey: keys.count))
        self.place = place
    }

    /// Reads a key and its colon.
    private mutating func key(_ text: RawSpan) -> Bool {
        guard let key = string(text, mayEscape: false), let object = open.last,
            keys.count - object.firstKey < Self.maximumKeys
        else { return false }
        for other in keys[object.firstKey...] where Self.isSame(text, key, other) { return false }
        keys.append(key)
        guard skipSpace(text), text.byte(at: offset) == UInt8(ascii: ":") else { return false }
        offset += 1
        place = .value
        return true
    }

    private static func isSame(_ text: RawSpan, _ left: Range<Int>, _ right: Range<Int>) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count
        where text.byte(at: left.lowerBound + index) != text.byte(at: right.lowerBound + index) { return false }
        return true
    }

    /// - Returns: the range of the text between the quotes; nil if this is no string, or not certainly one.
    private mutating func string(_ text: RawSpan, mayEscape: Bool) -> Range<Int>? {
        let start = offset + 1
        offset = start
        while offset < text.byteCount {
            switch text.byte(at: offset) {
            case UInt8(ascii: "\""):
                offset += 1
                return start..<(offset - 1)
            case UInt8(ascii: "\\"):
                guard mayEscape, offset + 1 < text.byteCount, Self.isSimpleEscape(text.byte(at: offset + 1)) else {
                    return nil
                }
                offset += 2
            case 0x00..<0x20: return nil
            default: offset += 1
            }
        }
        return nil
    }

    private static func isSimpleEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            true
        default: false
        }
    }

    /// Reads digits, with a fraction or without.
    private mutating func number(_ text: RawSpan) -> Bool {
        let start = offset
        if text.byte(at: offset) == UInt8(ascii: "-") { offset += 1 }
        let first = offset
        let whole = digits(text)
        guard whole > 0, whole == 1 || text.byte(at: first) != UInt8(ascii: "0") else { return false }
        if offset < text.byteCount, text.byte(at: offset) == UInt8(ascii: ".") {
            offset += 1
            guard digits(text) > 0 else { return false }
        }
        return offset - start <= Self.maximumNumber
    }

    /// Reads digits.
    /// - Returns: how many there are.
    private mutating func digits(_ text: RawSpan) -> Int {
        let start = offset
        while offset < text.byteCount, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text.byte(at: offset)) {
            offset += 1
        }
        return offset - start
    }

    private mutating func word(_ word: StaticString, _ text: RawSpan) -> Bool {
        guard text.byteCount - offset >= word.utf8CodeUnitCount else { return false }
        let isThere = word.withUTF8Buffer { letters in
            for index in 0..<letters.count where unsafe text.byte(at: offset + index) != letters[index] { return false }
            return true
        }
        offset += word.utf8CodeUnitCount
        return isThere
    }
}
