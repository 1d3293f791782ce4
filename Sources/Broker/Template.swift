/// Text with `${NAME}` in it, parsed once. `$${` stands for the text `${`; any other `${` must begin a placeholder.
/// Parsing has no functions, no defaults and no nesting, and what is put in a placeholder's place is never parsed.
package struct Template: Sendable, Hashable {
    enum Piece: Sendable, Hashable {
        case text([UInt8])
        case placeholder(String)
    }

    let pieces: [Piece]

    /// - Throws: `invalidRequest` for a `${` that begins no placeholder.
    package init(_ text: some Collection<UInt8>) throws(BrokerError) {
        pieces = try Self.parse(Array(text))
    }

    /// The placeholders' names.
    var names: Set<String> {
        var names: Set<String> = []
        for case .placeholder(let name) in pieces { names.insert(name) }
        return names
    }

    private static func parse(_ text: [UInt8]) throws(BrokerError) -> [Piece] {
        var pieces: [Piece] = []
        // A text, a placeholder and a text: most have no more.
        pieces.reserveCapacity(3)
        var plain: [UInt8] = []
        var rest = text[...]
        while let dollar = rest.firstIndex(of: UInt8(ascii: "$")) {
            plain += rest[..<dollar]
            rest = rest[dollar...]
            if rest.starts(with: "$${".utf8) {
                plain += "${".utf8
                rest = rest.dropFirst(3)
            } else if rest.starts(with: "${".utf8) {
                let (name, length) = try placeholder(rest)
                if !plain.isEmpty { pieces.append(.text(plain)) }
                plain = []
                pieces.append(.placeholder(name))
                rest = rest.dropFirst(length)
            } else {
                plain.append(UInt8(ascii: "$"))
                rest = rest.dropFirst()
            }
        }
        plain += rest
        if !plain.isEmpty { pieces.append(.text(plain)) }
        return pieces
    }

    /// Reads `${NAME}` at the start of `text`.
    private static func placeholder(_ text: ArraySlice<UInt8>) throws(BrokerError) -> (name: String, length: Int) {
        let body = text.dropFirst(2).prefix(maximumNameLength + 1)
        guard let close = body.firstIndex(of: UInt8(ascii: "}")) else { throw malformed }
        let name = body[..<close]
        let metadataKey = name.dropFirst(WandbVariable.metadataPrefix.utf8.count)
        let isMetadata = name.starts(with: WandbVariable.metadataPrefix.utf8) && !metadataKey.isEmpty
        let isName =
            isMetadata
            ? metadataKey.allSatisfy { $0 >= 0x20 && !"${\"\\".utf8.contains($0) }
            : !name.isEmpty && name.allSatisfy(\.isNameCharacter)
        guard isName, let text = String(validating: name, as: UTF8.self) else { throw malformed }
        return (text, name.count + 3)
    }

    /// A secret's name has at most 128 characters, a key of an artifact's metadata is given as much.
    private static let maximumNameLength = 128 + WandbVariable.metadataPrefix.utf8.count

    private static let malformed = BrokerError.invalidRequest(
        "${ must begin a placeholder: ${NAME} with letters, digits and underscores; write $${ for the text ${")
}

/// What stands in a placeholder's place.
package enum Replacement: Sendable {
    case secret(Secret)
    case variable(String)
}

extension Template {
    /// Appends the text, with each placeholder replaced once by the bytes it stands for.
    /// - Parameter escape: how bytes become part of the place they are put in.
    func render(
        _ values: [String: Replacement], into buffer: inout SecretBuffer, escape: Escape
    ) throws(BrokerError) {
        for piece in pieces {
            switch piece {
            case .text(let bytes): try escape(unsafe bytes.span.bytes, into: &buffer)
            case .placeholder(let name):
                switch values[name] {
                case .secret(let secret):
                    try secret.withBytes { bytes throws(BrokerError) in try escape(bytes, into: &buffer) }
                case .variable(let text): try unsafe escape(text.utf8.span.bytes, into: &buffer)
                case nil: throw .unknownVariable([name])
                }
            }
        }
    }

    /// The escaping of the place that text is put in.
    enum Escape {
        /// None: the text is the whole answer.
        case plain
        /// The content of a JSON string.
        case json
        /// The content of a JSON string that is a header's value: no CR, LF or NUL.
        case header
        /// A header's value itself, without escaping: no CR, LF or NUL.
        case headerLine

        fileprivate func callAsFunction(_ bytes: RawSpan, into buffer: inout SecretBuffer) throws(BrokerError) {
            if self == .header || self == .headerLine, Self.breaksHeader(bytes) { throw .headerInjection }
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
