import Broker
import GRDB
import Glibc
import Support
import Testing

@testable import Store

@Suite("A look at a catalog before a start")
struct OutlookTests {
    private let directory = TestFolder()
    private var path: String { directory.path + "/a b%3F.db" }

    private func outlook(
        _ path: String, _ stores: [StoreName: String] = [.default: "aws/eu-west-1/wandb"]
    ) -> CatalogOutlook {
        Catalog.outlook(of: .file(path: path), stores: stores, at: Timestamp(milliseconds: 0))
    }

    private func files() -> Set<String> {
        guard let entries = unsafe opendir(directory.path) else { return [] }
        defer { unsafe closedir(entries) }
        var names: Set<String> = []
        while let entry = unsafe readdir(entries) {
            names.insert(
                unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                    unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
                })
        }
        return names
    }

    /// One with a secret in the default store.
    private func catalog() async throws -> Catalog {
        let catalog = try Catalog.open(path: path, clock: { Timestamp(milliseconds: 0) })
        try await catalog.registerStores([.default: "aws/eu-west-1/wandb"])
        try await catalog.perform(.fixture(.create))
        return catalog
    }

    @Test("makes nothing where there is none, and tells what would not be made")
    func absent() throws {
        #expect(outlook(path) == .toBeMade)
        #expect(outlook(directory.path + "/a/b/catalog.db") == .toBeMade)
        #expect(outlook("/dev/null/x.db") == .notOpened(.directoryMissing(path: "/dev/null/x.db")))
        #expect(files() == [".", ".."])
    }

    @Test("finds a catalog sound while it is open and when it is not, and leaves no file beside it")
    func sound() async throws {
        let catalog = try await catalog()
        #expect(outlook(path) == .sound)
        catalog.close()
        let before = files()
        #expect(outlook(path) == .sound)
        #expect(files() == before)
    }

    @Test("tells a store that is missing, or elsewhere, as the start does")
    func mismatched() async throws {
        try await catalog().close()
        let other = StoreName("other")!
        let content = StoreContent(secrets: 1, owed: 0, teams: [])
        #expect(outlook(path, [other: "x"]) == .mismatched(.notConfigured(.default, content)))
        #expect(
            outlook(path, [.default: "y"])
                == .mismatched(.moved(.default, from: "aws/eu-west-1/wandb", to: "y")))
        #expect(outlook(path) == .sound)
    }

    @Test("tells a schema that is newer or older than this program's, and changes neither", arguments: [1, 99])
    func schema(_ version: Int) async throws {
        let catalog = try await catalog()
        try await catalog.pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA user_version = \(version)") }
        catalog.close()
        let known = SQLiteSchema.migrations.count
        for _ in 1...2 {
            #expect(
                outlook(path)
                    == (version == 99
                        ? .notOpened(.newer(path: path, schema: 99, known: known))
                        : .toBeMigrated(schema: 1, known: known)))
        }
    }

    @Test("tells a file that is no catalog")
    func foreign() throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in try db.execute(sql: "CREATE TABLE theirs (x)") }
        try queue.close()
        #expect(outlook(path) == .notOpened(.notACatalog(path: path)))
    }
}
