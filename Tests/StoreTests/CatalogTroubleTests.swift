import Broker
import GRDB
import Glibc
import Support
import Testing

@testable import Store

@Suite("What stands in the way of a write")
struct CatalogTroubleTests {
    private let folder = TestFolder()
    private var path: String { folder.path + "/catalog.db" }

    private func open() throws -> Catalog {
        try Catalog.open(path: path, clock: { Timestamp(milliseconds: 0) }, patience: .milliseconds(50))
    }

    private func record(_ catalog: Catalog) async throws {
        try await catalog.append([AuditEvent(.createToken, .done, by: .alice, team: nil)])
    }

    @Test("is told while the file is elsewhere, and no longer once it is back")
    func moved() async throws {
        let catalog = try open()
        #expect(catalog.trouble == nil)
        #expect(unsafe rename(path, path + ".aside") == 0)
        await #expect(throws: CatalogError.unavailable) { try await record(catalog) }
        #expect(catalog.trouble == .moved)
        #expect(unsafe rename(path + ".aside", path) == 0)
        try await record(catalog)
        #expect(catalog.trouble == nil)
    }

    @Test("is told where another process keeps the file locked")
    func locked() async throws {
        let catalog = try open()
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: path, configuration: configuration)
        try other.inDatabase { db in try db.execute(sql: "BEGIN IMMEDIATE") }
        await #expect(throws: CatalogError.unavailable) { try await record(catalog) }
        #expect(catalog.trouble == .locked)
        try other.inDatabase { db in try db.execute(sql: "ROLLBACK") }
        try await record(catalog)
        #expect(catalog.trouble == nil)
    }

    @Test("is told where the catalog was sealed, and is nothing where a rule refuses")
    func superseded() async throws {
        let catalog = try open()
        await #expect(throws: CatalogError.damaged) {
            try await catalog.write { _, _ in throw CatalogError.damaged }
        }
        #expect(catalog.trouble == nil)
        try await catalog.write { db, now in try Seal(successor: "postgres://h/d").write(at: now, db) }
        await #expect(throws: CatalogError.unavailable) { try await record(catalog) }
        #expect(catalog.trouble == .superseded)
    }

    @Test(
        "is known by SQLite's code",
        arguments: [
            (.SQLITE_FULL, .diskFull), (.SQLITE_IOERR_SHMSIZE, .diskFull), (.SQLITE_BUSY_SNAPSHOT, .locked),
            (.SQLITE_READONLY_DIRECTORY, .readOnly), (.SQLITE_IOERR_FSYNC, .failing(code: 1034)),
            (.SQLITE_CONSTRAINT, nil),
        ] as [(ResultCode, CatalogTrouble?)])
    func codes(_ code: ResultCode, _ trouble: CatalogTrouble?) {
        #expect(CatalogTrouble(DatabaseError(resultCode: code), of: CatalogFile(at: folder.path)) == trouble)
    }
}
