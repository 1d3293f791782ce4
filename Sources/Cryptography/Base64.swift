import COpenSSL

/// Base64 as in RFC 4648, section 4; `urlEncode` follows section 5.
package enum Base64 {
    package static func encode(_ bytes: RawSpan) -> String {
        // OpenSSL ends its text with a zero byte.
        let capacity = (bytes.byteCount + 2) / 3 * 4 + 1
        return unsafe String(unsafeUninitializedCapacity: capacity) { text in
            unsafe bytes.withUnsafeBytes { input in
                let input = unsafe input.assumingMemoryBound(to: UInt8.self)
                return unsafe Int(EVP_EncodeBlock(text.baseAddress, input.baseAddress, Int32(input.count)))
            }
        }
    }

    /// Hands the decoded bytes to `sink` once, in memory that is wiped afterwards.
    ///
    /// - Returns: false, and `sink` is not called, for anything but canonical Base64: white space, missing padding or
    ///   stray bits in the last character.
    package static func decode(_ text: RawSpan, into sink: (RawSpan) -> Void) -> Bool {
        guard let padding = padding(of: text) else { return false }
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.byteCount / 4 * 3 + 1)
        defer {
            unsafe OPENSSL_cleanse(bytes.baseAddress, bytes.count)
            unsafe bytes.deallocate()
        }
        let count = unsafe text.withUnsafeBytes { text in
            let text = unsafe text.assumingMemoryBound(to: UInt8.self)
            return unsafe Int(EVP_DecodeBlock(bytes.baseAddress, text.baseAddress, Int32(text.count)))
        }
        // OpenSSL counts padding as zero bytes.
        guard count == text.byteCount / 4 * 3 else { return false }
        unsafe sink(UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[..<(count - padding)])).bytes)
        return true
    }

    /// Encodes with `-` and `_` and without padding, as JSON Web Tokens have it.
    package static func urlEncode(_ bytes: [UInt8]) -> String {
        var text = unsafe Array(encode(bytes.span.bytes).utf8)
        while text.last == UInt8(ascii: "=") { text.removeLast() }
        for index in text.indices {
            switch text[index] {
            case UInt8(ascii: "+"): text[index] = UInt8(ascii: "-")
            case UInt8(ascii: "/"): text[index] = UInt8(ascii: "_")
            default: break
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The number of `=` that the text ends with. Nil unless the text is canonical: OpenSSL itself accepts more.
    private static func padding(of text: RawSpan) -> Int? {
        let count = text.byteCount
        guard count % 4 == 0 else { return nil }
        guard count > 0 else { return 0 }
        func byte(_ offset: Int) -> UInt8 { unsafe text.unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
        func digit(_ offset: Int) -> UInt8? { sextet(byte(offset)) }
        let padding = digit(count - 1) != nil ? 0 : digit(count - 2) != nil ? 1 : 2
        for offset in (count - padding)..<count {
            guard byte(offset) == UInt8(ascii: "=") else { return nil }
        }
        for offset in 0..<(count - padding) where digit(offset) == nil { return nil }
        guard let last = digit(count - padding - 1), last & (1 << (2 * UInt8(padding)) - 1) == 0 else { return nil }
        return padding
    }

    private static func sextet(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
