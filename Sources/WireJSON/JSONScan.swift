/// What must be known about a text before jansson parses it. It only reads bytes; whether the text is JSON is for
/// jansson to decide.
struct JSONScan {
    /// The deepest nesting of arrays and objects.
    private(set) var depth = 0
    /// The ends of the whole numbers that have more digits than are sure to fit in 64 bits.
    private(set) var wideIntegerEnds: [Int] = []
    /// Whether a zero byte is outside strings, which no JSON text has, and which jansson passes over after a number.
    private(set) var hasZeroByte = false

    private static let safeDigits = 18

    init(_ text: RawSpan) {
        var open = 0
        var isInString = false
        var offset = 0
        while offset < text.byteCount {
            let byte = text.byte(at: offset)
            if isInString {
                if byte == UInt8(ascii: "\\") { offset += 1 }
                if byte == UInt8(ascii: "\"") { isInString = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isInString = true
                case UInt8(ascii: "["), UInt8(ascii: "{"):
                    open += 1
                    depth = max(depth, open)
                case UInt8(ascii: "]"), UInt8(ascii: "}"): open -= 1
                case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    offset = scanNumber(in: text, from: offset)
                    continue
                case 0: hasZeroByte = true
                default: break
                }
            }
            offset += 1
        }
    }

    /// - Returns: the offset at which the number ends.
    private mutating func scanNumber(in text: RawSpan, from start: Int) -> Int {
        var offset = start + 1
        var isWhole = true
        scan: while offset < text.byteCount {
            switch text.byte(at: offset) {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): break
            case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"):
                isWhole = false
            default: break scan
            }
            offset += 1
        }
        if isWhole && offset - start > Self.safeDigits { wideIntegerEnds.append(offset) }
        return offset
    }
}

extension RawSpan {
    func byte(at offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
