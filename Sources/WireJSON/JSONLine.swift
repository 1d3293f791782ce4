/// Writes a compact object directly, member by member, for what every resolve writes: building the object first would
/// cost several times as much. Not for values, which must not become a `String`.
package struct JSONLine {
    private var bytes: [UInt8] = []

    package init() {
        bytes.reserveCapacity(512)
        bytes.append(UInt8(ascii: "{"))
    }

    /// - Parameter key: plain ASCII without anything to escape, and not set before.
    package mutating func set(_ key: StaticString, _ value: String) {
        begin(key)
        quote(value)
    }

    package mutating func set(_ key: StaticString, _ value: Int64) {
        begin(key)
        bytes += String(value).utf8
    }

    /// Sets an array of `count` objects, whose members `write` sets. Not generic, since generic code costs several
    /// times as much when called from another module.
    package mutating func set(
        _ key: StaticString, count: Int, _ write: (_ object: inout JSONLine, _ index: Int) -> Void
    ) {
        begin(key)
        bytes.append(UInt8(ascii: "["))
        for index in 0..<count {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "{"))
            write(&self, index)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// The object, as UTF-8. Nothing may be set after it.
    package mutating func finish() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private mutating func begin(_ key: StaticString) {
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        key.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func quote(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        let text = value.utf8.span
        if text.indices.contains(where: { Self.mustBeEscaped(text[$0]) }) {
            for index in text.indices {
                let byte = text[index]
                if Self.mustBeEscaped(byte) { bytes += Self.escaped(byte).utf8 } else { bytes.append(byte) }
            }
        } else {
            unsafe text.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func mustBeEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// Writes capital digits, as jansson does: the hash of an audit record covers them. What is rendered into a template
    /// has small ones (`JSONText`).
    private static func escaped(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "\""): "\\\""
        case UInt8(ascii: "\\"): "\\\\"
        case UInt8(ascii: "\n"): "\\n"
        case UInt8(ascii: "\r"): "\\r"
        case UInt8(ascii: "\t"): "\\t"
        case 0x08: "\\b"
        case 0x0C: "\\f"
        default: "\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
    }
}
