import Support
import Testing

@testable import WireJSON

@Suite("The check that builds nothing")
struct JSONSyntaxTests {
    private func isCertain(_ text: String) -> Bool { unsafe JSONSyntax.isCertain(text.utf8.span.bytes) }

    @Test(
        "is certain of what requests usually are",
        arguments: [
            "{}", "[]", " { } ", "null", "true", "\"\"", "0", "-1.50", "[[],{}]",
            #"{"payload": {"a": "${A}", "b": [1, 2.5, true, false, null, "x\n\"\\\/y"]}, "é": "漢🙂"}"#,
            "{\"a\":\t[\r\n 1 , {\"a\":{\"a\":0}} ] }",
        ])
    func usual(_ text: String) {
        #expect(isCertain(text))
        #expect(fault(of: Array(text.utf8)) == nil)
    }

    @Test(
        "leaves to the parser what it cannot tell",
        arguments: [
            #"{"a\n": 1}"#, #"["\u0041"]"#, #"["\ud83d\ude42"]"#, "1e3", "1234567890123456789",
            "{\((0...16).map { "\"k\($0)\":0" }.joined(separator: ","))}",
        ])
    func uncertain(_ text: String) {
        #expect(!isCertain(text))
        #expect(fault(of: Array(text.utf8)) == nil)
    }

    @Test(
        "is never certain of what is no JSON",
        arguments: [
            "", " ", "{", "}", "[", "]", "{]", "[}", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
            "{,}", "{a:1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{1:1}", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":1}}",
            "[1]]", "1 1", "01", "-", "-a", "1.", ".5", "+1", "tru", "truex", "nul", "falsey", "\"", "\"a", "\"\\",
            "\"\\x\"", "\"\\u12\"", "\"\n\"", "\"\u{0}\"", "\u{0}", "[1\u{0}]", "\u{FEFF}{}", "{\"a\":1}\u{a0}",
            "/**/1",
        ])
    func broken(_ text: String) {
        #expect(!isCertain(text))
        #expect(fault(of: Array(text.utf8)) != nil)
    }

    @Test("takes equal keys in different objects, and nesting of 64")
    func bounds() {
        #expect(isCertain(#"[{"a":1},{"a":1},{"b":{"a":1},"a":[{"a":2}]}]"#))
        #expect(isCertain(String(repeating: "[", count: 64) + String(repeating: "]", count: 64)))
        #expect(!isCertain(String(repeating: "[", count: 65) + String(repeating: "]", count: 65)))
    }

    @Test("is never certain of bytes that are no UTF-8")
    func notText() {
        for bytes: [UInt8] in [[0x80], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] {
            let text = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
            #expect(unsafe !JSONSyntax.isCertain(text.span.bytes))
        }
    }
}
