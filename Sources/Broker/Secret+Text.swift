extension Secret {
    /// Copies text, which was in memory that is not wiped: a message without a value, or what came in a variable.
    package init(_ text: String) {
        unsafe self.init(copying: text.utf8.span.bytes)
    }

    /// The bytes as text, of which nothing is wiped: for what turned out to be no secret. What is no UTF-8 becomes U+FFFD.
    package var unwipedText: String {
        withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }
    }

    /// Whether the text may be in a header, without a space.
    package var isPrintableASCII: Bool {
        withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe $0.allSatisfy(\.isVisible) } }
    }
}
