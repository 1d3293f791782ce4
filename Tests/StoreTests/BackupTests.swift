import Broker
import Foundation
import Support
import Testing

@testable import Store

@Suite("A backup", .everyEngine)
struct BackupTests {
    private let fixture: CatalogFixture
    private let folder = TestFolder()
    private var file: String { "\(folder.path)/backup.db" }

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
        await #expect(throws: BackupError.exists) { try await fixture.catalog.backUp(to: file) }
        #expect(try Data(contentsOf: URL(filePath: file)) == Data("kept".utf8))
    }

    @Test("through a link makes nothing, wherever the link leads, and is itself for nobody else to read")
    func link() async throws {
        let target = folder.path + "/target"
        for leadsSomewhere in [false, true] {
            if leadsSomewhere { try Data().write(to: URL(filePath: target)) }
            try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: target)
            await #expect(throws: BackupError.exists) { try await fixture.catalog.backUp(to: file) }
            #expect(FileManager.default.fileExists(atPath: target) == leadsSomewhere)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: file) == target)
            try FileManager.default.removeItem(atPath: file)
        }
        #expect(try Data(contentsOf: URL(filePath: target)).isEmpty)
        try await fixture.catalog.backUp(to: file)
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
    }

    /// As the catalog's path would be after a crash and a restore.
    private func restoreOverLog(_ old: TestFolder) async throws -> String {
        let crashed = try Catalog.open(path: old.path + "/old.db", clock: { Timestamp(milliseconds: 0) })
        try await crashed.append([AuditEvent(.createToken, .done, by: .alice, team: nil)])
        let path = old.path + "/catalog.db"
        try await fixture.catalog.backUp(to: path)
        try FileManager.default.copyItem(atPath: old.path + "/old.db-wal", toPath: path + "-wal")
        return path
    }

    private func open(_ path: String, patience: Duration = .seconds(5)) throws(CatalogOpenError) -> Catalog {
        try Catalog.open(path: path, allowing: .none, clock: { Timestamp(milliseconds: 0) }, patience: patience)
    }

    @Test("is left as it is where another one's log lies beside it, and is a catalog as any other without that")
    func overLog() async throws {
        let path = try await restoreOverLog(folder)
        let before = try Data(contentsOf: URL(filePath: path))
        #expect(throws: CatalogOpenError.restoredOverLog(path: path)) { try open(path, patience: .milliseconds(50)) }
        func outlook() -> CatalogOutlook {
            Catalog.outlook(
                of: .file(path: path), stores: [.default: "aws/eu-west-1/wandb"], at: Timestamp(milliseconds: 0))
        }
        #expect(outlook() == .notOpened(.restoredOverLog(path: path)))
        #expect(try Data(contentsOf: URL(filePath: path)) == before)
        try FileManager.default.removeItem(atPath: path + "-wal")
        #expect(outlook() == .sound)
        let restored = try open(path)
        let head = try await fixture.catalog.auditHead().seq + 1
        #expect(try await restored.auditHead().seq == head)
        // What it has in its own log is its own.
        try await restored.append([AuditEvent(.createToken, .done, by: .alice, team: nil)])
        let again = try open(path, patience: .seconds(1))
        #expect(try await again.auditHead().seq == head + 1)
    }

    @Test("that several open together is opened by all of them", arguments: 0..<5)
    func together(_: Int) async throws {
        let path = folder.path + "/catalog.db"
        try await fixture.catalog.backUp(to: path)
        try await withThrowingTaskGroup(of: Catalog.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try Catalog.open(path: path, allowing: .none, clock: { Timestamp(milliseconds: 0) })
                }
            }
            for try await catalog in group {
                try await catalog.append([AuditEvent(.createToken, .done, by: .alice, team: nil)])
            }
        }
    }
}
