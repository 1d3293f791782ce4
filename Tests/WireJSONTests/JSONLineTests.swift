import Testing

@testable import WireJSON

@Suite("A JSON line")
struct JSONLineTests {
    @Test("is what an object is, member by member")
    func members() {
        var line = JSONLine()
        line.set("text", "plain")
        line.set("number", Int64.min)
        line.set("objects", ["x", "", "y"]) { object, name in if !name.isEmpty { object.set("name", name) } }
        line.set("none", [Int]()) { object, number in object.set("number", Int64(number)) }
        #expect(
            line.text
                == #"{"text":"plain","number":-9223372036854775808,"objects":[{"name":"x"},{},{"name":"y"}],"none":[]}"#
        )
        #expect(JSONLine().text == "{}")
    }

    @Test("escapes every character as jansson does")
    func escapes() {
        let scalars = (0..<0x300).compactMap(Unicode.Scalar.init) + ["\u{2028}", "\u{FFFD}", "\u{1F512}", "\u{10FFFF}"]
        for scalar in scalars {
            var line = JSONLine()
            line.set("text", "a\(String(scalar))\"\\z")
            let object = JSONObject()
            object.set("text", "a\(String(scalar))\"\\z")
            #expect(line.text == object.text)
        }
    }
}
