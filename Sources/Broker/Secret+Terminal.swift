extension Secret {
    /// For a terminal, where somebody else wrote it: it would obey control characters, and could be made to write the
    /// clipboard. All but line feeds and tabs become `\xNN`, and so does what is no UTF-8 text.
    package func withVisibleControls() -> Secret {
        let isText = isText
        var buffer = SecretBuffer(limit: byteCount * 4, capacity: byteCount)
        withBytes { bytes in
            func isControl(_ offset: Int) -> Bool {
                switch bytes[offset] {
                case UInt8(ascii: "\n"), UInt8(ascii: "\t"): false
                case 0..<0x20, 0x7F: true
                case 0x80...0x9F: !isText || (offset > 0 && bytes[offset - 1] == 0xC2)
                case 0xC2: !isText || (offset + 1 < bytes.byteCount && bytes[offset + 1] <= 0x9F)
                case 0xA0...0xFF: !isText
                default: false
                }
            }
            for offset in 0..<bytes.byteCount {
                let byte = bytes[offset]
                if isControl(offset) {
                    try? buffer.append("\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
                } else {
                    try? buffer.append(byte)
                }
            }
        }
        return buffer.finish()
    }
}
