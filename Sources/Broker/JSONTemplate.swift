/// A JSON value whose string leaves are templates. Only the leaves that hold `${` are rewritten; every other byte comes
/// out as it went in: numbers keep their digits, keys their order, white space its place.
package struct JSONTemplate: Sendable {
    private enum Piece: Sendable {
        /// A part of the JSON text, as it is.
        case json(Range<Int>)
        /// What a part of a string with escapes stands for.
        case text(ArraySlice<UInt8>)
        case placeholder(String)
    }

    package enum Place: Sendable {
        case payload
        /// The values here are headers': none may hold CR, LF or NUL, rewritten or not.
        case headers
    }

    private let bytes: [UInt8]
    private let place: Place
    private var pieces: [Piece] = []

    /// - Parameter range: where the value is in `bytes`, a JSON text that a strict parser has accepted.
    /// - Throws: `invalidRequest` for a malformed placeholder and for `${` in a key; `headerInjection`.
    package init(_ bytes: [UInt8], in range: Range<Int>, as place: Place) throws(BrokerError) {
        self.bytes = bytes
        self.place = place
        // Most templates have no more than three placeholders.
        pieces.reserveCapacity(7)
        var end = range.lowerBound
        var strings = JSONStrings(bytes, in: range)
        while let item = strings.next() {
            // Most strings have no escape, and are read where they are.
            let unescaped = item.hasEscape ? JSONText.unescaped(bytes[item.content]) : nil
            // Without an escape there is no line break.
            if place == .headers, let unescaped, unsafe Template.Escape.breaksHeader(unescaped.span.bytes) {
                throw .headerInjection(nil)
            }
            guard unescaped.map(Self.hasOpening) ?? item.hasOpening else { continue }
            guard !item.isKey else {
                throw .invalidRequest("a key holds ${: values go into string values, never into keys")
            }
            add(end..<item.content.lowerBound)
            var parser = Template.Parser(unescaped ?? bytes, in: unescaped?.indices ?? item.content)
            while let piece = try parser.next() {
                switch piece {
                case .text(let part): if let unescaped { pieces.append(.text(unescaped[part])) } else { add(part) }
                case .placeholder(let name): pieces.append(.placeholder(name))
                }
            }
            end = item.content.upperBound
        }
        add(end..<range.upperBound)
    }

    /// Adds a part of the JSON text, to the part before it where they meet.
    private mutating func add(_ part: Range<Int>) {
        if case .json(let last)? = pieces.last, last.upperBound == part.lowerBound {
            pieces[pieces.count - 1] = .json(last.lowerBound..<part.upperBound)
        } else {
            pieces.append(.json(part))
        }
    }

    /// The placeholders' names, in the order of the text.
    var placeholders: some Sequence<String> {
        pieces.lazy.compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
    }

    func render(
        into buffer: inout SecretBuffer, _ replacement: (String) -> Replacement?
    ) throws(BrokerError) {
        let escape: Template.Escape = place == .headers ? .header : .json
        for piece in pieces {
            switch piece {
            // It is JSON already: nothing in it is escaped once more.
            case .json(let part): try Template.Escape.plain(unsafe bytes.span.extracting(part).bytes, into: &buffer)
            case .text(let text): try escape(unsafe text.span.bytes, into: &buffer)
            case .placeholder(let name): try escape(replacement(name), of: name, into: &buffer)
            }
        }
    }

    private static func hasOpening(_ text: [UInt8]) -> Bool {
        zip(text, text.dropFirst()).contains { $0 == (UInt8(ascii: "$"), UInt8(ascii: "{")) }
    }
}
