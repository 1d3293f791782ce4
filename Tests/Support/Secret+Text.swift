package import Broker

extension Secret {
    /// Makes a test's own value.
    package init(text: String) {
        self = unsafe Secret(copying: text.utf8.span.bytes)
    }

    /// The text that a test expects to find. Only values that tests made themselves go through here.
    package var shown: String {
        withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }
    }
}
