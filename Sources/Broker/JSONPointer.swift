/// The way to a string leaf of a JSON text (RFC 6901), through objects only. It never goes through an array: whoever
/// controls some text of a payload could shift an index.
package struct JSONPointer: Hashable, Comparable, Sendable, CustomStringConvertible {
    package static let maximumLength = 1024
    private static let maximumDepth = 64

    package let text: String
    package let keys: [String]

    /// Nil if the text is not a pointer, points to the whole text, or is too long or too deep.
    package init?(_ text: String) {
        // By bytes: a slash before a combining mark is still a slash, though not a character of its own. A zero byte is
        // refused since a database may not take one.
        guard text.utf8.first == UInt8(ascii: "/"), text.utf8.count <= Self.maximumLength, !text.utf8.contains(0)
        else { return nil }
        var keys: [String] = []
        for token in text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let key = Self.unescaped(token) else { return nil }
            keys.append(key)
        }
        guard keys.count <= Self.maximumDepth else { return nil }
        self.text = text
        self.keys = keys
    }

    /// Nil if there are no keys, or if the pointer would be too long or too deep.
    init?(keys: [String]) {
        var text: [UInt8] = []
        for key in keys {
            text.append(UInt8(ascii: "/"))
            for byte in key.utf8 {
                switch byte {
                case UInt8(ascii: "~"): text += "~0".utf8
                case UInt8(ascii: "/"): text += "~1".utf8
                default: text.append(byte)
                }
            }
        }
        self.init(String(decoding: text, as: UTF8.self))
    }

    /// `~1` is a slash, `~0` a tilde; any other tilde is a fault.
    private static func unescaped(_ token: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var rest = token
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "~") else {
                bytes.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "0"): bytes.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1"): bytes.append(UInt8(ascii: "/"))
            default: return nil
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    package var description: String { text }
    package static func < (left: JSONPointer, right: JSONPointer) -> Bool { left.text < right.text }
}
