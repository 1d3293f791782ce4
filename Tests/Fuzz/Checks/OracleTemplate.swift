/// What becomes of a text with `${NAME}` in it, told by where each `${` stands and without the broker's parser.
enum OracleTemplate {
    enum Part: Equatable {
        case text([UInt8])
        case name(String)
    }

    /// Nil for a text that must be refused.
    static func parts(of text: [UInt8]) -> [Part]? {
        var parts: [Part] = []
        var copied = 0
        for start in text.indices.dropLast() where text[start...].starts(with: "${".utf8) {
            if start > 0, text[start - 1] == UInt8(ascii: "$") {
                parts.append(.text(Array(text[copied..<start - 1]) + Array("${".utf8)))
                copied = start + 2
            } else {
                guard let end = text[start...].firstIndex(of: UInt8(ascii: "}")), let name = name(text[start + 2..<end])
                else { return nil }
                parts += [.text(Array(text[copied..<start])), .name(name)]
                copied = end + 1
            }
        }
        return parts + [.text(Array(text[copied...]))]
    }

    static func rendered(_ parts: [Part], _ values: [String: [UInt8]]) -> [UInt8] {
        parts.flatMap { part in
            switch part {
            case .text(let bytes): bytes
            case .name(let name): values[name] ?? []
            }
        }
    }

    static func names(_ parts: [Part]) -> Set<String> {
        Set(parts.compactMap { if case .name(let name) = $0 { name } else { nil } })
    }

    private static func name(_ bytes: ArraySlice<UInt8>) -> String? {
        let prefix = "artifact_metadata."
        guard bytes.count <= 128 + prefix.utf8.count, let name = String(validating: bytes, as: UTF8.self) else {
            return nil
        }
        let isPlain = !name.isEmpty && name.unicodeScalars.allSatisfy { $0.isASCII && $0.isLetterDigitOrUnderscore }
        let isMetadata =
            bytes.count > prefix.utf8.count && bytes.starts(with: prefix.utf8)
            && !name.unicodeScalars.contains { $0.value < 0x20 || "${\"\\".unicodeScalars.contains($0) }
        return isPlain || isMetadata ? name : nil
    }
}

extension Unicode.Scalar {
    fileprivate var isLetterDigitOrUnderscore: Bool {
        ("a"..."z").contains(self) || ("A"..."Z").contains(self) || ("0"..."9").contains(self) || self == "_"
    }
}
