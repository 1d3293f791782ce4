import GRDB

/// Recognises a file as a catalog, and brings it to the last of `migrations`.
enum SQLiteSchema {
    /// Marks the file as a catalog: `SBRK`.
    static let applicationID = 0x5342_524B
    /// Marks it as a backup that nobody has opened yet: `SBRB`.
    static let backupID = 0x5342_5242

    private static func application(_ db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    }

    private static func isCatalog(_ application: Int) -> Bool {
        application == applicationID || application == backupID
    }

    /// By the file alone: what lies beside it is left alone, which SQLite would otherwise write into it at once.
    static func isUnopenedBackup(_ path: String) -> Bool {
        guard let row = try? SQLiteReader(immutable: path).rows("PRAGMA application_id", []).first else { return false }
        return (try? row.integer("application_id")) == Int64(backupID)
    }

    static func version(_ db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    }

    /// Throws unless the file is a catalog that this program can use, or may become one. Changes nothing.
    static func recognise(_ db: Database, path: String, allowing preparation: CatalogPreparation) throws {
        guard db.isInsideTransaction else {
            // In one transaction: another process may be making the same new file a catalog.
            return try db.inTransaction(.deferred) {
                try recognise(db, path: path, allowing: preparation)
                return .commit
            }
        }
        let version = try version(db)
        let application = try application(db)
        guard isCatalog(application) else {
            let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
            guard application == 0, version == 0, tables == 0 else { throw CatalogOpenError.notACatalog(path: path) }
            guard preparation != .none else { throw CatalogOpenError.missing(path: path) }
            return
        }
        guard version <= migrations.count else {
            throw CatalogOpenError.newer(path: path, schema: version, known: migrations.count)
        }
        guard version == migrations.count || preparation == .upgrade else {
            throw CatalogOpenError.older(path: path, schema: version, known: migrations.count)
        }
    }

    /// Nil for an empty file. As `recognise`, for a connection that only reads.
    /// - Throws: `notACatalog`, `newer`, `damaged`.
    static func version(of reader: SQLiteReader, path: String) throws -> Int? {
        let sql = """
            SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema) AS tables
            FROM pragma_user_version, pragma_application_id
            """
        let row = try reader.rows(sql, []).first.orDamaged()
        let version = Int(try row.integer("user_version"))
        let application = Int(try row.integer("application_id"))
        guard isCatalog(application) else {
            let isEmpty = try application == 0 && version == 0 && row.integer("tables") == 0
            guard isEmpty else { throw CatalogOpenError.notACatalog(path: path) }
            return nil
        }
        guard version <= migrations.count else {
            throw CatalogOpenError.newer(path: path, schema: version, known: migrations.count)
        }
        for table in checked where try !reader.rows("SELECT 1 FROM sqlite_schema WHERE name = ?", [table]).isEmpty {
            guard try reader.rows("PRAGMA quick_check('\(table)')", []).first?.text("quick_check") == "ok" else {
                throw CatalogOpenError.damaged(path: path)
            }
        }
        return version
    }

    /// The tables that decide what exists.
    private static let checked = ["store", "secret", "journal", "token", "webhook"]

    /// Brings the file to the last version, as far as that is allowed. One transaction that begins with the write lock,
    /// and reads the version under it: of several processes that open a new file together, one migrates. A backup is a
    /// catalog from then on.
    /// - Returns: whether the file was empty.
    @discardableResult
    static func prepare(
        _ db: Database, path: String, allowing preparation: CatalogPreparation
    ) throws -> Bool {
        let isBackup = try application(db) == backupID
        guard try isBackup || version(db) != migrations.count else { return false }
        var isNew = false
        try db.inTransaction(.immediate) {
            try recognise(db, path: path, allowing: preparation)
            let present = try version(db)
            isNew = present == 0
            for migration in migrations[present...] {
                try db.execute(sql: migration)
            }
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            try db.execute(sql: "PRAGMA user_version = \(migrations.count)")
            return .commit
        }
        // The file must not keep its mark while there is anything in the log.
        if isBackup { _ = try db.checkpoint(.truncate) }
        return isNew
    }

    /// Whether the tables that decide what exists are sound. The audit log, which can be large, has `verifyAudit`.
    static func isSound(_ db: Database) throws -> Bool {
        for table in checked {
            guard try String.fetchOne(db, sql: "PRAGMA quick_check('\(table)')") == "ok" else { return false }
        }
        return true
    }
}
