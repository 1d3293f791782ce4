import Testing
import WireJSON

@Suite struct JSONObjectTests {
    @Test("writes every kind of value, compactly and in order")
    func kinds() {
        let inner = JSONObject()
        inner.set("n", Int64.max)
        let object = JSONObject()
        object.set("z", "a\"\\\n\u{1}/é\u{1f600}")
        object.set("a", true)
        object.set("m", ["x", ""])
        object.setNull("b")
        object.set("o", inner)
        object.set("l", [inner, JSONObject()])
        object.set("i", Int64.min)
        #expect(
            object.text == #"{"z":"a\"\\\n\u0001/é"# + "\u{1f600}"
                + #"","a":true,"m":["x",""],"b":null,"o":{"n":9223372036854775807},"#
                + #""l":[{"n":9223372036854775807},{}],"i":-9223372036854775808}"#)
    }

    @Test("a key that is set again keeps its place and takes the new value")
    func replaced() {
        let object = JSONObject()
        object.set("a", "1")
        object.set("b", "2")
        object.set("a", false)
        #expect(object.text == #"{"a":false,"b":"2"}"#)
    }

    @Test(
        "bytes that are not UTF-8 are refused and leave the object as it was",
        arguments: [
            [0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0x61, 0x80], [0xf4, 0x90, 0x80, 0x80],
        ] as [[UInt8]])
    func notText(bytes: [UInt8]) {
        let object = JSONObject()
        #expect(throws: JSONFault.notText) { try object.set("a", text: unsafe bytes.span.bytes) }
        #expect(object.text == "{}")
    }

    @Test("text may be empty or hold a zero", arguments: [("", #"{"a":""}"#), ("a\0b", #"{"a":"a\u0000b"}"#)])
    func text(text: String, written: String) throws {
        let object = JSONObject()
        try object.set("a", text: unsafe text.utf8.span.bytes)
        #expect(object.text == written)
    }

    @Test("what the sink throws comes out of the writer")
    func throwing() {
        struct Full: Error {}
        let object = JSONObject()
        object.set("a", String(repeating: "x", count: 10_000))
        #expect(throws: Full.self) { try object.write { (_) throws(Full) in throw Full() } }
        #expect(object.text.utf8.count == 10_008)
    }
}
