/// Writes a compact object straight, member by member, where building it first would cost several times as much: for
/// what every resolve writes. Not for values, which must not become a `String`.
package struct JSONLine {
    private var members = "{"

    package init() {
        members.reserveCapacity(512)
    }

    /// - Parameter key: plain ASCII without anything to escape, and not set before.
    package mutating func set(_ key: String, _ value: String) {
        begin(key)
        quote(value)
    }

    package mutating func set(_ key: String, _ value: Int64) {
        begin(key)
        members += String(value)
    }

    package mutating func set(_ key: String, _ objects: [JSONLine]) {
        begin(key)
        members += "["
        for (index, object) in objects.enumerated() {
            if index > 0 { members += "," }
            members += object.text
        }
        members += "]"
    }

    package var text: String { members + "}" }

    private mutating func begin(_ key: String) {
        if members.utf8.count > 1 { members += "," }
        members += "\""
        members += key
        members += "\":"
    }

    private mutating func quote(_ value: String) {
        members += "\""
        if value.utf8.contains(where: Self.mustBeEscaped) {
            for scalar in value.unicodeScalars { members += Self.escaped(scalar) }
        } else {
            members += value
        }
        members += "\""
    }

    private static func mustBeEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"": return "\\\""
        case "\\": return "\\\\"
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\u{8}": return "\\b"
        case "\u{C}": return "\\f"
        case "\0"..<" ":
            let digits = String(scalar.value, radix: 16, uppercase: true)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: return String(scalar)
        }
    }
}
