import Testing
import WireJSON

@Suite struct JSONNodeTests {
    @Test("any type may be the root")
    func roots() throws {
        #expect(try parse("{}").kind == .object)
        #expect(try parse("[]").kind == .array)
        #expect(try parse(#""a""#).kind == .string)
        #expect(try parse("1").kind == .number)
        #expect(try parse("1.5").kind == .number)
        #expect(try parse("false").kind == .boolean)
        #expect(try parse("null").kind == .null)
    }

    @Test("keys keep the order of the text")
    func order() throws {
        let keys = (0..<200).map { "k\($0 * 7919 % 200)" }
        let text = keys.map { "\"\($0)\":1" }.joined(separator: ",")
        #expect(try parse("{\(text)}").keys == keys)
    }

    @Test("what is not there is nil, not a default")
    func absent() throws {
        let root = try parse(#"{"a":1,"b":[true],"c":null}"#)
        #expect(root["x"] == nil)
        #expect(root["a"]?["a"] == nil)
        #expect(root["a"]?.string == nil)
        #expect(root["a"]?.boolean == nil)
        #expect(root["b"]?.integer == nil)
        #expect(root["b"]?.number == nil)
        #expect(root["c"]?.kind == .null)
        #expect(root.elements.isEmpty)
        #expect(try parse("[1]").keys.isEmpty)
        #expect(try parse("1").withString { _ in true } == nil)
    }

    @Test("a key is compared to its end, past a zero")
    func keyWithZero() throws {
        #expect(try parse(#"{"a":1}"#)["a\0b"] == nil)
    }

    @Test(
        "an integer is a whole number within 2^53, written as one",
        arguments: [
            ("0", 0), ("-0", 0), ("-17", -17), ("9007199254740992", 1 << 53), ("-9007199254740992", -(1 << 53)),
            ("9007199254740993", nil), ("-9007199254740993", nil), ("1.0", nil), ("1e2", nil), ("1.5", nil),
            ("9223372036854775808", nil), ("12345678901234567890", nil),
        ] as [(String, Int?)])
    func integer(text: String, integer: Int?) throws {
        #expect(try parse(text).integer == integer)
        #expect(try parse("[12345678901234567890, \(text)]").elements.last?.integer == integer)
    }

    @Test(
        "integers of 20 digits and more are numbers",
        arguments: [
            "12345678901234567890", "-99999999999999999999", "18446744073709551616",
            "1" + String(repeating: "0", count: 300),
        ])
    func wide(text: String) throws {
        let root = try parse(#"{"a":[\#(text),1,"\#(text)"],"\#(text)":\#(text)}"#)
        let elements = root["a"]?.elements ?? []
        #expect(elements.map(\.number) == [Double(text), 1, nil])
        #expect(elements.last?.string == text)
        #expect(root[text]?.number == Double(text))
    }

    @Test(
        "strings come out as they went in",
        arguments: [
            (#""a\u0000b""#, "a\0b"), (#""\ud83d\ude00""#, "\u{1f600}"),
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (#""\u00e9e\u0301""#, "\u{e9}e\u{301}"), (#""""#, ""),
        ])
    func strings(text: String, string: String) throws {
        let node = try parse(text)
        let found = node.string.map { Array($0.utf8) }
        #expect(found == Array(string.utf8))
        #expect(node.withString { $0.byteCount } == string.utf8.count)
    }

    @Test("a string of a megabyte is lent whole")
    func long() throws {
        let count = try parse("\"" + String(repeating: "s", count: 1 << 20) + "\"").withString { $0.byteCount }
        #expect(count == 1 << 20)
    }

    @Test("a node keeps its document alive")
    func lifetime() throws {
        let node = try parse(#"{"a":{"b":"kept"}}"#)["a"]?["b"]
        #expect(node?.string == "kept")
    }

    @Test("what the borrower throws comes out")
    func throwing() throws {
        struct Stop: Error {}
        let node = try parse(#""a""#)
        #expect(throws: Stop.self) { try node.withString { (_) throws(Stop) in throw Stop() } }
    }

    @Test("fields beyond those allowed are refused")
    func fields() throws {
        #expect(throws: JSONFault.unknownField) { try parse(#"{"a":1,"b":2}"#).requireOnly(["a"]) }
        #expect(throws: JSONFault.malformed) { try parse("[]").requireOnly(["a"]) }
        #expect(throws: Never.self) { try parse(#"{"a":1}"#).requireOnly(["a", "b"]) }
    }
}
