/// JSON's escaping of strings, both ways, on bytes.
package enum JSONText {
    /// Appends `bytes`, which are UTF-8, as the content of a JSON string: quote, backslash and control characters
    /// escaped, all else as it is.
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

    /// What the content of a JSON string stands for, as UTF-8. The content is one that a strict parser has accepted;
    /// an escape that is none is kept as it stands.
    static func unescaped(_ content: ArraySlice<UInt8>) -> [UInt8] {
        guard content.contains(UInt8(ascii: "\\")) else { return Array(content) }
        var text: [UInt8] = []
        text.reserveCapacity(content.count)
        var index = content.startIndex
        while index < content.endIndex {
            guard content[index] == UInt8(ascii: "\\"), index + 1 < content.endIndex else {
                text.append(content[index])
                index += 1
                continue
            }
            let escape = content[index + 1]
            if escape == UInt8(ascii: "u"), let (scalar, length) = unicodeEscape(content[index...]) {
                text.append(contentsOf: String(Character(scalar)).utf8)
                index += length
            } else {
                text.append(simpleEscapes[escape] ?? escape)
                index += 2
            }
        }
        return text
    }

    private static let simpleEscapes: [UInt8: UInt8] = [
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09, UInt8(ascii: "b"): 0x08,
        UInt8(ascii: "f"): 0x0C,
    ]

    /// Reads `\uXXXX`, or the two of a surrogate pair.
    private static func unicodeEscape(_ text: ArraySlice<UInt8>) -> (scalar: Unicode.Scalar, length: Int)? {
        guard let first = codeUnit(text) else { return nil }
        if let scalar = Unicode.Scalar(first) { return (scalar, 6) }
        guard UTF16.isLeadSurrogate(first), let second = codeUnit(text.dropFirst(6)),
            UTF16.isTrailSurrogate(second)
        else { return nil }
        return (UTF16.decode(UTF16.EncodedScalar([first, second])), 12)
    }

    private static func codeUnit(_ text: ArraySlice<UInt8>) -> UInt16? {
        guard text.starts(with: "\\u".utf8), text.count >= 6 else { return nil }
        return UInt16(String(decoding: text.dropFirst(2).prefix(4), as: UTF8.self), radix: 16)
    }
}
