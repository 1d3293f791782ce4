import Foundation
import Support
import Testing

@testable import Broker

@Suite("A JSON template")
struct JSONTemplateTests {
    private func render(_ json: String, _ values: [String: String], as place: JSONTemplate.Place = .payload) throws
        -> String
    {
        let bytes = Array(json.utf8)
        var buffer = SecretBuffer(limit: 1 << 20)
        try JSONTemplate(bytes, in: bytes.indices, as: place)
            .render(into: &buffer) { name in values[name].map { .secret(Secret(text: $0)) } }
        return buffer.finish().shown
    }

    @Test("keeps every byte but those of the leaves it rewrites")
    func keepsBytes() throws {
        let json = #" { "z" : 1.10, "a":[1E2 ,12345678901234567890, -0.0],  "k":"${A}" ,"é":"\u00e9\/", "n":null}  "#
        #expect(
            try render(json, ["A": "v"])
                == #" { "z" : 1.10, "a":[1E2 ,12345678901234567890, -0.0],  "k":"v" ,"é":"\u00e9\/", "n":null}  "#)
    }

    @Test("keeps its structure whatever the value holds")
    func keepsStructure() throws {
        let hostile = "quote\" back\\slash\nline ${OTHER} \"}, {\" \u{1} \u{7f} é 🙂 </script>"
        let rendered = try render(#"{"a": ["x ${A} y"], "b": {"c": "${A}"}}"#, ["A": hostile])
        let object = try #require(try JSONSerialization.jsonObject(with: Data(rendered.utf8)) as? [String: Any])
        #expect(object["a"] as? [String] == ["x \(hostile) y"])
        #expect((object["b"] as? [String: String])?["c"] == hostile)
        #expect(object.count == 2)
    }

    @Test("finds a placeholder that is spelled with JSON's escapes")
    func seesThroughEscapes() throws {
        #expect(try render(#"["\u0024{A}", "\ud83d\ude42 $\u007bA}"]"#, ["A": "v"]) == #"["v", "🙂 v"]"#)
    }

    @Test("refuses ${ in a key", arguments: [#"{"${A}": 1}"#, #"{"a": {"x\u0024{A}": 1}}"#, #"[{"k${A}": "v"}]"#])
    func refusesKeys(_ json: String) {
        #expect(throws: BrokerError.self) { try render(json, ["A": "v"]) }
    }

    @Test("takes what looks like a key inside a string for text")
    func readsStringsWhole() throws {
        #expect(try render(#"["{\"${A}\": 1}", "\\", "${A}"]"#, ["A": "v"]) == #"["{\"v\": 1}", "\\", "v"]"#)
    }

    @Test("refuses a header that holds a line break, in its value or as written")
    func refusesHeaderInjection() {
        #expect(throws: BrokerError.headerInjection(SecretName("B"))) {
            try render(#"{"X": "${A} ${B}"}"#, ["A": "a", "B": "a\nb"], as: .headers)
        }
        for json in [#"{"X": "a\r\nY: b"}"#, #"{"X": "a\u0000"}"#, #"{"X": "${A}\n"}"#] {
            #expect(throws: BrokerError.headerInjection(nil)) { try render(json, ["A": "a"], as: .headers) }
        }
    }

    /// The oracle is Foundation's parser: the rendered text must parse to the template's tree with its leaves replaced.
    @Test("agrees with an independent parser on random templates and values", arguments: 0..<300)
    func agrees(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let tree = RandomJSON.tree(depth: 4, using: &random)
        let values = ["A": RandomJSON.text(using: &random), "B_2": RandomJSON.text(using: &random)]
        let json = RandomJSON.written(tree, using: &random)
        let rendered = try render(json, values)
        let parsed = try JSONSerialization.jsonObject(with: Data(rendered.utf8), options: .fragmentsAllowed)
        let expected = RandomJSON.replaced(tree, values)
        #expect(RandomJSON.equal(parsed, expected), "seed \(seed)")
    }
}
