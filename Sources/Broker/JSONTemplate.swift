/// A JSON value whose string leaves are templates. Only the leaves that hold `${` are rewritten; every other byte comes
/// out as it went in: numbers keep their digits, keys their order, white space its place.
package struct JSONTemplate: Sendable {
    private struct Leaf: Sendable {
        /// The range between the quotes.
        let content: Range<Int>
        let template: Template
    }

    package enum Place: Sendable {
        case payload
        /// The values here are headers': none may hold CR, LF or NUL, rewritten or not.
        case headers
    }

    private let bytes: [UInt8]
    private let range: Range<Int>
    private let place: Place
    private let leaves: [Leaf]

    /// - Parameter range: where the value is in `bytes`, a JSON text that a strict parser has accepted.
    /// - Throws: `invalidRequest` for a malformed placeholder and for `${` in a key; `headerInjection`.
    package init(_ bytes: [UInt8], in range: Range<Int>, as place: Place) throws(BrokerError) {
        self.bytes = bytes
        self.range = range
        self.place = place
        var leaves: [Leaf] = []
        // Most templates have no more leaves.
        leaves.reserveCapacity(8)
        var strings = JSONStrings(bytes, in: range)
        while let item = strings.next() {
            // Most strings have no escape, and are read where they are.
            let isPlain = !bytes[item.content].contains(UInt8(ascii: "\\"))
            let text = isPlain ? bytes : JSONText.unescaped(bytes[item.content])
            let part = isPlain ? item.content : text.indices
            // Without an escape there is no line break.
            if place == .headers, !isPlain, unsafe Template.Escape.breaksHeader(text.span.bytes) {
                throw .headerInjection(nil)
            }
            guard Self.holdsPlaceholder(text, in: part) else { continue }
            guard !item.isKey else {
                throw .invalidRequest("a key holds ${: values go into string values, never into keys")
            }
            leaves.append(Leaf(content: item.content, template: try Template(text, in: part)))
        }
        self.leaves = leaves
    }

    /// The placeholders' names, in the order of the text.
    var placeholders: [String] {
        var names: [String] = []
        names.reserveCapacity(leaves.count)
        for leaf in leaves {
            for case .placeholder(let name) in leaf.template.pieces { names.append(name) }
        }
        return names
    }

    func render(
        into buffer: inout SecretBuffer, _ replacement: (String) -> Replacement?
    ) throws(BrokerError) {
        let escape: Template.Escape = place == .headers ? .header : .json
        var copied = range.lowerBound
        for leaf in leaves {
            try append(copied..<leaf.content.lowerBound, to: &buffer)
            try leaf.template.render(into: &buffer, escape: escape, replacement)
            copied = leaf.content.upperBound
        }
        try append(copied..<range.upperBound, to: &buffer)
    }

    private func append(_ part: Range<Int>, to buffer: inout SecretBuffer) throws(BrokerError) {
        do {
            try unsafe buffer.append(bytes.span.extracting(part).bytes)
        } catch {
            throw .outputTooLarge
        }
    }

    private static func holdsPlaceholder(_ text: [UInt8], in range: Range<Int>) -> Bool {
        for index in range.dropLast() where text[index] == UInt8(ascii: "$") && text[index + 1] == UInt8(ascii: "{") {
            return true
        }
        return false
    }
}
