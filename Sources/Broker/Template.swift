/// Text with `${NAME}` in it, parsed once. `$${` stands for the text `${`; any other `${` must begin a placeholder.
/// There are no functions, no defaults and no nesting, and what replaces a placeholder is never parsed.
package struct Template: Sendable, Hashable {
    enum Piece: Sendable, Hashable {
        /// A part of the template's bytes.
        case text(Range<Int>)
        case placeholder(String)
    }

    private let bytes: [UInt8]
    let pieces: [Piece]

    /// - Throws: `invalidRequest` for a `${` that begins no placeholder.
    package init(_ text: some Collection<UInt8>) throws(BrokerError) {
        let bytes = Array(text)
        try self.init(bytes, in: bytes.indices)
    }

    /// Parses a part of `bytes`, whose memory it shares, as `init(_:)` does.
    init(_ bytes: [UInt8], in range: Range<Int>) throws(BrokerError) {
        self.bytes = bytes
        pieces = try Self.parse(bytes, in: range)
    }

    /// The placeholders' names, in the order of the text.
    var placeholders: [String] {
        pieces.compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
    }

    private static func parse(_ bytes: [UInt8], in range: Range<Int>) throws(BrokerError) -> [Piece] {
        var pieces: [Piece] = []
        // Most templates are no more than a text, a placeholder and a text.
        pieces.reserveCapacity(3)
        var (plain, index) = (range.lowerBound, range.lowerBound)
        func endPlain(at end: Int) { if plain < end { pieces.append(.text(plain..<end)) } }
        while index < range.upperBound {
            guard bytes[index] == UInt8(ascii: "$") else {
                index += 1
                continue
            }
            if opens(bytes, at: index + 1, before: range.upperBound) {
                // `$${`: the first `$` is left out.
                endPlain(at: index)
                plain = index + 1
                index += 3
            } else if opens(bytes, at: index, before: range.upperBound) {
                endPlain(at: index)
                let (name, end) = try placeholder(bytes, in: index + 2..<range.upperBound)
                pieces.append(.placeholder(name))
                (plain, index) = (end, end)
            } else {
                index += 1
            }
        }
        endPlain(at: range.upperBound)
        return pieces
    }

    private static func opens(_ bytes: [UInt8], at index: Int, before end: Int) -> Bool {
        index + 1 < end && bytes[index] == UInt8(ascii: "$") && bytes[index + 1] == UInt8(ascii: "{")
    }

    /// Reads `NAME}` at the start of `range`.
    ///
    /// - Returns: the name, and the index after the `}`.
    private static func placeholder(
        _ bytes: [UInt8], in range: Range<Int>
    ) throws(BrokerError) -> (name: String, end: Int) {
        let body = bytes[range].prefix(maximumNameLength + 1)
        guard let close = body.firstIndex(of: UInt8(ascii: "}")) else { throw malformed }
        let name = body[..<close]
        if !name.isEmpty, name.allSatisfy(\.isNameCharacter) {
            return (String(decoding: name, as: UTF8.self), close + 1)
        }
        let key = name.dropFirst(WandbVariable.metadataPrefix.utf8.count)
        guard name.starts(with: WandbVariable.metadataPrefix.utf8), !key.isEmpty,
            key.allSatisfy({ $0 >= 0x20 && !"${\"\\".utf8.contains($0) }),
            let text = String(validating: name, as: UTF8.self)
        else { throw malformed }
        return (text, close + 1)
    }

    /// A secret's name has at most 128 characters; a key of an artifact's metadata may have as many.
    private static let maximumNameLength = 128 + WandbVariable.metadataPrefix.utf8.count

    private static let malformed = BrokerError.invalidRequest(
        "${ must begin a placeholder: ${NAME} with letters, digits and underscores; write $${ for the text ${")
}

/// What replaces a placeholder.
package enum Replacement: Sendable {
    case secret(Secret)
    case variable(String)
}

extension Template {
    /// Appends the text, with each placeholder replaced once by the bytes it stands for.
    ///
    /// - Parameters:
    ///   - replacement: gives what replaces a name; nil is an error.
    ///   - escape: how bytes become part of the place they are put in.
    func render(
        into buffer: inout SecretBuffer, escape: Escape, _ replacement: (String) -> Replacement?
    ) throws(BrokerError) {
        for piece in pieces {
            switch piece {
            case .text(let part): try escape(unsafe bytes.span.extracting(part).bytes, into: &buffer)
            case .placeholder(let name):
                switch replacement(name) {
                case .secret(let secret):
                    try secret.withBytes { bytes throws(BrokerError) in try escape(bytes, of: name, into: &buffer) }
                case .variable(let text): try unsafe escape(text.utf8.span.bytes, into: &buffer)
                case nil: throw .unknownVariable([name])
                }
            }
        }
    }

    /// The escaping of the place that text is put in.
    enum Escape {
        /// No escaping: the text is the whole answer.
        case plain
        /// The content of a JSON string.
        case json
        /// The content of a JSON string that is a header's value: no CR, LF or NUL.
        case header
        /// A header's value itself, without escaping: no CR, LF or NUL.
        case headerLine

        /// - Parameter secret: the name of the secret whose value the bytes are, if they are one.
        fileprivate func callAsFunction(
            _ bytes: RawSpan, of secret: String? = nil, into buffer: inout SecretBuffer
        ) throws(BrokerError) {
            if self == .header || self == .headerLine, Self.breaksHeader(bytes) {
                throw .headerInjection(secret.flatMap(SecretName.init))
            }
            do {
                switch self {
                case .plain, .headerLine: try buffer.append(bytes)
                case .json, .header: try JSONText.appendEscaped(bytes, to: &buffer)
                }
            } catch {
                throw .outputTooLarge
            }
        }

        static func breaksHeader(_ bytes: RawSpan) -> Bool {
            unsafe bytes.withUnsafeBytes { unsafe $0.contains { $0 == 0x0D || $0 == 0x0A || $0 == 0 } }
        }
    }
}

extension BrokerError {
    static let outputTooLarge = BrokerError.invalidRequest("the rendered answer would be larger than 4 MiB")
}
