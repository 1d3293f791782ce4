import Support
import Testing

@testable import Broker

@Suite("A template")
struct TemplateTests {
    private func render(_ text: String, _ values: [String: String]) throws -> String {
        var buffer = SecretBuffer(limit: 1 << 16)
        let replacements = values.mapValues { Replacement.secret(Secret(text: $0)) }
        try Template(text.utf8).render(into: &buffer, escape: .plain) { replacements[$0] }
        return buffer.finish().shown
    }

    @Test(
        "refuses a ${ that begins no placeholder",
        arguments: [
            "${", "${}", "${A", "${A B}", "${A-B}", "${${A}}", "a ${", "${A:-b}", "${é}", "${artifact_metadata.}",
            "${artifact_metadata.a$b}", "${" + String(repeating: "A", count: 200) + "}", "$${A} ${",
        ])
    func malformed(_ text: String) {
        #expect(throws: BrokerError.self) { try Template(text.utf8) }
    }

    @Test("takes $${ for the text ${, and leaves every other dollar alone")
    func escapes() throws {
        #expect(try render("$${A} $A $ $$ $$$ {A} $", ["A": "x"]) == "${A} $A $ $$ $$$ {A} $")
        #expect(try render("$$${A}", ["A": "x"]) == "$${A}")
        #expect(try render("$$$${A}", ["A": "x"]) == "$$${A}")
    }

    @Test("never scans again what it has put in")
    func isSinglePass() throws {
        #expect(try render("${A}${B}", ["A": "${B}", "B": "$${A}"]) == "${B}$${A}")
        #expect(try render("${A}{B}", ["A": "$", "B": "x"]) == "${B}")
    }

    @Test("tells its placeholders as the text has them")
    func placeholders() throws {
        let template = try Template("${A} ${artifact_metadata.key with space} $${NOT} ${A}${b_2}".utf8)
        #expect(Array(template.placeholders) == ["A", "artifact_metadata.key with space", "A", "b_2"])
    }

    @Test("refuses output past its bound, and says so without the value")
    func isBounded() throws {
        var buffer = SecretBuffer(limit: 10)
        let template = try Template("${A}".utf8)
        #expect(throws: BrokerError.outputTooLarge) {
            try template.render(into: &buffer, escape: .plain) { _ in .secret(Secret(text: "eleven byte")) }
        }
    }

    @Test("refuses line breaks and NUL where a header's value is", arguments: ["\r", "\n", "\0"])
    func refusesHeaderInjection(_ character: String) throws {
        let template = try Template("Bearer ${A}".utf8)
        var buffer = SecretBuffer(limit: 100)
        #expect(throws: BrokerError.headerInjection(SecretName("A"))) {
            try template.render(into: &buffer, escape: .header) { _ in .secret(Secret(text: "x\(character)y")) }
        }
    }

    @Test("names no secret where the line break is a variable's, or its own text's")
    func namesNoSecret() throws {
        for text in ["${event_type}", "x\ny"] {
            let template = try Template(text.utf8)
            var buffer = SecretBuffer(limit: 100)
            #expect(throws: BrokerError.headerInjection(nil)) {
                try template.render(into: &buffer, escape: .headerLine) { _ in .variable("x\ny") }
            }
        }
    }
}
