/// Looks for values in what a destination answered, in every form in which a program is likely to write back what it
/// was sent. It errs on the side of finding one.
///
/// The other way round than writing a value in all spellings, the text's spellings are undone: JSON's escapes, with `\xHH`
/// beside them, and a URL's, over and over; then hexadecimal and Base64, wherever there is a run of their digits, at every
/// offset; and in what these held, escapes once more. Line ends count for nothing, in the value and in the text: a key in
/// PEM comes back with others, or with none.
struct Disclosure {
    /// The minimum size of a value, in bytes. A shorter one is found by chance, and missed within a longer encoding.
    static let minimumValueSize = 8
    /// The maximum number of views. A text with more layers of escapes is not searched, but taken to hold a value.
    private static let maximumViews = 24
    /// The maximum number of views of a decoded text. What only looked encoded becomes noise, full of escapes.
    private static let maximumInnerViews = 8
    /// The maximum of the bytes that are looked at, to undo, compare or search, each as often as it is.
    /// A text that takes more is not searched to its end, but taken to hold a value: it would hold up unrelated requests.
    static let maximumWork = 32 << 20

    private let values: [Secret]

    /// A destination may well have taken off the white space around a value: it is looked for without.
    init(of values: some Collection<Secret>) {
        self.values = values.map { value in
            let core = value.withoutOuterSpace()
            return core.withoutLineEnds() ?? core
        }
    }

    /// Whether `text` may hold a value. Text that is not UTF-8 may: it is in an encoding that is not looked into.
    func mayBe(in text: Secret) -> Bool {
        var search = SecretSearch()
        return mayBe(in: text, &search)
    }

    func mayBe(in text: Secret, _ search: inout SecretSearch) -> Bool {
        guard values.allSatisfy({ $0.byteCount >= Self.minimumValueSize }), text.isText, !text.contains(0) else {
            return true
        }
        let (views, isAll) = Self.views(of: text, limit: Self.maximumViews, &search)
        guard isAll else { return true }
        for view in views {
            if mayHoldValue(view, &search) { return true }
            for inner in Spelling.decoded(view) {
                search.work += view.byteCount
                let inner = Self.views(of: inner, limit: Self.maximumInnerViews, &search).views
                if inner.contains(where: { mayHoldValue($0, &search) }) { return true }
            }
        }
        return false
    }

    private func mayHoldValue(_ view: Secret, _ search: inout SecretSearch) -> Bool {
        let joined = view.withoutLineEnds()
        if joined != nil { search.work += view.byteCount }
        return values.contains { search.work > Self.maximumWork || search.finds($0, in: joined ?? view) }
    }

    /// The text, and what it becomes when its escapes are undone, in every order.
    private static func views(
        of text: Secret, limit: Int, _ search: inout SecretSearch
    ) -> (views: [Secret], isAll: Bool) {
        var views = [text]
        var next = 0
        while next < views.count {
            for view in Spelling.unescaped(views[next]) {
                search.work += views[next].byteCount
                let isKnown = views.contains { known in
                    if known.byteCount == view.byteCount { search.work += view.byteCount }
                    return known.matches(view)
                }
                guard !isKnown else { continue }
                guard views.count < limit, search.work <= maximumWork else { return (views, false) }
                views.append(view)
            }
            next += 1
        }
        return (views, true)
    }
}

/// The ways to undo how a text was written, all in memory that is wiped.
private enum Spelling {
    /// The length of a run of digits below which it cannot hold a value of the minimum size.
    private static let minimumHexRun = Disclosure.minimumValueSize * 2
    private static let minimumBase64Run = (Disclosure.minimumValueSize * 8 - 4) / 6

    static func unescaped(_ text: Secret) -> [Secret] {
        var texts: [Secret] = []
        if text.contains(UInt8(ascii: "\\")) { texts.append(withoutJSON(text, hex: .nothing)) }
        if text.hasHexEscape {
            texts += [withoutJSON(text, hex: .byte), withoutJSON(text, hex: .scalar)]
        }
        if text.contains(UInt8(ascii: "%")) { texts.append(withoutURL(text, plusIsSpace: false)) }
        if text.contains(UInt8(ascii: "+")) { texts.append(withoutURL(text, plusIsSpace: true)) }
        return texts
    }

    /// The text with what its runs of digits stand for in their place, once for each digit that may be a run's first.
    static func decoded(_ text: Secret) -> [Secret] {
        (0..<2).map { decoded(text, bits: 4, offset: $0, minimumRun: minimumHexRun, digit: \.hexDigit) }
            + (0..<4).map { decoded(text, bits: 6, offset: $0, minimumRun: minimumBase64Run, digit: \.base64Digit) }
    }

    private static func decoded(
        _ text: Secret, bits: Int, offset: Int, minimumRun: Int, digit: (UInt8) -> UInt8?
    ) -> Secret {
        text.rewritten { bytes, buffer throws(SecretBuffer.Overflow) in
            var index = 0
            while index < bytes.byteCount {
                let (end, count) = run(bytes, from: index, digit: digit)
                guard count >= minimumRun else {
                    // Copies the whole run, so that it is not tried again from its second digit.
                    for plain in index..<max(end, index + 1) { try buffer.append(bytes[plain]) }
                    index = max(end, index + 1)
                    continue
                }
                var (held, width, skipped) = (0, 0, 0)
                for place in index..<end {
                    guard let value = digit(bytes[place]) else { continue }
                    guard skipped >= offset else {
                        skipped += 1
                        continue
                    }
                    held = held << bits | Int(value)
                    width += bits
                    guard width >= 8 else { continue }
                    width -= 8
                    try buffer.append(UInt8(truncatingIfNeeded: held >> width))
                    held &= (1 << width) - 1
                }
                index = end
            }
        }
    }

    /// Finds a run of digits, which line ends within it do not end.
    private static func run(_ bytes: RawSpan, from start: Int, digit: (UInt8) -> UInt8?) -> (end: Int, digits: Int) {
        var (end, digits) = (start, 0)
        while end < bytes.byteCount {
            if digit(bytes[end]) != nil {
                digits += 1
            } else if digits == 0 || (bytes[end] != 0x0A && bytes[end] != 0x0D) {
                break
            }
            end += 1
        }
        return (end, digits)
    }

    private static func withoutJSON(_ text: Secret, hex: JSONText.HexEscape) -> Secret {
        text.rewritten { bytes, buffer throws(SecretBuffer.Overflow) in
            try JSONText.unescape(bytes, hex: hex) { byte throws(SecretBuffer.Overflow) in try buffer.append(byte) }
        }
    }

    private static func withoutURL(_ text: Secret, plusIsSpace: Bool) -> Secret {
        text.rewritten { bytes, buffer throws(SecretBuffer.Overflow) in
            var offset = 0
            while offset < bytes.byteCount {
                let byte = bytes[offset]
                offset += 1
                if byte == UInt8(ascii: "%"), offset + 1 < bytes.byteCount, let high = bytes[offset].hexDigit,
                    let low = bytes[offset + 1].hexDigit
                {
                    try buffer.append(high << 4 | low)
                    offset += 2
                } else {
                    try buffer.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                }
            }
        }
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
    fileprivate func withoutOuterSpace() -> Secret {
        withBytes { bytes in
            var (start, end) = (0, bytes.byteCount)
            while start < end, bytes[start] <= 0x20 { start += 1 }
            while start < end, bytes[end - 1] <= 0x20 { end -= 1 }
            return Secret(copying: bytes.extracting(start..<end))
        }
    }

    /// Nil: it has none.
    fileprivate func withoutLineEnds() -> Secret? {
        guard contains(0x0A) || contains(0x0D) else { return nil }
        return rewritten { bytes, buffer throws(SecretBuffer.Overflow) in
            for offset in 0..<bytes.byteCount where bytes[offset] != 0x0A && bytes[offset] != 0x0D {
                try buffer.append(bytes[offset])
            }
        }
    }

    /// - Parameter write: writes no more than it reads, so that the buffer never overflows.
    fileprivate func rewritten(
        _ write: (RawSpan, inout SecretBuffer) throws(SecretBuffer.Overflow) -> Void
    ) -> Secret {
        var buffer = SecretBuffer(limit: byteCount, capacity: byteCount)
        withBytes { bytes in try? write(bytes, &buffer) }
        return buffer.finish()
    }

    fileprivate func contains(_ byte: UInt8) -> Bool {
        withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe $0.contains(byte) } }
    }

    fileprivate var hasHexEscape: Bool {
        withBytes { bytes in
            (0..<max(bytes.byteCount - 1, 0)).contains {
                bytes[$0] == UInt8(ascii: "\\") && bytes[$0 + 1] == UInt8(ascii: "x")
            }
        }
    }
}
