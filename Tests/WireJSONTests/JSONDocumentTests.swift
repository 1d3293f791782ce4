import Testing
import WireJSON

@Suite struct JSONDocumentTests {
    @Test(
        "refuses what is not one JSON text",
        arguments: [
            "", " ", "{", "[1,]", "{\"a\":1,}", "{'a':1}", "{\"a\" 1}", "01", "+1", ".5", "1.", "1e", "-", "0x1", "NaN",
            "Infinity", "True", "nul", "\"", "\"\t\"", "\"\\x\"", "\"\\u12\"", "// no\n1", "{1:2}", "[1 2]",
        ])
    func malformed(text: String) {
        #expect(fault(of: Array(text.utf8)) == .malformed)
    }

    @Test("refuses anything after the text", arguments: ["{} {}", "1 2", "{}x", "[]]", "{}\u{feff}"])
    func trailing(text: String) {
        #expect(fault(of: Array(text.utf8)) == .malformed)
    }

    /// jansson takes one for the end of the text, or passes over it after a number.
    @Test("refuses a zero byte", arguments: ["null\0", "1\0", "[1\0]", "\0{}", "{\"a\":1.5\0}", "\"a\0\"", "\"\\\0\""])
    func zero(text: String) {
        #expect(fault(of: Array(text.utf8)) == .malformed)
    }

    @Test("refuses a byte order mark")
    func byteOrderMark() {
        #expect(fault(of: [0xef, 0xbb, 0xbf] + Array("{}".utf8)) == .malformed)
    }

    @Test(
        "refuses bytes that are not UTF-8",
        arguments: [
            [0xff], [0xc0, 0xaf], [0xc1, 0x81], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
            [0xf8, 0x88, 0x80, 0x80, 0x80], [0xe2, 0x82], [0x80],
        ] as [[UInt8]])
    func notUTF8(bytes: [UInt8]) {
        #expect(fault(of: Array("[\"".utf8) + bytes + Array("\"]".utf8)) == .malformed)
    }

    @Test(
        "refuses half of a surrogate pair",
        arguments: [#""\ud800""#, #""\udc00""#, #""\ud800x""#, #""\ud800\u0041""#, #""\ud800\ud800""#])
    func surrogates(text: String) {
        #expect(fault(of: Array(text.utf8)) == .malformed)
    }

    @Test(
        "refuses a key that stands twice, at any depth",
        arguments: [
            #"{"a":1,"a":1}"#, #"[{"b":{"a":1,"c":2,"a":3}}]"#, #"{"a":1,"\u0061":2}"#,
        ])
    func duplicate(text: String) {
        #expect(fault(of: Array(text.utf8)) == .duplicateKey)
    }

    @Test("takes 64 levels and refuses 65, of arrays and of objects")
    func depth() {
        func nested(_ levels: Int, _ open: String, _ close: String) -> [UInt8] {
            Array((String(repeating: open, count: levels) + "1" + String(repeating: close, count: levels)).utf8)
        }
        #expect(fault(of: nested(64, "[", "]")) == nil)
        #expect(fault(of: nested(65, "[", "]")) == .tooDeep)
        #expect(fault(of: nested(64, #"{"a":"#, "}")) == nil)
        #expect(fault(of: nested(65, #"{"a":"#, "}")) == .tooDeep)
        #expect(fault(of: nested(1_000_000, "[", "]")) == .tooDeep)
    }

    @Test("brackets in strings are not levels, nor is what stands side by side")
    func notDepth() {
        let brackets = String(repeating: #"[{\""#, count: 100)
        #expect(fault(of: Array(#"["\#(brackets)"]"#.utf8)) == nil)
        let siblings = Array(repeating: "[[]]", count: 100).joined(separator: ",")
        #expect(fault(of: Array("[\(siblings)]".utf8)) == nil)
    }

    @Test("refuses a number that no Double can hold", arguments: ["1e400", "-1e400", "[1,1e999999999]"])
    func outOfRange(text: String) {
        #expect(fault(of: Array(text.utf8)) == .numberOutOfRange)
    }

    @Test("an integer of 400 digits is out of range, too")
    func hugeInteger() {
        #expect(fault(of: [UInt8](repeating: UInt8(ascii: "9"), count: 400)) == .numberOutOfRange)
    }

    @Test(
        "a fault of a text with long integers is still found",
        arguments: [
            "[12345678901234567890,]", "12345678901234567890x", "[00012345678901234567890]", "[12345678901234567890 1]",
        ])
    func wideAndMalformed(text: String) {
        #expect(fault(of: Array(text.utf8)) == .malformed)
    }
}

/// Why `bytes` are refused; nil when they are not.
func fault(of bytes: [UInt8]) -> JSONFault? {
    do {
        _ = try JSONDocument(parsing: unsafe bytes.span.bytes)
        return nil
    } catch {
        return error
    }
}

func parse(_ text: String) throws(JSONFault) -> JSONNode {
    try JSONDocument(parsing: unsafe text.utf8.span.bytes).root
}
