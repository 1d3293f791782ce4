import Foundation
import Support
import Testing

@testable import Transport

@Suite("The file of the CAs that are believed")
struct AuthorityFileTests {
    private func spelled(_ authorities: inout AuthorityFile, _ file: URL) throws -> String {
        let path = authorities.path(of: file.path)
        // Whatever the spelling, it is that file.
        #expect(FileManager.default.contents(atPath: path) == FileManager.default.contents(atPath: file.path))
        return path
    }

    @Test("keeps its path as long as it is the same, and has another one when it was written, replaced or touched")
    func renewed() throws {
        let folder = TestFolder()
        let file = folder.url.appendingPathComponent("authority.pem")
        try Data("one".utf8).write(to: file)
        var authorities = AuthorityFile()
        var last = try spelled(&authorities, file)
        for _ in 0..<3 { #expect(try spelled(&authorities, file) == last) }
        let changes: [() throws -> Void] = [
            { try Data("longer".utf8).write(to: file) },
            { try Data("atomic".utf8).write(to: file, options: .atomic) },
            {
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: file.path)
            },
        ]
        for change in changes {
            try change()
            let next = try spelled(&authorities, file)
            #expect(next != last)
            #expect(try spelled(&authorities, file) == next)
            last = next
        }
    }

    @Test("that is not there has a path too, for the error to name")
    func missing() {
        var authorities = AuthorityFile()
        let first = authorities.path(of: "no-such-authority.pem")
        #expect(authorities.path(of: "no-such-authority.pem") == first)
        #expect(["no-such-authority.pem", "./no-such-authority.pem"].contains(first))
    }
}
