import Testing

@testable import WireJSON

@Suite("A JSON line")
struct JSONLineTests {
    private func text(_ line: JSONLine) -> String {
        var line = line
        return String(decoding: line.finish(), as: UTF8.self)
    }

    @Test("is what an object is, member by member")
    func members() {
        var line = JSONLine()
        line.set("text", "plain")
        line.set("number", Int64.min)
        let names = ["x", "", "y"]
        line.set("objects", count: names.count) { if !names[$1].isEmpty { $0.set("name", names[$1]) } }
        line.set("none", count: 0) { $0.set("number", Int64($1)) }
        #expect(
            text(line)
                == #"{"text":"plain","number":-9223372036854775808,"objects":[{"name":"x"},{},{"name":"y"}],"none":[]}"#
        )
        #expect(text(JSONLine()) == "{}")
    }

    @Test("escapes every character as jansson does")
    func escapes() {
        let scalars = (0..<0x300).compactMap(Unicode.Scalar.init) + ["\u{2028}", "\u{FFFD}", "\u{1F512}", "\u{10FFFF}"]
        for scalar in scalars {
            var line = JSONLine()
            line.set("text", "a\(String(scalar))\"\\z")
            let object = JSONObject()
            object.set("text", "a\(String(scalar))\"\\z")
            #expect(text(line) == object.text)
        }
    }
}
