import Cryptography
import Foundation
import Support
import Testing

@Suite struct Base64Tests {
    /// RFC 4648, section 10.
    static let vectors = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test("agrees with RFC 4648 both ways", arguments: vectors)
    func vector(plain: String, encoded: String) {
        #expect(Base64.encode(unsafe plain.utf8.span.bytes) == encoded)
        #expect(decoded(encoded) == Array(plain.utf8))
    }

    @Test(
        "refuses what is not canonical, and calls nobody",
        arguments: [
            "Z", "Zg", "Zg=", "Zg===", "=", "====", "Zm9v=", "Zh==", "Zm9=", "Zm 9", "Zm9v\n", " Zm9v", "Zm9v\0\0\0\0",
            "Zm-_", "Z===", "Zg==Zg==", "=m9v", "Zm9v\u{e9}\u{e9}",
        ])
    func refused(text: String) {
        #expect(decoded(text) == nil)
    }

    @Test("random bytes are encoded as Foundation does, and come back")
    func roundTrip() {
        var random = SeededRandom(seed: 4648)
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let text = Base64.encode(unsafe bytes.span.bytes)
            #expect(text == Data(bytes).base64EncodedString())
            #expect(decoded(text) == bytes)
        }
    }

    @Test("random text is decoded only if encoding gives it back")
    func canonical() {
        var random = SeededRandom(seed: 1)
        let alphabet = Array("AQgw/+9z==-".utf8)
        var accepted = 0
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...9, using: &random)
            let text = String(
                decoding: (0..<length).map { _ in alphabet.randomElement(using: &random) ?? 0 }, as: UTF8.self)
            let canonical = Data(base64Encoded: text).flatMap { $0.base64EncodedString() == text ? [UInt8]($0) : nil }
            #expect(decoded(text) == canonical, "\(text)")
            accepted += canonical == nil ? 0 : 1
        }
        #expect(accepted > 100)
    }

    @Test("the URL's alphabet has no padding")
    func url() {
        #expect(Base64.urlEncode([0xfb, 0xff, 0xfe, 0xff]) == "-__-_w")
        #expect(Base64.urlEncode([]).isEmpty)
    }

    private func decoded(_ text: String) -> [UInt8]? {
        var bytes: [UInt8]?
        let isDecoded = Base64.decode(unsafe text.utf8.span.bytes) { span in
            bytes = unsafe span.withUnsafeBytes { unsafe Array($0) }
        }
        #expect(isDecoded == (bytes != nil))
        return bytes
    }
}
