/// JSON's escaping of strings, both ways, on bytes.
package enum JSONText {
    /// Appends `bytes`, which are UTF-8, as the content of a JSON string: quotes, backslashes and control characters
    /// are escaped, everything else stays as it is.
    package static func appendEscaped(
        _ bytes: RawSpan, to buffer: inout SecretBuffer
    ) throws(SecretBuffer.Overflow) {
        var plain = 0
        for offset in 0..<bytes.byteCount {
            let byte = unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            try buffer.append(bytes.extracting(plain..<offset))
            try buffer.append(escape(byte))
            plain = offset + 1
        }
        try buffer.append(bytes.extracting(plain..<bytes.byteCount))
    }

    /// `JSONLine` writes capital digits instead, as jansson does, since an audit record's hash covers them.
    private static func escape(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "\""): "\\\""
        case UInt8(ascii: "\\"): "\\\\"
        case 0x0A: "\\n"
        case 0x0D: "\\r"
        case 0x09: "\\t"
        case 0x08: "\\b"
        case 0x0C: "\\f"
        default: "\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16)
        }
    }

    /// What the string at `range` stands for; nil if there is no string.
    package static func string(_ bytes: [UInt8], in range: Range<Int>) -> [UInt8]? {
        guard bytes[range.lowerBound] == UInt8(ascii: "\"") else { return nil }
        return unescaped(bytes[range.lowerBound + 1..<range.upperBound - 1])
    }

    /// What the content of a JSON string stands for, as UTF-8. The content is one that a strict parser has accepted; of
    /// an invalid escape, only the backslash is dropped.
    static func unescaped(_ content: ArraySlice<UInt8>) -> [UInt8] {
        guard content.contains(UInt8(ascii: "\\")) else { return Array(content) }
        var text: [UInt8] = []
        text.reserveCapacity(content.count)
        unsafe content.withUnsafeBytes { bytes in unsafe unescape(bytes.bytes) { text.append($0) } }
        return text
    }

    /// What `\xHH` stands for: JSON has it not, C, Python and JavaScript do.
    enum HexEscape {
        case nothing
        /// As in C, and in Python's bytes.
        case byte
        /// As in JavaScript.
        case scalar
    }

    /// Hands the bytes that `text` stands for to `emit`, one by one: never more than it has.
    static func unescape<Failure: Error>(
        _ text: RawSpan, hex: HexEscape = .nothing, emit: (UInt8) throws(Failure) -> Void
    ) throws(Failure) {
        var index = 0
        while index < text.byteCount {
            guard text[index] == UInt8(ascii: "\\"), index + 1 < text.byteCount else {
                try emit(text[index])
                index += 1
                continue
            }
            let escape = text[index + 1]
            if escape == UInt8(ascii: "u"), let (scalar, length) = unicodeEscape(text, at: index) {
                if let units = UTF8.encode(scalar) { for unit in units { try emit(unit) } }
                index += length
            } else if escape == UInt8(ascii: "x"), hex != .nothing, let byte = hexEscape(text, at: index) {
                switch hex {
                case .nothing, .byte: try emit(byte)
                case .scalar: for unit in UTF8.encode(Unicode.Scalar(byte)) ?? .init() { try emit(unit) }
                }
                index += 4
            } else {
                try emit(simpleEscapes[escape] ?? escape)
                index += 2
            }
        }
    }

    private static let simpleEscapes: [UInt8: UInt8] = [
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09, UInt8(ascii: "b"): 0x08,
        UInt8(ascii: "f"): 0x0C,
    ]

    /// Reads `\uXXXX`, or the two halves of a surrogate pair.
    private static func unicodeEscape(_ text: RawSpan, at index: Int) -> (scalar: Unicode.Scalar, length: Int)? {
        guard let first = codeUnit(text, at: index) else { return nil }
        if let scalar = Unicode.Scalar(first) { return (scalar, 6) }
        guard UTF16.isLeadSurrogate(first), let second = codeUnit(text, at: index + 6),
            UTF16.isTrailSurrogate(second)
        else { return nil }
        return (UTF16.decode(UTF16.EncodedScalar([first, second])), 12)
    }

    private static func hexEscape(_ text: RawSpan, at index: Int) -> UInt8? {
        guard index + 4 <= text.byteCount, let high = text[index + 2].hexDigit, let low = text[index + 3].hexDigit
        else { return nil }
        return high << 4 | low
    }

    private static func codeUnit(_ text: RawSpan, at index: Int) -> UInt16? {
        guard index + 6 <= text.byteCount, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u")
        else {
            return nil
        }
        var unit: UInt16 = 0
        for offset in index + 2..<index + 6 {
            guard let digit = text[offset].hexDigit else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}

extension RawSpan {
    subscript(offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
}
