/// Classes of ASCII, for every target that imports this one. Inlinable, since a call into another module for each byte
/// of a text costs more than the test. `WireJSON` and `Cryptography` import nothing of ours: their loops have switches
/// of their own.
extension UInt8 {
    @inlinable package var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
    @inlinable package var isLowercaseLetter: Bool { self >= UInt8(ascii: "a") && self <= UInt8(ascii: "z") }
    @inlinable package var isUppercaseLetter: Bool { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") }
    @inlinable package var isLetterOrDigit: Bool { isLowercaseLetter || isUppercaseLetter || isDigit }

    /// Whether the byte is neither a control character nor the space.
    @inlinable package var isVisible: Bool { self > 0x20 && self < 0x7F }

    /// Whether the byte may be in a token as RFC 9110 defines it, as the names of headers are.
    package var isTokenCharacter: Bool { isLetterOrDigit || "!#$%&'*+-.^_`|~".utf8.contains(self) }

    @inlinable package var isLowercaseHexDigit: Bool {
        isDigit || (self >= UInt8(ascii: "a") && self <= UInt8(ascii: "f"))
    }

    /// The value of a hexadecimal digit.
    @inlinable package var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
