/// Text with `${NAME}` in it, parsed once. `$${` stands for the text `${`; any other `${` must begin a placeholder.
/// There are no functions, no defaults and no nesting, and what replaces a placeholder is never parsed.
package struct Template: Sendable, Hashable {
    enum Piece: Sendable, Hashable {
        /// A part of the bytes that were parsed.
        case text(Range<Int>)
        case placeholder(String)
    }

    private let bytes: [UInt8]
    private let pieces: [Piece]

    /// - Throws: `invalidRequest` for a `${` that begins no placeholder.
    package init(_ text: some Collection<UInt8>) throws(BrokerError) {
        let bytes = Array(text)
        var parser = Parser(bytes, in: bytes.indices)
        var pieces: [Piece] = []
        while let piece = try parser.next() { pieces.append(piece) }
        self.bytes = bytes
        self.pieces = pieces
    }

    /// The placeholders' names, in the order of the text.
    var placeholders: some Sequence<String> {
        pieces.lazy.compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
    }
}

extension Template {
    /// Finds the pieces of a text one by one.
    struct Parser {
        private let bytes: [UInt8]
        private var index: Int
        private let end: Int

        init(_ bytes: [UInt8], in range: Range<Int>) {
            self.bytes = bytes
            (index, end) = (range.lowerBound, range.upperBound)
        }

        /// - Throws: `invalidRequest` for a `${` that begins no placeholder.
        mutating func next() throws(BrokerError) -> Piece? {
            guard index < end else { return nil }
            if opens(at: index) { return .placeholder(try placeholder()) }
            // `$${`: the first `$` is left out, and what follows is no placeholder.
            let isEscape = escapes(at: index)
            let start = isEscape ? index + 1 : index
            index = isEscape ? index + 3 : index + 1
            while index < end, !opens(at: index), !escapes(at: index) { index += 1 }
            return .text(start..<index)
        }

        private func opens(at index: Int) -> Bool {
            index + 1 < end && bytes[index] == UInt8(ascii: "$") && bytes[index + 1] == UInt8(ascii: "{")
        }

        private func escapes(at index: Int) -> Bool {
            index < end && bytes[index] == UInt8(ascii: "$") && opens(at: index + 1)
        }

        /// Reads `${NAME}`.
        private mutating func placeholder() throws(BrokerError) -> String {
            let body = bytes[index + 2..<end].prefix(Self.maximumNameLength + 1)
            guard let close = body.firstIndex(of: UInt8(ascii: "}")) else { throw Self.malformed }
            let name = body[..<close]
            index = close + 1
            if !name.isEmpty, name.allSatisfy(\.isNameCharacter) { return String(decoding: name, as: UTF8.self) }
            let key = name.dropFirst(WandbVariable.metadataPrefix.utf8.count)
            guard name.starts(with: WandbVariable.metadataPrefix.utf8), !key.isEmpty,
                key.allSatisfy({ $0 >= 0x20 && !"${\"\\".utf8.contains($0) }),
                let text = String(validating: name, as: UTF8.self)
            else { throw Self.malformed }
            return text
        }

        /// A secret's name has at most 128 characters; a key of an artifact's metadata may have as many.
        private static let maximumNameLength = 128 + WandbVariable.metadataPrefix.utf8.count

        private static let malformed = BrokerError.invalidRequest(
            "${ must begin a placeholder: ${NAME} with letters, digits and underscores; write $${ for the text ${")
    }
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
            case .placeholder(let name): try escape(replacement(name), of: name, into: &buffer)
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

        /// - Parameter replacement: what replaces the placeholder `name`; nil is an error.
        func callAsFunction(
            _ replacement: Replacement?, of name: String, into buffer: inout SecretBuffer
        ) throws(BrokerError) {
            switch replacement {
            case .secret(let secret):
                try secret.withBytes { bytes throws(BrokerError) in try self(bytes, of: name, into: &buffer) }
            case .variable(let text): try unsafe self(text.utf8.span.bytes, into: &buffer)
            case nil: throw .unknownVariable([name])
            }
        }

        /// - Parameter secret: the name of the secret whose value the bytes are, if they are one.
        func callAsFunction(
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
