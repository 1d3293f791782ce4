import Foundation
import Support
import Testing

@testable import Broker

@Suite("A payload's secrets")
struct RelayBodyTests {
    private func fill(_ body: String, _ places: [(String, String)], _ values: [String: String]) throws -> String {
        let secrets = places.map { Webhook.PayloadSecret(name: SecretName($0.0)!, at: JSONPointer($0.1)!) }
        var found: [SecretName: Secret] = [:]
        for (name, value) in values { found[SecretName(name)!] = Secret(text: value) }
        return try RelayBody(Array(body.utf8), secrets).render(found).shown
    }

    @Test(
        "are put where their pointers lead, and every other byte is as it came",
        arguments: [
            (#"{"token":"${T}"}"#, "/token", #"{"token":"v\"\\\n"}"#),
            (
                #" { "a" : { "b" : "x ${T} y" , "n" : 1.10 } } "#, "/a/b",
                #" { "a" : { "b" : "x v\"\\\n y" , "n" : 1.10 } } "#
            ),
            (#"{"a/b":{"~":"${T}"}}"#, "/a~1b/~0", #"{"a/b":{"~":"v\"\\\n"}}"#),
            (#"{"":"${T}","x":"${T}"}"#, "/", #"{"":"v\"\\\n","x":"${T}"}"#),
            (#"{"a":"$\u007bT}","b":"\u00e9"}"#, "/a", #"{"a":"v\"\\\n","b":"\u00e9"}"#),
            (#"{"x":"$${T}"}"#, "/x", #"{"x":"$v\"\\\n"}"#),
        ])
    func places(_ body: String, _ pointer: String, _ expected: String) throws {
        #expect(try fill(body, [("T", pointer)], ["T": "v\"\\\n"]) == expected)
    }

    @Test(
        "are refused where a pointer leads to no text with exactly one placeholder",
        arguments: [
            #"{}"#, #"[]"#, #""${T}""#, #"{"a":{}}"#, #"{"a":[{"b":"${T}"}]}"#, #"{"a":{"b":["${T}"]}}"#,
            #"{"a":{"b":{"c":"${T}"}}}"#, #"{"a":{"b":"T"}}"#, #"{"a":{"b":"${T}${T}"}}"#, #"{"a":{"b":"${TT}"}}"#,
            #"{"a":{"b":"$T"}}"#, #"{"a":{"b":null}}"#, #"{"a":{"b":1}}"#, #"{"a":"{\"b\":\"${T}\"}"}"#,
            #"{"A":{"b":"${T}"}}"#,
            #"{"${T}":{"a":{"b":""}}}"#,
        ])
    func mismatch(_ body: String) {
        #expect(throws: BrokerError.payloadMismatch([JSONPointer("/a/b")!])) {
            try fill(body, [("T", "/a/b")], ["T": "v"])
        }
    }

    @Test("cost one reading of the payload, however many and deep their pointers are", .timeLimit(.minutes(1)))
    func manyDeepPointers() throws {
        let path = String(repeating: "/a", count: 59)
        let names = (0..<32).map { "k\($0)" }
        let leaves = names.map { "\"\($0)\":\"${T}\"" }.joined(separator: ",")
        let bulk = "\"z\":[" + String(repeating: "1,", count: 400_000) + "1]"
        let nesting = String(repeating: "{\"a\":", count: 59)
        let body = nesting + "{\(bulk),\(leaves)}" + String(repeating: "}", count: 59)
        let filled = try fill(body, names.map { ("T", "\(path)/\($0)") }, ["T": "v"])
        #expect(filled.utf8.count == body.utf8.count - 32 * 3)
    }

    @Test(
        "are found among what only begins like them, in a long leaf too", .timeLimit(.minutes(1)),
        arguments: ["$", "${", "${T", "${U}", "$${", "${${T", "}"])
    func beginnings(_ text: String) throws {
        let bulk = String(repeating: text, count: (1 << 18) / text.utf8.count)
        for (before, after) in [(bulk, ""), ("", "~" + bulk), (bulk + "~", "~" + bulk)] {
            #expect(
                try fill("{\"a\":\"\(before)${T}\(after)\"}", [("T", "/a")], ["T": "v"])
                    == "{\"a\":\"\(before)v\(after)\"}")
        }
        let mismatch = BrokerError.payloadMismatch([JSONPointer("/a")!])
        #expect(throws: mismatch) { try fill("{\"a\":\"\(bulk)\"}", [("T", "/a")], ["T": "v"]) }
        #expect(throws: mismatch) { try fill("{\"a\":\"${T}\(bulk)${T}\"}", [("T", "/a")], ["T": "v"]) }
    }

    @Test("all mismatches are told at once")
    func mismatches() {
        #expect(throws: BrokerError.payloadMismatch([JSONPointer("/a")!, JSONPointer("/b")!])) {
            try fill(#"{"c":"${T}"}"#, [("T", "/b"), ("T", "/c"), ("T", "/a")], ["T": "v"])
        }
    }

    @Test("what was planted elsewhere is text, and a value is not looked at again")
    func planted() throws {
        let body = #"{"metadata":"${T} ${U} ${nope} $${","token":"${T}","${T}":"${"}"#
        #expect(
            try fill(body, [("T", "/token")], ["T": "${U}", "U": "secret"])
                == #"{"metadata":"${T} ${U} ${nope} $${","token":"${U}","${T}":"${"}"#)
    }

    @Test(
        "a pointer is RFC 6901's, leads somewhere, and is bounded",
        arguments: ["", "a", "a/b", "/~", "/~2", "/a~", "#/a", String(repeating: "/a", count: 65)])
    func noPointer(_ text: String) { #expect(JSONPointer(text) == nil) }

    /// Foundation reads what went in and what came out: they differ in the leaves that the pointers name, and there only.
    @Test("in any JSON, only the named leaves change, to exactly the values", arguments: 0..<300)
    func property(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let value = RandomJSON.text(using: &random)
        var expected: [String: Any] = [:]
        var parts: [String] = []
        var places: [(String, String)] = []
        for index in 0..<Int.random(in: 1...4, using: &random) {
            let tree = RandomJSON.tree(depth: 3, using: &random)
            let other = RandomJSON.written(tree, using: &random)
            let before = RandomJSON.text(using: &random).replacingOccurrences(of: "${A}", with: "")
            let leaf = RandomJSON.written(.text([.plain(before), .name("A"), .plain(".")]), using: &random)
            guard !before.hasSuffix("$") || !before.isEmpty else { continue }
            let key = ["k~\(index)", "k/\(index)", "k\"\(index)"].randomElement(using: &random)!
            parts.append(
                "\(RandomJSON.written(.text([.plain(key)]), using: &random)):{\"x\":\(other),\"leaf\":\(leaf)}")
            let token = key.replacingOccurrences(of: "~", with: "~0").replacingOccurrences(of: "/", with: "~1")
            places.append(("A", "/\(token)/leaf"))
            expected[key] = [
                "leaf": before + value + ".",
                "x": try JSONSerialization.jsonObject(with: Data(other.utf8), options: .fragmentsAllowed),
            ]
        }
        let filled = try fill("{" + parts.joined(separator: ",") + "}", places, ["A": value])
        let read = try JSONSerialization.jsonObject(with: Data(filled.utf8))
        #expect(RandomJSON.equal(read, expected))
    }

    @Test("a sample fits the webhook that it is made for")
    func sample() throws {
        let secrets = ["/token", "/client_payload/a~1b", "/client_payload/deep/er", "/alias"].map {
            Webhook.PayloadSecret(name: SecretName("T")!, at: JSONPointer($0)!)
        }
        let webhook = try Webhook(
            name: WebhookName("w")!, url: WebhookURL("https://a.example/")!, payloadSecrets: secrets)
        let sample = SamplePayload.payload(for: webhook)
        let filled = try RelayBody(sample, secrets).render([SecretName("T")!: Secret(text: "value")]).shown
        let read = try #require(try JSONSerialization.jsonObject(with: Data(filled.utf8)) as? [String: Any])
        #expect(read["token"] as? String == "value" && read["alias"] as? String == "value")
        #expect(read["event_type"] as? String == "ADD_ARTIFACT_ALIAS")
        #expect((read["client_payload"] as? [String: Any])?["a/b"] as? String == "value")
    }
}
