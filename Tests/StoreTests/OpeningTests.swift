import Broker
import GRDB
import Glibc
import NIOConcurrencyHelpers
import Support
import Testing

@testable import Store

/// For the calling thread alone; Glibc's module leaves it out.
@_silgen_name("setfsuid") private func setfsuid(_ user: UInt32) -> Int32

@Suite("Opening a catalog")
struct OpeningTests {
    private let directory = TestFolder()
    private var path: String { directory.path + "/catalog.db" }

    private func open(_ path: String, patience: Duration = .seconds(5)) throws(CatalogOpenError) -> Catalog {
        try Catalog.open(path: path, clock: { Timestamp(milliseconds: 0) }, patience: patience)
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test("a new file and all beside it can be read by nobody else")
    func modes() async throws {
        let catalog = try open(path)
        try await catalog.append([AuditEvent(.createToken, .done, by: .alice, team: nil)])
        #expect(mode(path) == 0o600)
        #expect(mode(path + "-wal") == 0o600)
        #expect(mode(path + "-shm") == 0o600)
    }

    @Test("an empty file becomes a catalog for who makes one, which is told, and for nobody else")
    func emptyFile() throws {
        func open(_ preparation: CatalogPreparation) throws(CatalogOpenError) -> Catalog {
            try Catalog.open(path: path, allowing: preparation, clock: { Timestamp(milliseconds: 0) })
        }
        write("")
        #expect(throws: CatalogOpenError.missing(path: path)) { try open(.none) }
        #expect(read().isEmpty)
        #expect(try open(.creation).isNew)
        #expect(try !open(.creation).isNew)
        #expect(try !open(.none).isNew)
    }

    @Test("a link to a catalog is opened, one that leads to no file is named and makes none, nor does what is no file")
    func links() throws {
        let link = directory.path + "/link.db"
        let target = path
        let made = unsafe symlink(target, link)
        try #require(made == 0)
        for preparation in [CatalogPreparation.none, .creation, .upgrade] {
            #expect(throws: CatalogOpenError.danglingLink(path: link)) {
                try Catalog.open(path: link, allowing: preparation, clock: { Timestamp(milliseconds: 0) })
            }
        }
        #expect(throws: CatalogOpenError.danglingLink(path: link)) { try CatalogFile.requireUsable(link) }
        #expect(mode(target) == 0)
        try open(target).close()
        let catalog = try open(link)
        #expect(mode(target) == 0o600)
        // The log is beside the file itself.
        #expect(CatalogFile(at: link).hasLog && mode(link + "-wal") == 0)
        catalog.close()
        #expect(throws: CatalogOpenError.notACatalog(path: directory.path)) { try open(directory.path) }
        #expect(throws: CatalogOpenError.notACatalog(path: "/dev/null")) { try open("/dev/null") }
    }

    @Test("one whose file was moved away from under its log is not made anew, which would remove that log")
    func moved() async throws {
        let catalog = try open(path)
        try await catalog.append([AuditEvent(.createToken, .done, by: .alice, team: nil)])
        let aside = path + ".aside"
        #expect(unsafe rename(path, aside) == 0)
        #expect(throws: CatalogOpenError.moved(path: path)) { try open(path) }
        #expect(
            Catalog.outlook(of: .file(path: path), stores: [:], at: Timestamp(milliseconds: 0))
                == .notOpened(.moved(path: path)))
        #expect(unsafe access(path, F_OK) != 0)
        #expect(unsafe rename(aside, path) == 0)
        #expect(try await open(path).auditHead().seq == 1)
    }

    @Test("a missing directory is made, for nobody else")
    func directories() throws {
        let inner = directory.path + "/a/b"
        try open(inner + "/catalog.db").close()
        #expect(mode(directory.path + "/a") == 0o700)
        #expect(mode(inner) == 0o700)
    }

    @Test("a directory that cannot be made is named")
    func noDirectory() throws {
        try open(path).close()
        let below = path + "/below/catalog.db"
        #expect(throws: CatalogOpenError.directoryMissing(path: below)) { try open(below) }
        #expect(throws: CatalogOpenError.directoryMissing(path: path + "/x")) { try open(path + "/x") }
    }

    /// The file system's user of this thread alone becomes `nobody`; without an `await` the thread stays the same.
    @Test("a directory or file of another user is refused", .enabled(if: geteuid() == 0, "needs root to become nobody"))
    func permissions() throws {
        _ = setfsuid(65534)
        #expect(throws: CatalogOpenError.permissionDenied(path: path)) { try open(path) }
        _ = setfsuid(0)
        try open(path).close()
        unsafe chmod(directory.path, 0o755)
        _ = setfsuid(65534)
        #expect(throws: CatalogOpenError.permissionDenied(path: path)) { try open(path) }
        _ = setfsuid(0)
        unsafe chmod(path, 0o644)
        _ = setfsuid(65534)
        #expect(throws: CatalogOpenError.permissionDenied(path: path)) { try open(path) }
        _ = setfsuid(0)
    }

    @Test("what is no SQLite file is refused, and not touched")
    func foreignFile() throws {
        let text = String(repeating: "not a database, but a diary. ", count: 400)
        write(text)
        #expect(throws: CatalogOpenError.notACatalog(path: path)) { try open(path) }
        #expect(read() == Array(text.utf8))
    }

    @Test("another program's database is refused, and not touched")
    func foreignDatabase() throws {
        let queue = try DatabaseQueue(path: path)
        try queue.inDatabase { db in try db.execute(sql: "CREATE TABLE diary (entry TEXT)") }
        try queue.close()
        let before = read()
        #expect(throws: CatalogOpenError.notACatalog(path: path)) { try open(path) }
        #expect(read() == before)
    }

    @Test("a catalog of a later program is refused, and not touched")
    func newer() throws {
        let catalog = try open(path)
        try catalog.pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA user_version = 99") }
        catalog.close()
        let known = SQLiteSchema.migrations.count
        #expect(throws: CatalogOpenError.newer(path: path, schema: 99, known: known)) { try open(path) }
    }

    @Test("a catalog of an earlier program is brought forward by a broker that starts, and by nobody else")
    func older() throws {
        let known = SQLiteSchema.migrations.count
        try DatabaseQueue(path: path).inDatabase { db in
            try db.execute(sql: SQLiteSchema.migrations.dropLast().joined(separator: "\n"))
            try db.execute(sql: "PRAGMA application_id = \(SQLiteSchema.applicationID)")
            try db.execute(sql: "PRAGMA user_version = \(known - 1)")
        }
        func open(_ preparation: CatalogPreparation) throws(CatalogOpenError) -> Catalog {
            try Catalog.open(path: path, allowing: preparation, clock: { Timestamp(milliseconds: 0) })
        }
        let before = read()
        for preparation in [CatalogPreparation.none, .creation] {
            let refusal = CatalogOpenError.older(path: path, schema: known - 1, known: known)
            #expect(throws: refusal) { try open(preparation) }
        }
        #expect(read() == before)
        try open(.upgrade).close()
        try open(.none).close()
    }

    @Test("a page that was overwritten is noticed")
    func damagedPage() async throws {
        let catalog = try open(path)
        let page = try await catalog.pool.read { db in
            try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'secret'") ?? 0
        }
        catalog.close()
        var bytes = read()
        for offset in (page - 1) * 4096..<page * 4096 { bytes[offset] = UInt8(truncatingIfNeeded: offset &* 31) }
        write(bytes)
        #expect(throws: CatalogOpenError.damaged(path: path)) { try open(path) }
    }

    @Test("a file that was cut off is noticed")
    func truncated() throws {
        try open(path).close()
        unsafe Glibc.truncate(path, 4096 * 3)
        #expect(throws: CatalogOpenError.damaged(path: path)) { try open(path) }
    }

    @Test("a lock that outlasts the patience is reported")
    func locked() throws {
        try open(path).close()
        let queue = try DatabaseQueue(path: path)
        try queue.inDatabase { db in
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT")
            #expect(throws: CatalogOpenError.locked(path: path)) { try open(path, patience: .milliseconds(50)) }
        }
    }

    @Test("eight that open a new file together all succeed", arguments: 0..<10)
    func together(_: Int) async throws {
        let path = path
        let team = try await withThrowingTaskGroup(of: Catalog.self) { group in
            for _ in 0..<8 {
                group.addTask { try Catalog.open(path: path, clock: { Timestamp(milliseconds: 0) }) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for catalog in team {
            try await catalog.append([AuditEvent(.createToken, .done, by: .alice, team: nil)])
        }
        #expect(try await team[0].auditHead().seq == 8)
    }

    @Test("a new file that becomes a catalog while it is looked at is not taken for somebody else's")
    func becoming() throws {
        let other = try DatabaseQueue(path: path)
        let queue = try DatabaseQueue(path: path)
        let attempts = NIOLockedValueBox(0)
        try queue.inDatabase { db in
            db.trace { event in
                // In the middle of the look; refused, when that is one transaction.
                guard "\(event)".contains("count(*)") else { return }
                attempts.withLockedValue { $0 += 1 }
                _ = try? other.inDatabase { try SQLiteSchema.prepare($0, path: "", allowing: .upgrade) }
            }
            try SQLiteSchema.recognise(db, path: path, allowing: .creation)
        }
        // Without it nothing is proven.
        #expect(attempts.withLockedValue { $0 } > 0)
    }

    @Test("commits are synced to the disk, and foreign keys hold, on the connection that writes")
    func settings() throws {
        let catalog = try open(path)
        let settings = try catalog.pool.writeWithoutTransaction { db in
            try ["synchronous", "journal_mode", "foreign_keys"].map { setting in
                try String.fetchOne(db, sql: "PRAGMA \(setting)")
            }
        }
        #expect(settings == ["2", "wal", "1"])
    }

    @Test("after closing, reads and writes are refused")
    func closed() async throws {
        let catalog = try open(path)
        catalog.close()
        await #expect(throws: CatalogError.unavailable) { try await catalog.secrets(in: .research) }
        await #expect(throws: CatalogError.unavailable) { try await catalog.expireLeases() }
    }

    @Test("each error says what to do, and names the file")
    func sentences() {
        let errors: [CatalogOpenError] = [
            .directoryMissing(path: "/x"), .permissionDenied(path: "/x"), .danglingLink(path: "/x"),
            .notACatalog(path: "/x"), .damaged(path: "/x"),
            .locked(path: "/x"), .restoredOverLog(path: "/x"),
            .newer(path: "/x", schema: 2, known: 1), .older(path: "/x", schema: 1, known: 2), .diskFull(path: "/x"),
            .failed(path: "/x", code: 10),
        ]
        for error in errors {
            #expect(error.sentence.contains("/x") && error.sentence.contains(": "))
        }
    }

    private func write(_ text: String) { write(Array(text.utf8)) }

    private func write(_ bytes: [UInt8]) {
        let file = unsafe fopen(path, "w")
        unsafe bytes.withUnsafeBytes { bytes in _ = unsafe fwrite(bytes.baseAddress, 1, bytes.count, file) }
        unsafe fclose(file)
    }

    private func read() -> [UInt8] {
        guard let file = unsafe fopen(path, "r") else { return [] }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = unsafe fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
        return bytes
    }
}
