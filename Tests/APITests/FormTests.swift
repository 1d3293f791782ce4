import Broker
import Foundation
import NIOCore
import Support
import Testing

@testable import API

@Suite("A form")
struct FormTests {
    private func form(_ body: String, _ names: Set<String> = ["a", "b"]) throws(APIError) -> Form {
        try Form(ByteBuffer(string: body), only: names)
    }

    @Test(
        "is refused with an unknown field, one that comes twice, or a name that is no text",
        arguments: [
            "c=1", "a=1&a=2", "a=1&b=2&c=3", "%61=1&a=2", "%FF=1", "=1", "A=1", String(repeating: "n", count: 90),
        ])
    func refused(_ body: String) {
        #expect(throws: APIError.notTheForm) { try form(body) }
    }

    @Test(
        "is decoded as the URL standard has it",
        arguments: [
            ("a=", ""), ("a", ""), ("a=x&", "x"), ("&a=x", "x"), ("a=+", " "), ("a=%2B", "+"), ("a=%", "%"),
            ("a=%4", "%4"), ("a=%zz", "%zz"), ("a=%4a%4A", "JJ"), ("a==", "="), ("a=%26%3D", "&="), ("a=%25", "%"),
            ("a=%E2%82%AC", "€"), ("b=1&a=2", "2"),
        ])
    func decoded(_ body: String, _ text: String) throws {
        #expect(try form(body).text("a") == text)
        #expect(try form(body).secret("a")?.shown == text)
    }

    @Test("gives back what Foundation encodes")
    func agreesWithFoundation() throws {
        var random = SeededRandom(seed: 7)
        for _ in 0..<300 {
            func word() -> String {
                String(
                    String.UnicodeScalarView(
                        (0..<Int.random(in: 0...40, using: &random)).map { _ in
                            Unicode.Scalar(UInt32.random(in: 1...0x2FFF, using: &random)) ?? "x"
                        }))
            }
            let (first, second) = (word(), word())
            var components = URLComponents()
            components.queryItems = [URLQueryItem(name: "a", value: first), URLQueryItem(name: "b", value: second)]
            // A query may hold a plus as it is; a form may not.
            let body = try #require(components.percentEncodedQuery).replacingOccurrences(of: "+", with: "%2B")
            let form = try form(body)
            #expect(form.text("a") == first)
            #expect(form.secret("b")?.shown == second)
        }
    }

    @Test("of any bytes is decoded or refused, never worse")
    func anyBytes() {
        var random = SeededRandom(seed: 8)
        let pieces = ["a", "b", "=", "&", "%", "+", "2", "F", "\u{0}", "é", "%0D%0A"]
        for _ in 0..<2000 {
            let body = (0..<Int.random(in: 0...30, using: &random)).map { _ in pieces.randomElement(using: &random)! }
            guard let form = try? form(body.joined()) else { continue }
            #expect((form.secret("a")?.byteCount ?? 0) <= body.joined().utf8.count)
            _ = try? form.value("b")
        }
    }

    @Test("has LF where the browser put CR LF, and every other byte as it was typed")
    func lineBreaks() throws {
        func value(_ body: String) throws -> String { try form(body).value("a").shown }
        #expect(try value("a=one%0D%0Atwo%0D%0A") == "one\ntwo\n")
        #expect(try value("a=%0D%0D%0A%0D") == "\r\n\r")
        #expect(try value("a=+x+%09") == " x \t")
    }

    @Test("has no value that is missing, or is no text")
    func noValue() throws {
        #expect(throws: APIError.notTheForm) { try form("b=1").value("a") }
        #expect(throws: APIError.notTheForm) { try form("a=%FF%FE").value("a") }
    }

    @Test("has no text that is longer than a name or a token can be")
    func longText() throws {
        let long = String(repeating: "x", count: 1025)
        #expect(try form("a=\(long)").text("a") == nil)
        #expect(try form("a=\(long)").secret("a")?.byteCount == 1025)
    }
}
