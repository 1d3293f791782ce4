import Broker
import Foundation
import Support
import Testing

@testable import Providers

@Suite("AWS's configuration format")
struct AWSConfigFileTests {
    private struct Parsed: Decodable {
        /// Nil: botocore refuses the text.
        let sections: [String: [String: String]]?
    }

    /// Lines that are put together at random: every rule of the format, and what comes close.
    private static let lines = [
        "[default]", "[profile a]", "[profile \"b c\"]", "[b]", "  [c]", "[d] ; rest", "[e]x]", "[]", "[f",
        "key = value",
        "Key=other", "colon: value", "a = b = c", "b : c = d", "empty =", "= none", "nothing", "  indented = 1",
        "    deeper = 2", "\ttab = 3", "# comment", "; comment", "  # indented comment", "k = v # kept",
        "k2 = v ; kept",
        "", "   ", "s3 =", "  nested = 1", "  region = x", "continued = 1", "   2", "spaces in key = v",
        "unicode = ä\u{1F511}",
        "quoted = \"v\"", "tail = v   ", "cr = v\r", "\u{B}vt = v", "aws_access_key_id = AKIA", "x=[y]",
    ]

    @Test("is read as botocore's parser reads it, or refused", .timeLimit(.minutes(1)))
    func agreesWithBotocore() async throws {
        var random = SeededRandom(seed: 7)
        let texts = (0..<3000).map { _ in
            let start = Bool.random(using: &random) ? "[start]\n" : ""
            let lines = (0..<Int.random(in: 0...9, using: &random)).map { _ in Self.lines.randomElement(using: &random)!
            }
            return start + lines.joined(separator: "\n") + (Bool.random(using: &random) ? "\n" : "")
        }
        let input = String(decoding: try JSONEncoder().encode(texts), as: UTF8.self)
        let (status, output) = try await PythonEnvironment.run("aws_config_files.py", [], input: input)
        try #require(status == 0)
        let known = try JSONDecoder().decode([Parsed].self, from: Data(output.utf8))
        try #require(known.count == texts.count)
        #expect(known.count { $0.sections != nil } > 500)
        for (text, known) in zip(texts, known) {
            let file = try? AWSConfigFile(Secret(text))
            #expect(file?.sections.mapValues { $0.mapValues(\.shown) } == known.sections, "\(text.debugDescription)")
        }
    }

    @Test(
        "names the line at fault",
        arguments: [
            ("x", 1), ("[a]\n\nx", 3), ("[a]\nk=1\nk=2", 3), ("[a]\n[b]\n[a]", 3), ("\u{FEFF}[a]", 1), ("[a]\n= 1", 2),
        ])
    func malformed(_ text: String, line: Int) {
        #expect(throws: AWSConfigFile.Malformed(line: line)) { try AWSConfigFile(Secret(text)) }
    }

    @Test("shows no value of a file, whoever prints it")
    func shown() throws {
        let file = try AWSConfigFile(Secret("[default]\naws_secret_access_key = hunter2"))
        var dumped = ""
        dump(file, to: &dumped)
        for text in ["\(file)", String(reflecting: file), dumped] { #expect(!text.contains("hunter2")) }
    }

    @Test("is text")
    func noText() {
        let bytes: [UInt8] = Array("[a]\nk = ".utf8) + [0xFF]
        #expect(throws: AWSConfigFile.Malformed(line: 1)) {
            try AWSConfigFile(unsafe Secret(copying: bytes.span.bytes))
        }
    }
}
