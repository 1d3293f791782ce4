import Foundation
import Testing

@testable import Store

@Suite("A backup", .everyEngine)
struct BackupTests {
    private let fixture: CatalogFixture
    private let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path

    init() async throws {
        fixture = try await CatalogFixture()
    }

    @Test("of a catalog that cannot be read says so, and leaves no file")
    func unreadable() async throws {
        try await fixture.tamper("DROP TABLE drift")
        await #expect(throws: BackupError.unreadable) { try await fixture.catalog.backUp(to: file) }
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test("into a folder that is not there, or over a file, is refused and changes nothing")
    func unwritable() async throws {
        await #expect(throws: BackupError.failed) { try await fixture.catalog.backUp(to: "/dev/null/backup") }
        try Data("kept".utf8).write(to: URL(filePath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        await #expect(throws: BackupError.exists) { try await fixture.catalog.backUp(to: file) }
        #expect(try Data(contentsOf: URL(filePath: file)) == Data("kept".utf8))
    }
}
