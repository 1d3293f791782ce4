extension Unicode.Scalar {
    /// Whether the scalar is seen where it stands and does nothing else, to a terminal or a page: it is no control or
    /// format character, such as one that turns the direction of text, and Unicode has given it a meaning.
    package var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    /// The scalar's UTF-8 as `\xNN`.
    fileprivate var escaped: String { UTF8.encode(self)?.map(\.escaped).joined() ?? "" }
}

extension UInt8 {
    /// The byte as `\xNN`.
    fileprivate var escaped: String { "\\x" + (self < 16 ? "0" : "") + String(self, radix: 16) }
}

extension String {
    /// For one line of a terminal, where somebody else wrote it: what is not printable, a line feed too, becomes `\xNN`.
    package var visible: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.isPrintable { text.unicodeScalars.append(scalar) } else { text += scalar.escaped }
        }
    }
}

extension Secret {
    /// For a terminal, where somebody else wrote it: it would obey control characters, could be made to write the
    /// clipboard, and shows what is before a format character after it. All that is not printable, but for line feeds
    /// and tabs, becomes `\xNN`, and so does what is no UTF-8 text.
    package func withVisibleControls() -> Secret {
        let isText = isText
        var buffer = SecretBuffer(limit: byteCount * 4, capacity: byteCount)
        withBytes { bytes in
            var offset = 0
            while offset < bytes.byteCount {
                let (scalar, length) = isText || bytes[offset] < 0x80 ? bytes.scalar(at: offset) : (nil, 1)
                let isShown = scalar.map { $0 == "\n" || $0 == "\t" || $0.isPrintable } ?? false
                for place in offset..<offset + length {
                    if isShown { try? buffer.append(bytes[place]) } else { try? buffer.append(bytes[place].escaped) }
                }
                offset += length
            }
        }
        return buffer.finish()
    }
}

extension RawSpan {
    /// The scalar at the beginning of valid UTF-8.
    fileprivate func scalar(at offset: Int) -> (scalar: Unicode.Scalar?, length: Int) {
        let first = self[offset]
        guard first >= 0x80 else { return (Unicode.Scalar(first), 1) }
        let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        var value = UInt32(first) & (0xFF >> UInt32(length + 1))
        for place in offset + 1..<offset + length { value = value << 6 | UInt32(self[place]) & 0x3F }
        return (Unicode.Scalar(value), length)
    }
}
