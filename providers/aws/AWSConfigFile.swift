import Broker

/// A file in AWS's configuration format: `[section]` and `key = value`. It is read as botocore's parser, which is
/// Python's, reads it: comments are whole lines, an indented line continues the value before it, and a repetition is a
/// fault. Any value may be a credential, so all are kept as secrets.
struct AWSConfigFile: Sendable {
    struct Malformed: Error, Equatable {
        let line: Int
    }

    /// The settings by the text between the brackets, then by the key in lower case.
    private(set) var sections: [String: [String: Secret]] = [:]
    private var section: String?
    private var setting: (key: String, indentation: Int, lines: [Range<Int>])?

    init(_ content: Secret) throws(Malformed) {
        // This is a fault of the text as a whole.
        guard content.isText else { throw Malformed(line: 1) }
        try content.withBytes { bytes throws(Malformed) in
            var number = 0
            var start = 0
            for end in 0...bytes.byteCount
            where end == bytes.byteCount || bytes.byte(at: end) == UInt8(ascii: "\n") {
                number += 1
                guard read(start..<end, of: bytes) else { throw Malformed(line: number) }
                start = end + 1
            }
            finishSetting(of: bytes)
        }
    }

    /// - Returns: whether the line conforms to the format.
    private mutating func read(_ line: Range<Int>, of bytes: RawSpan) -> Bool {
        let text = bytes.trimmed(line)
        guard let start = text.first else {
            setting?.lines.append(text)
            return true
        }
        let first = bytes.byte(at: start)
        if first == UInt8(ascii: "#") || first == UInt8(ascii: ";") { return true }
        let indentation = start - line.lowerBound
        if let setting, indentation > setting.indentation {
            self.setting?.lines.append(text)
            return true
        }
        finishSetting(of: bytes)
        if first == UInt8(ascii: "["),
            let end = text.last(where: { bytes.byte(at: $0) == UInt8(ascii: "]") }), end > start + 1
        {
            return begin(bytes.text(start + 1..<end))
        }
        let delimiter = text.first { "=:".utf8.contains(bytes.byte(at: $0)) }
        guard let section, let delimiter, delimiter > start else { return false }
        let key = bytes.text(bytes.trimmed(start..<delimiter)).lowercased()
        setting = (key, indentation, [bytes.trimmed(delimiter + 1..<text.upperBound)])
        return sections[section]?[key] == nil
    }

    /// Begins a section. Python's parser has all sections inherit from one called DEFAULT, which AWS does not document.
    private mutating func begin(_ name: String) -> Bool {
        section = name
        return name != "DEFAULT" && sections.updateValue([:], forKey: name) == nil
    }

    private mutating func finishSetting(of bytes: RawSpan) {
        guard let section, let (key, _, lines) = setting else { return }
        let end = (lines.lastIndex { !$0.isEmpty } ?? -1) + 1
        var value = SecretBuffer(limit: bytes.byteCount)
        for (number, line) in lines[..<end].enumerated() {
            if number > 0 { try? value.append("\n") }
            try? value.append(bytes.extracting(line))
        }
        sections[section]?[key] = value.finish()
        setting = nil
    }
}

extension RawSpan {
    fileprivate func byte(at offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }

    /// The text of a name, which is no secret.
    fileprivate func text(_ range: Range<Int>) -> String {
        unsafe extracting(range).withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The range without white space at either end.
    fileprivate func trimmed(_ range: Range<Int>) -> Range<Int> {
        guard let first = range.first(where: { !isSpace(at: $0) }), let last = range.last(where: { !isSpace(at: $0) })
        else { return range.upperBound..<range.upperBound }
        return first..<last + 1
    }

    private func isSpace(at offset: Int) -> Bool {
        let byte = byte(at: offset)
        return byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte)
    }
}
