import Foundation
import Support
import Testing

/// Whoever moves a page or renames a heading learns here what still leads to it.
@Suite("The documents")
struct DocumentTests {
    private static let root = URL(fileURLWithPath: PythonEnvironment.packageRoot)

    /// The files of a folder and below it that end so. Hidden folders, in which builds are, are left out.
    private static func files(in folder: String = "", _ endings: String...) throws -> [URL] {
        let found = try #require(
            FileManager.default.enumerator(
                at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil, options: .skipsHiddenFiles))
        return found.compactMap { $0 as? URL }.filter { endings.contains($0.pathExtension) }
    }

    private static func text(of file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }

    /// A page without what stands between fences, which is no Markdown.
    private static func prose(of page: String) -> String {
        var isCode = false
        let lines = page.split(separator: "\n").filter { line in
            let isFence = line.drop { $0 == " " }.hasPrefix("```")
            if isFence { isCode.toggle() }
            return !isFence && !isCode
        }
        return lines.joined(separator: "\n")
    }

    /// Where a link into a page may lead: to its headings, by the names that GitHub gives them, and to its own anchors.
    private static func anchors(of page: String) -> Set<String> {
        let prose = prose(of: page)
        let headings = prose.matches(of: #/(?m)^#+ (.+)$/#).map { heading in
            heading.1.lowercased().filter { $0.isLetter || $0.isNumber || " -_".contains($0) }
                .replacing(" ", with: "-")
        }
        return Set(headings + prose.matches(of: #/<a id="([^"]+)"/#).map { String($0.1) })
    }

    /// Nil for a link that leads somewhere.
    /// - Parameter page: the file that it stands in, or that it begins from.
    private static func fault(of link: Substring, in page: URL) throws -> String? {
        let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let target = parts[0].isEmpty ? page : page.deletingLastPathComponent().appendingPathComponent(parts[0])
        guard FileManager.default.fileExists(atPath: target.standardizedFileURL.path) else {
            return "\(page.path): \(link): there is no such file"
        }
        guard parts.count == 2, try !anchors(of: text(of: target)).contains(parts[1]) else { return nil }
        return "\(page.path): \(link): there is no such heading"
    }

    private static func links(in page: String) -> [Substring] {
        prose(of: page).matches(of: #/\]\(([^)\s]+)\)/#).map(\.1).filter { !$0.contains("://") }
    }

    @Test("link to files and headings that are there")
    func links() throws {
        var count = 0
        for page in try Self.files("md") {
            for link in Self.links(in: try Self.text(of: page)) {
                count += 1
                if let fault = try Self.fault(of: link, in: page) { Issue.record("\(fault)") }
            }
        }
        #expect(count >= 80)
    }

    @Test("have what the program's warnings, the alerts and the dashboard lead to")
    func pointers() throws {
        var count = 0
        let files =
            try Self.files(in: "Sources", "swift") + Self.files(in: "providers", "swift")
            + Self.files(in: "terraform/monitoring", "yaml", "json")
        let readme = Self.root.appendingPathComponent("README.md")
        for file in files {
            let text = try Self.text(of: file)
            // In a driver a warning's code is the anchor, too.
            let codes = text.matches(of: #/(?:warn\(|let code =)\s*"(\w+)"/#).map { String($0.1) }
            for pointer in text.matches(of: #/([\w.\/-]+\.md)#([\w-]+|\\\(code\))/#) {
                let anchors = pointer.2.hasPrefix("\\") ? codes : [String(pointer.2)]
                #expect(!anchors.isEmpty, "\(file.path)")
                for anchor in anchors {
                    count += 1
                    if let fault = try Self.fault(of: "\(pointer.1)#\(anchor)", in: readme) {
                        Issue.record("\(file.path): \(fault)")
                    }
                }
            }
        }
        #expect(count >= 25)
    }

    @Test("are found out where a link leads nowhere", arguments: ["docs/absent.md", "README.md#absent", "#absent"])
    func broken(_ link: String) throws {
        let readme = Self.root.appendingPathComponent("README.md")
        #expect(Self.links(in: "See [it](\(link)).\n```\n[no link](of/code.md)\n```\n") == [link[...]])
        #expect(try Self.fault(of: link[...], in: readme) != nil)
        #expect(try Self.fault(of: "#the-first-five-minutes", in: readme) == nil)
    }
}
