import Foundation
import Support
import Testing

@testable import Broker

@Suite("A value in an answer")
struct DisclosureTests {
    private static let values = [
        "ghp_0123456789abcdef", "pass word+plus/slash=", "quote\"back\\slash\nline", "größe-漢字-🙂-ende",
        "%41${NAME}&<x>",
        "8765432x", "a'b`c;d|e~f!g*h(i)", "-----BEGIN KEY-----\nMIIEvQ+/\nAgEA\\n%0A\n-----END KEY-----",
        "two\r\n\r\nlines\rand\na third",
    ]

    private static func hex(_ text: String) -> String { text.utf8.map { String(format: "%02x", $0) }.joined() }
    private static func json(_ text: String) -> String {
        let data = (try? JSONSerialization.data(withJSONObject: [text])) ?? Data()
        return String(String(decoding: data, as: UTF8.self).dropFirst(2).dropLast(2))
    }
    private static func escaped(_ text: String) -> String {
        text.utf16.map { String(format: Bool.random() ? "\\u%04x" : "\\u%04X", Int($0)) }.joined()
    }
    /// As Python writes bytes.
    private static func hexEscaped(_ text: String.UTF8View) -> String {
        text.map { byte in
            switch byte {
            case 0x5C: "\\\\"
            case 0x0A: "\\n"
            case 0x20...0x7E: String(UnicodeScalar(byte))
            default: String(format: "\\x%02x", byte)
            }
        }.joined()
    }
    /// As JavaScript may write a string.
    private static func latin(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            if scalar == "\\" { return "\\\\" }
            return (0x20...0x7E).contains(scalar.value) || scalar.value > 0xFF
                ? String(scalar) : String(format: "\\x%02x", scalar.value)
        }.joined()
    }
    private static func lines(_ end: String) -> @Sendable (String) -> String {
        { text in
            let ends: [(String, String)] = [("\r\n", "\n"), ("\r", "\n"), ("\n", end)]
            return ends.reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
        }
    }
    private static func withoutLineEnds(_ text: String) -> String {
        String(decoding: text.utf8.filter { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
    }
    private static func letters(_ text: String) -> String {
        String(decoding: text.utf8.filter { $0.isLetterOrDigit || $0 >= 0x80 }, as: UTF8.self)
    }
    private static func url(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics)!
    }
    private static func form(_ text: String) -> String { url(text).replacingOccurrences(of: "%20", with: "+") }
    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    private static func numbers(_ text: String, _ between: String, _ write: (UInt8) -> String) -> String {
        text.utf8.map(write).joined(separator: between)
    }
    private static func decimals(_ text: String) -> String { "[" + numbers(text, ",") { String($0) } + "]" }
    private static func quotedPrintable(_ text: String) -> String {
        var lines = [""]
        for byte in text.utf8 {
            if lines[lines.count - 1].utf8.count > 20 { lines.append("") }
            let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=")
            lines[lines.count - 1] += isPlain ? String(UnicodeScalar(byte)) : String(format: "=%02X", byte)
        }
        return lines.joined(separator: "=\r\n")
    }
    private static func indented(_ text: String) -> String {
        "|\n" + text.split(separator: "\n").map { "      " + $0 + "\n" }.joined()
    }

    private static let encodings: [(name: String, encode: @Sendable (String) -> String)] = [
        ("raw", { $0 }), ("json", json), ("json \\u", escaped), ("url", url), ("form", form), ("hex", hex),
        ("HEX", { hex($0).uppercased() }), ("base64", base64), ("base64 at 1", { base64("x" + $0 + "tail") }),
        ("base64 at 2", { base64("xy" + $0) }),
        (
            "base64url",
            {
                base64("{}\u{fffd}" + $0).replacingOccurrences(of: "+", with: "-").replacingOccurrences(
                    of: "/", with: "_")
            }
        ),
        (
            "base64 in lines",
            {
                Data(("Bearer " + $0).utf8).base64EncodedString(options: [
                    .lineLength64Characters, .endLineWithCarriageReturn,
                ])
            }
        ),
        ("json in json", { json(json($0)) }), ("url of json", { url(json($0)) }), ("json of url", { json(url($0)) }),
        ("url of url", { url(url($0)) }), ("base64 of json", { base64(#"{"a":""# + json($0) + "\"}") }),
        ("base64 of url", { base64(url($0)) }), ("hex of json", { hex(json($0)) }),
        ("json of base64", { json(base64($0)) }),
        ("url of base64", { url(base64("q" + $0)) }), ("json of hex", { escaped(hex($0)) }),
        ("with CRLF", lines("\r\n")), ("with CR", lines("\r")), ("without line ends", lines("")),
        ("json with CRLF", { json(lines("\r\n")($0)) }), ("base64 without line ends", { base64(lines("")($0)) }),
        ("url with CRLF", { url(lines("\r\n")($0)) }), ("\\x", { hexEscaped($0.utf8) }),
        ("\\x of all", { $0.utf8.map { String(format: "\\x%02X", $0) }.joined() }),
        ("\\x of Latin-1", { latin($0) }), ("json of \\x", { json(hexEscaped($0.utf8)) }),
        ("json with plain slashes", { json($0).replacingOccurrences(of: "\\/", with: "/") }),
        ("Node's Buffer", { #"{"type":"Buffer","data":"# + decimals($0) + "}" }),
        (
            "Node's Uint8Array",
            {
                let members = $0.utf8.enumerated().map { "\"\($0.offset)\":\($0.element)" }
                return "{" + members.joined(separator: ",") + "}"
            }
        ),
        ("Go's bytes", { "[" + numbers($0, " ") { String($0) } + "]" }),
        ("Java's bytes", { "[" + numbers($0, ", ") { String(Int8(bitPattern: $0)) } + "]" }),
        ("decimals in lines", { "[\r\n\t" + numbers($0, ",\r\n\t") { String($0) } + "\r\n]" }),
        ("decimals with hyphens", { numbers($0, "-") { String($0) } }),
        ("json of decimals", { json("[\n" + numbers($0, ",\n") { String($0) } + "]") }),
        ("decimals of json", { decimals(json($0)) }), ("url of decimals", { url(decimals($0)) }),
        ("hex with blanks", { numbers($0, " ") { String(format: "%02x", $0) } }),
        ("hex with colons", { numbers($0, ":") { String(format: "%02X", $0) } }),
        ("hex with 0x", { "[" + numbers($0, ", ") { String(format: "0x%02x", $0) } + "]" }),
        (
            "hex in words",
            { hex($0).enumerated().map { ($0.offset % 4 == 0 ? " " : "") + String($0.element) }.joined() }
        ),
        ("hex with blanks after words", { "bad cafe: " + numbers($0, " ") { String(format: "%02x", $0) } }),
        ("quoted-printable", quotedPrintable),
        ("quoted-printable of all", { numbers($0, "") { String(format: "=%02X", $0) } }),
        ("json of quoted-printable", { json(quotedPrintable($0)) }),
        ("base64 in indented lines", { indented(Data($0.utf8).base64EncodedString(options: .lineLength64Characters)) }),
    ]

    @Test("is found in every form, wherever it stands", arguments: encodings.map(\.name), values)
    func found(_ name: String, _ value: String) throws {
        let encode = try #require(Self.encodings.first { $0.name == name }).encode
        let disclosure = Disclosure(of: [Secret(text: "another-value"), Secret(text: value)])
        for around in [("", ""), (#"{"echo":""#, "\"}"), ("<p>", " 100%</p>\n")] {
            #expect(disclosure.mayBe(in: Secret(text: around.0 + encode(value) + around.1)))
        }
    }

    @Test(
        "of some length is found whatever became of its lines, and of the quotes in it",
        arguments: [
            indented, { json(indented($0)) },
            { text in text.split(separator: "\n").map { #"  "\#($0)""# }.joined(separator: ",\n") },
            { text in json("['" + text.split(separator: "\n").joined(separator: "', '") + "']") },
            { $0.replacingOccurrences(of: "\n", with: "\\n") }, { $0.replacingOccurrences(of: "\n", with: " ") },
            { text in text.split(separator: "\n").map { "> \($0)\r\n" }.joined() },
            { text in text.split(separator: "\n").map { #""\#($0)\n" +"# }.joined(separator: "\n  ") },
            { base64(indented($0)) },
        ] as [@Sendable (String) -> String])
    func rewrapped(_ write: @Sendable (String) -> String) {
        let body = (0..<8).map { "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC+/\($0)" }.joined(separator: "\n")
        let key = "-----BEGIN PRIVATE KEY-----\n\(body)\n-----END PRIVATE KEY-----\n"
        let inOneLine = key.replacingOccurrences(of: "\n", with: "\\n")
        let told = "key: " + write(key) + "\nend"
        for value in [key, inOneLine] { #expect(Disclosure(of: [Secret(text: value)]).mayBe(in: Secret(text: told))) }
        let other = told.replacingOccurrences(of: "ADANBg", with: "ADAMBg")
        if other != told { #expect(!Disclosure(of: [Secret(text: key)]).mayBe(in: Secret(text: other))) }
    }

    @Test("of fifteen letters is looked for with what is between them, one of sixteen without")
    func letters() {
        let text = Secret(text: "abc defg hijk, lmno / abc defg hijk lmnop")
        #expect(!Disclosure(of: [Secret(text: "abcdefghijklmno")]).mayBe(in: text))
        #expect(Disclosure(of: [Secret(text: "abc defg hijk, lmno")]).mayBe(in: text))
        #expect(Disclosure(of: [Secret(text: "abcdefghijklmnop")]).mayBe(in: text))
        #expect(!Disclosure(of: [Secret(text: "abcdefghijklmnoP")]).mayBe(in: text))
    }

    @Test("of a few letters in as many lines is short, whatever its length")
    func shortLines() {
        #expect(Disclosure(of: [Secret(text: "a\nb\nc\nd\ne")]).mayBe(in: Secret(text: "ok")))
    }

    @Test("is found although the white space around it is gone")
    func trimmed() {
        let disclosure = Disclosure(of: [Secret(text: " \tghp_0123456789\r\n")])
        #expect(disclosure.mayBe(in: Secret(text: "Bearer ghp_0123456789 is known")))
        #expect(!disclosure.mayBe(in: Secret(text: "Bearer ghp_012345678 is not")))
        #expect(Disclosure(of: [Secret(text: "  short  \n")]).mayBe(in: Secret(text: "nothing")))
    }

    @Test(
        "is not seen where it is not",
        arguments: [
            "", "ok", #"{"status":"queued","id":12345}"#, "<html>100% of a+b &amp; c</html>", #"{"a":"\u0041\n\"x\""}"#,
            "ghp_0123456789abcde", "Z2hwXzAxMjM0NTY3ODlhYmNk", "%7B%22a%22%3A1%7D", "größe",
            decimals("ghp_0123456789abcde"), "0x38, 0x37, 0x36, 0x35, 0x34, 0x33, 0x32, 0x79",
            "56,55,54,53,52,51,50,376",
            "=38=37=36=35=34=33=32=79", #"<a href="x=1" id=ab>a=b</a>"#, "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10.5, -3]",
        ])
    func absent(_ text: String) {
        #expect(!Disclosure(of: Self.values.map(Secret.init(text:))).mayBe(in: Secret(text: text)))
    }

    @Test("cannot be told apart when it is short, so that nothing is shown")
    func short() {
        #expect(Disclosure(of: [Secret(text: "1234567")]).mayBe(in: Secret(text: "ok")))
        #expect(!Disclosure(of: [Secret(text: "12345678")]).mayBe(in: Secret(text: "ok")))
        #expect(!Disclosure(of: [Secret]()).mayBe(in: Secret(text: "ok")))
    }

    @Test("may be in what is no text, and in what has no end of escapes")
    func unreadable() {
        let disclosure = Disclosure(of: [Secret(text: "a-long-value")])
        let binary: [[UInt8]] = [[0xFF, 0xFE, 0x61, 0], [0x1F, 0x8B, 8, 0], [0x61, 0, 0x62, 0]]
        for bytes in binary { #expect(unsafe disclosure.mayBe(in: Secret(copying: bytes.span.bytes))) }
        var nested = "x%+\\\\"
        for _ in 0..<12 { nested = Self.url(Self.json(nested)) + "+\\\\" }
        #expect(disclosure.mayBe(in: Secret(text: nested)))
    }

    /// Whatever stands before and after it, Base64 and hexadecimal of the whole give the value away.
    @Test("is found in any encoded text that holds it, and only there", arguments: 0..<200)
    func property(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        func text(_ range: ClosedRange<Int>) -> String {
            let letters = Array("abcXYZ019 +/=%\\\"{}é漢🙂-_\n")
            return String(
                (0..<Int.random(in: range, using: &random)).map { _ in letters.randomElement(using: &random)! })
        }
        let value = text(10...30)
        let disclosure = Disclosure(of: [Secret(text: value)])
        let encode = [
            Self.base64, Self.hex, Self.json, Self.escaped, Self.url, Self.decimals, Self.quotedPrintable,
        ].randomElement(using: &random)!
        let (before, after) = (text(0...9), text(0...9))
        #expect(disclosure.mayBe(in: Secret(text: encode(before + value + after))))
        // Nor does it matter what became of its line ends on the way.
        let rewrapped = Self.lines(["", "\r\n", "\n\n"].randomElement(using: &random)!)(before + value + after)
        #expect(disclosure.mayBe(in: Secret(text: encode(rewrapped))))
        let (without, joined) = (text(0...40), Self.withoutLineEnds(value))
        let letters = Self.letters(joined)
        let isThere =
            letters.utf8.count >= Disclosure.minimumLetters
            ? Self.letters(without).contains(letters) : Self.withoutLineEnds(without).contains(joined)
        if joined.utf8.count >= Disclosure.minimumValueSize, !isThere {
            #expect(!disclosure.mayBe(in: Secret(text: encode(String(without.filter { !"%\\+=".contains($0) })))))
        }
    }

    @Test("is taken to be there where it would take too long to look, and looked for in what is only large")
    func costly() {
        let many = (0..<100).map { Secret(text: "value number \($0)") }
        let layers = String(repeating: "!", count: 60_000) + String(repeating: "\\", count: 1024) + "+"
        var search = SecretSearch()
        let isTakenForIt = Disclosure(of: many).mayBe(in: Secret(text: layers), &search)
        #expect(isTakenForIt && (0..<200_000).contains(search.work - Disclosure.maximumWork))
        let large = String(repeating: #"{"name": "run", "note": "a line\n and another"}, "#, count: 1200)
        #expect(!Disclosure(of: many.prefix(5)).mayBe(in: Secret(text: large)))
        #expect(Disclosure(of: many.prefix(5)).mayBe(in: Secret(text: large + "value number 3")))
    }

    @Test("is looked for in time that grows with the text, however much of the value it repeats")
    func repetitive() {
        let value = String(repeating: "a", count: 32_000) + "b"
        let disclosure = Disclosure(of: [Secret(text: value)])
        func work(_ count: Int, _ text: String, _ end: String = "") -> Int {
            var search = SecretSearch()
            let body = String(repeating: text, count: count / text.count) + end
            let isFound = disclosure.mayBe(in: Secret(text: body), &search)
            #expect(isFound == !end.isEmpty)
            return search.work
        }
        for text in ["a", "a\n", "ab", "!"] { #expect(work(65_000, text) < 65_000 * 100) }
        #expect(work(65_000, "a", "b") < 65_000 * 10)
    }
}
