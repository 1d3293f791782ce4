import Foundation
import Support
import Testing

/// `SECURITY.md` names the test behind each claim: one that is renamed or taken away is missed here.
@Suite("The threat model")
struct SecurityDocumentTests {
    private struct Citation: Hashable, CustomStringConvertible {
        let file: String
        let sentence: String

        var description: String { "\(file): \"\(sentence)\"" }
    }

    private let text: String

    init() throws {
        text = try String(contentsOfFile: "\(PythonEnvironment.packageRoot)/SECURITY.md", encoding: .utf8)
    }

    private static func citations(in text: String) -> [Citation] {
        text.matches(of: #/`(Tests/[^`:]+\.swift): "([^`]+)"`/#).map {
            Citation(file: String($0.1), sentence: String($0.2))
        }
    }

    /// The lines under a heading, up to the next one.
    private func section(_ heading: String) throws -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let start = try #require(lines.firstIndex { $0.hasPrefix(heading) }, "\(heading)")
        return Array(lines[(start + 1)...].prefix { !$0.hasPrefix("#") })
    }

    @Test("names tests that are there, by their own sentences")
    func citations() throws {
        let citations = Self.citations(in: text)
        #expect(citations.count >= 80)
        #expect(citations.count == text.matches(of: #/`Tests\//#).count, "a test is named in another form")
        for (file, cited) in Dictionary(grouping: Set(citations), by: \.file) {
            let source = try String(contentsOfFile: "\(PythonEnvironment.packageRoot)/\(file)", encoding: .utf8)
            for citation in cited { #expect(source.contains("\"\(citation.sentence)\""), "\(citation)") }
        }
    }

    @Test("proves each invariant", arguments: 1...12)
    func invariants(_ number: Int) throws {
        let section = try section("### I\(number).").joined(separator: "\n")
        #expect(!Self.citations(in: section).isEmpty)
    }

    @Test("says of each class of incident what stands against it, and which test or why none")
    func incidents() throws {
        let rows = try section("## Incidents of others").filter { $0.hasPrefix("| ") }.dropFirst()
        #expect(rows.count >= 28)
        for row in rows {
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(cells.count == 4 && cells.allSatisfy { !$0.isEmpty }, "\(row.prefix(60))")
            let proof = cells.last ?? ""
            let isReasoned = proof.contains("none needed") || proof.contains("no test")
            #expect(!Self.citations(in: proof).isEmpty || isReasoned, "\(row.prefix(60))")
        }
    }
}
