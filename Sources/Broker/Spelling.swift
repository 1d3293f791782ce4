/// The ways to undo how a text was written, all in memory that is wiped. Each reads the text once or twice, and writes no
/// more than it reads.
enum Spelling {
    /// A text without its spelling; nil if it has none of it.
    typealias Undoing = @Sendable (Secret) -> Secret?

    /// What a text may have in several layers.
    static let unescapings: [Undoing] = [
        { withoutJSON($0) }, { withoutHexEscapes($0, .byte) }, { withoutHexEscapes($0, .scalar) },
        { withoutURL($0, plusIsSpace: false) }, { withoutURL($0, plusIsSpace: true) },
    ]

    /// What a text is likely to have once. A run of digits is read from each digit that may be the first of what is
    /// looked for.
    static let decodings: [Undoing] =
        (0..<2).map { decoding(.hexadecimal, from: $0) } + (0..<4).map { decoding(.base64, from: $0) }
        + [withoutDecimals, withoutQuotedPrintable]

    static func withoutOuterSpace(_ text: Secret) -> Secret {
        text.withBytes { bytes in
            var (start, end) = (0, bytes.byteCount)
            while start < end, bytes[start] <= 0x20 { start += 1 }
            while start < end, bytes[end - 1] <= 0x20 { end -= 1 }
            return Secret(copying: bytes.extracting(start..<end))
        }
    }

    static func withoutLineEnds(_ text: Secret) -> Secret { text.filtered { $0 != 0x0A && $0 != 0x0D } }

    /// The letters and digits of the text, and all that is not ASCII.
    static func letters(_ text: Secret) -> Secret { text.filtered { $0.isLetterOrDigit || $0 >= 0x80 } }
}

extension Spelling {
    static func withoutJSON(_ text: Secret) -> Secret? {
        guard text.contains(UInt8(ascii: "\\")) else { return nil }
        return withoutJSON(text, hex: .nothing)
    }

    private static func withoutHexEscapes(_ text: Secret, _ hex: JSONText.HexEscape) -> Secret? {
        text.contains(UInt8(ascii: "\\"), before: UInt8(ascii: "x")) ? withoutJSON(text, hex: hex) : nil
    }

    private static func withoutJSON(_ text: Secret, hex: JSONText.HexEscape) -> Secret {
        text.rewritten { bytes, buffer throws(SecretBuffer.Overflow) in
            try JSONText.unescape(bytes, hex: hex) { byte throws(SecretBuffer.Overflow) in try buffer.append(byte) }
        }
    }

    private static func withoutURL(_ text: Secret, plusIsSpace: Bool) -> Secret? {
        guard text.contains(UInt8(ascii: plusIsSpace ? "+" : "%")) else { return nil }
        return text.rewritten { bytes, buffer throws(SecretBuffer.Overflow) in
            var offset = 0
            while offset < bytes.byteCount {
                if let byte = bytes.escaped(by: UInt8(ascii: "%"), at: offset) {
                    try buffer.append(byte)
                    offset += 3
                } else {
                    let isSpace = plusIsSpace && bytes[offset] == UInt8(ascii: "+")
                    try buffer.append(isSpace ? UInt8(ascii: " ") : bytes[offset])
                    offset += 1
                }
            }
        }
    }

    /// `=HH`, and `=` with the end of the line that it is at.
    private static let withoutQuotedPrintable: Undoing = { text in
        text.shortened { bytes, buffer throws(SecretBuffer.Overflow) in
            var offset = 0
            while offset < bytes.byteCount {
                if let byte = bytes.escaped(by: UInt8(ascii: "="), at: offset) {
                    try buffer.append(byte)
                    offset += 3
                } else if bytes[offset] == UInt8(ascii: "="), let end = bytes.lineEnd(at: offset + 1) {
                    offset = end
                } else {
                    try buffer.append(bytes[offset])
                    offset += 1
                }
            }
        }
    }
}

extension Spelling {
    /// A way to write bytes in digits of some bits each.
    private struct Digits: Sendable {
        let bits: Int
        /// The length of a run below which it cannot hold a value of the minimum size.
        let minimumRun: Int
        /// The value of the digit at a place; nil if there is none.
        let value: @Sendable (RawSpan, Int) -> UInt8?
        /// Whether what is at a place, and no digit, may stand between two of a run.
        let isBetween: @Sendable (RawSpan, Int) -> Bool

        /// In one row, or in groups with anything between them but letters, `0x` included.
        static let hexadecimal = Digits(
            bits: 4, minimumRun: Disclosure.minimumValueSize * 2,
            value: { $0.isHexPrefix(at: $1) ? nil : $0[$1].hexDigit },
            isBetween: { !$0[$1].isLetterOrDigit || $0.isHexPrefix(at: $1) || $0.isHexPrefix(at: $1 - 1) })

        /// In lines, indented or not. Anything else between would make one run of most texts.
        static let base64 = Digits(
            bits: 6, minimumRun: (Disclosure.minimumValueSize * 8 - 4) / 6, value: { $0[$1].base64Digit },
            isBetween: { $0[$1] <= 0x20 })

        func run(_ bytes: RawSpan, from start: Int) -> (end: Int, count: Int) {
            var (end, count) = (start, 0)
            while end < bytes.byteCount {
                if value(bytes, end) != nil {
                    count += 1
                } else if count == 0 || !isBetween(bytes, end) {
                    break
                }
                end += 1
            }
            return (end, count)
        }
    }

    /// Puts what runs of digits stand for in their place, without the first few digits of each.
    private static func decoding(_ digits: Digits, from offset: Int) -> Undoing {
        { text in
            text.withRuns(minimum: digits.minimumRun, digits.run) {
                bytes, range, buffer throws(SecretBuffer.Overflow) in
                var (held, width, skipped) = (0, 0, 0)
                for place in range {
                    guard let value = digits.value(bytes, place) else { continue }
                    guard skipped >= offset else {
                        skipped += 1
                        continue
                    }
                    held = held << digits.bits | Int(value)
                    width += digits.bits
                    guard width >= 8 else { continue }
                    width -= 8
                    try buffer.append(UInt8(truncatingIfNeeded: held >> width))
                    held &= (1 << width) - 1
                }
            }
        }
    }

    /// Puts the bytes that runs of decimal numbers are in their place: `[103, 104]`, `{"0":103,"1":104}`, and from
    /// -128 up, as Java has bytes.
    private static let withoutDecimals: Undoing = { text in
        text.withRuns(minimum: Disclosure.minimumValueSize, { $0.decimals(from: $1) }) {
            bytes, range, buffer throws(SecretBuffer.Overflow) in
            var place = range.lowerBound
            while place < range.upperBound {
                let number = bytes.decimal(at: place)
                if let byte = number?.byte { try buffer.append(byte) }
                place = number?.end ?? place + 1
            }
        }
    }
}

extension RawSpan {
    /// The byte that is written at `offset` as `mark` and two hexadecimal digits.
    fileprivate func escaped(by mark: UInt8, at offset: Int) -> UInt8? {
        guard self[offset] == mark, offset + 2 < byteCount, let high = self[offset + 1].hexDigit,
            let low = self[offset + 2].hexDigit
        else { return nil }
        return high << 4 | low
    }

    /// The place after the line end at `offset`.
    fileprivate func lineEnd(at offset: Int) -> Int? {
        guard offset < byteCount, self[offset] == 0x0A || self[offset] == 0x0D else { return nil }
        let isPair = self[offset] == 0x0D && offset + 1 < byteCount && self[offset + 1] == 0x0A
        return offset + (isPair ? 2 : 1)
    }

    /// Whether there is `0x`, before a digit and at the beginning of a word.
    fileprivate func isHexPrefix(at offset: Int) -> Bool {
        offset >= 0 && offset + 2 < byteCount && self[offset] == UInt8(ascii: "0")
            && self[offset + 1] | 0x20 == UInt8(ascii: "x") && self[offset + 2].hexDigit != nil
            && (offset == 0 || !self[offset - 1].isLetterOrDigit)
    }

    /// Finds a run of decimal numbers with anything but letters between them.
    fileprivate func decimals(from start: Int) -> (end: Int, count: Int) {
        var (end, count) = (start, 0)
        while end < byteCount {
            if let number = decimal(at: end) {
                if number.byte != nil { count += 1 }
                end = number.end
            } else if end > start, !self[end].isLetterOrDigit {
                end += 1
            } else {
                break
            }
        }
        return (end, count)
    }

    /// The decimal number that is all of the word at `offset`. It is no byte, but may stand in a run of them, where it
    /// is the key of an object.
    fileprivate func decimal(at offset: Int) -> (byte: UInt8?, end: Int)? {
        guard offset == 0 || !self[offset - 1].isLetterOrDigit else { return nil }
        let isNegative = self[offset] == UInt8(ascii: "-")
        var (number, end) = (0, isNegative ? offset + 1 : offset)
        let start = end
        while end < byteCount, end < start + 6, self[end].isDigit {
            number = number * 10 + Int(self[end] - UInt8(ascii: "0"))
            end += 1
        }
        guard end > start, end == byteCount || !self[end].isLetterOrDigit else { return nil }
        if end + 1 < byteCount, self[end] == UInt8(ascii: "\""), self[end + 1] == UInt8(ascii: ":") {
            return (nil, end)
        }
        guard number <= (isNegative ? 128 : 255) else { return nil }
        return (UInt8(truncatingIfNeeded: isNegative ? -number : number), end)
    }
}

extension UInt8 {
    /// The value of a digit in either alphabet of Base64. `Cryptography` reads one alphabet, and strictly: here, text
    /// is searched that somebody may have encoded in any way.
    fileprivate var base64Digit: UInt8? {
        switch self {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): self - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): self - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}

extension Secret {
    fileprivate typealias Writing = (RawSpan, inout SecretBuffer) throws(SecretBuffer.Overflow) -> Void

    /// - Parameter write: writes no more than it reads, so that the buffer never overflows.
    fileprivate func rewritten(_ write: Writing) -> Secret {
        var buffer = SecretBuffer(limit: byteCount, capacity: byteCount)
        withBytes { bytes in try? write(bytes, &buffer) }
        return buffer.finish()
    }

    /// As `rewritten`, by what changes nothing or shortens; nil if it changed nothing.
    fileprivate func shortened(_ write: Writing) -> Secret? {
        let text = rewritten(write)
        return text.byteCount < byteCount ? text : nil
    }

    fileprivate func filtered(_ isKept: (UInt8) -> Bool) -> Secret {
        rewritten { bytes, buffer throws(SecretBuffer.Overflow) in
            for offset in 0..<bytes.byteCount where isKept(bytes[offset]) { try buffer.append(bytes[offset]) }
        }
    }

    /// The text with each run rewritten; nil if there is none.
    ///
    /// - Parameters:
    ///   - minimum: a run of fewer stays as it is, whole, so that it is not tried again from its second.
    ///   - run: finds the run, if there is one, that starts at a place.
    fileprivate func withRuns(
        minimum: Int, _ run: (RawSpan, Int) -> (end: Int, count: Int),
        _ write: (RawSpan, Range<Int>, inout SecretBuffer) throws(SecretBuffer.Overflow) -> Void
    ) -> Secret? {
        shortened { bytes, buffer throws(SecretBuffer.Overflow) in
            var start = 0
            while start < bytes.byteCount {
                let (end, count) = run(bytes, start)
                if count >= minimum {
                    try write(bytes, start..<end, &buffer)
                } else {
                    try buffer.append(bytes.extracting(start..<max(end, start + 1)))
                }
                start = max(end, start + 1)
            }
        }
    }

    func contains(_ byte: UInt8) -> Bool {
        withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe $0.contains(byte) } }
    }

    fileprivate func contains(_ first: UInt8, before second: UInt8) -> Bool {
        withBytes { bytes in
            (0..<max(bytes.byteCount - 1, 0)).contains { bytes[$0] == first && bytes[$0 + 1] == second }
        }
    }
}
