package import Broker
import Cryptography

/// A broker token as its holder has it: `sbt_` and 256 random bits. The catalog keeps only its hash.
package enum TokenText {
    static let prefix = Token.prefix

    static func generate() -> (text: Secret, hash: TokenHash) {
        let text = prefix + Base64.urlEncode(SecureRandom().bytes(32))
        let bytes = unsafe text.utf8.span.bytes
        return (Secret(copying: bytes), TokenHash(SHA256.hash(bytes)))
    }

    /// Makes a new token as requested.
    ///
    /// - Parameter minter: the id of the token that makes it; nil: the operator's shell.
    package static func mint(
        _ request: TokenRequest, by minter: String?, at now: Timestamp
    ) -> (token: Token, text: Secret, hash: TokenHash) {
        let (text, hash) = generate()
        let token = Token(
            id: generateID(), name: request.name.text, grant: request.grant, created: now, expires: request.expires,
            mintedBy: minter)
        return (token, text, hash)
    }

    /// A new token's public id.
    static func generateID() -> String {
        "tok_" + Hex.encode(SecureRandom().bytes(8))
    }

    /// The number of digits of the 256 bits after the prefix, in Base64's alphabet for URLs.
    private static let digits = 43

    /// The hashes of what in `text` has the form of a token, wherever it stands: within a longer word too, and where
    /// two overlap. Looks at each byte once, from the end, and no further than the last hash that is wanted.
    static func hashes(in text: [UInt8], atMost limit: Int) -> [TokenHash] {
        let (start, length) = (Array(prefix.utf8), prefix.utf8.count + digits)
        var hashes: [TokenHash] = []
        var run = 0
        for index in text.indices.reversed() {
            guard hashes.count < limit else { break }
            run = text[index].isTokenDigit ? run + 1 : 0
            guard run >= length, text[index] == start[0] else { continue }
            let candidate = text[index..<index + length]
            guard candidate.starts(with: start) else { continue }
            hashes.append(unsafe candidate.withUnsafeBytes { unsafe TokenHash(SHA256.hash($0.bytes)) })
        }
        return hashes
    }

    /// The hash of what a request presents; nil if it does not look like a token.
    static func hash(of text: Substring) -> TokenHash? {
        unsafe hash(of: text.utf8.span.bytes)
    }

    static func hash(of text: RawSpan) -> TokenHash? {
        let start = unsafe prefix.utf8.span.bytes
        guard start.byteCount <= text.byteCount, text.byteCount <= 128,
            ConstantTime.equal(text.extracting(first: start.byteCount), start)
        else { return nil }
        return TokenHash(SHA256.hash(text))
    }

    /// Whether the text has the form of a token, which must not be shown.
    package static func isOne(_ text: String) -> Bool { text.hasPrefix(prefix) }

    /// The hash of what somebody typed or pasted; white space around it does not count.
    package static func hash(typed text: Secret) -> TokenHash? {
        text.withBytes { bytes in
            var (start, end) = (0, bytes.byteCount)
            while start < end, bytes.byte(at: start) <= 0x20 { start += 1 }
            while start < end, bytes.byte(at: end - 1) <= 0x20 { end -= 1 }
            return hash(of: bytes.extracting(start..<end))
        }
    }
}

extension UInt8 {
    /// Whether the byte may be in a token's text. All of its prefix may.
    fileprivate var isTokenDigit: Bool { isLetterOrDigit || self == UInt8(ascii: "-") || self == UInt8(ascii: "_") }
}
