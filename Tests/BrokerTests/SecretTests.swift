import Foundation
import Support
import Testing

@testable import Broker

@Suite("A secret")
struct SecretTests {
    private struct Holder {
        let id = 1
        let value: Secret
        let list: [Secret?]
        private let hidden: [String: Secret]

        init(_ value: Secret) {
            self.value = value
            list = [value]
            hidden = ["k": value]
        }
    }

    private let canary = "kQ8canaryX2canary"

    @Test(
        "is shown to a terminal as it is, but for what that would obey",
        arguments: [
            ("plain é ü 日本\n\tline", "plain é ü 日本\n\tline"), ("", ""),
            ("\u{1B}]52;c;aGk=\u{07}", #"\x1b]52;c;aGk=\x07"#),
            ("a\r\u{7F}b\u{9B}1m\u{A0}\u{C2}", "a\\x0d\\x7fb\\xc2\\x9b1m\u{A0}\u{C2}"),
            ("a\u{202E}b\u{2066}\u{FEFF}c🙂", #"a\xe2\x80\xaeb\xe2\x81\xa6\xef\xbb\xbfc🙂"#),
            (
                "\u{2028}\u{E0001}\u{E000}\u{7FF}\u{800}x",
                "\\xe2\\x80\\xa8\\xf3\\xa0\\x80\\x81\\xee\\x80\\x80\u{7FF}\u{800}x"
            ),
        ])
    func controls(_ text: String, shown: String) {
        #expect(Secret(text: text).withVisibleControls().shown == shown)
        let line = text.replacingOccurrences(of: "\n", with: "").replacingOccurrences(of: "\t", with: "")
        #expect(line.visible == Secret(text: line).withVisibleControls().shown)
        #expect("a\n\tb".visible == #"a\x0a\x09b"#)
    }

    @Test("that is no text is shown to a terminal byte by byte")
    func bytes() {
        let bytes: [UInt8] = [0x9B, 0x41, 0xC3]
        let secret = unsafe Secret(copying: bytes.span.bytes)
        #expect(secret.withVisibleControls().shown == #"\x9bA\xc3"#)
    }

    @Test("does not show in print, dump, reflection or interpolation, however it is held")
    func isClosed() {
        let secret = Secret(text: canary)
        let holder = Holder(secret)
        var dumped = ""
        dump(holder, to: &dumped)
        dump(secret, to: &dumped)
        let texts = [
            "\(secret)", "\(holder)", String(reflecting: secret), String(reflecting: holder), dumped,
            String(describing: [secret]), String(describing: Optional(secret)), "\(["k": secret])",
            String(describing: Mirror(reflecting: secret).children.map(\.value)),
        ]
        for text in texts { #expect(!text.contains(canary.prefix(8))) }
        #expect("\(secret)" == "<secret>")
    }

    @Test("compares by content")
    func matches() {
        #expect(Secret(text: "abc").matches(Secret(text: "abc")))
        #expect(!Secret(text: "abc").matches(Secret(text: "abd")))
        #expect(!Secret(text: "abc").matches(Secret(text: "ab")))
        #expect(Secret(text: "").matches(Secret(text: "")))
    }

    @Test("grows piece by piece up to its bound, and keeps what it had when a piece is refused")
    func buffer() throws {
        var buffer = SecretBuffer(limit: 1000, capacity: 1)
        for _ in 0..<100 { try buffer.append("0123456789") }
        #expect(throws: SecretBuffer.Overflow.self) { try buffer.append("x") }
        #expect(throws: SecretBuffer.Overflow.self) { try buffer.append(0x78) }
        let secret = buffer.finish()
        #expect(secret.shown == String(repeating: "0123456789", count: 100))
    }

    @Test(
        "knows text from other bytes",
        arguments: [([0x61, 0xC3, 0xA9], true), ([0xFF], false), ([0xED, 0xA0, 0x80], false), ([], true)]
            as [([UInt8], Bool)])
    func isText(_ bytes: [UInt8], _ expected: Bool) {
        #expect(unsafe Secret(copying: bytes.span.bytes).isText == expected)
    }

    @Test("is wiped to the last byte")
    func wipes() throws {
        let memory = SecretMemory(capacity: 64)
        let block = unsafe memory.block
        unsafe block.copyBytes(from: Array(repeating: UInt8(0x5A), count: 64))
        unsafe wipe(block)
        unsafe #expect(block.allSatisfy { $0 == 0 })
    }
}
