package import Broker
import GRDB
import Glibc

package enum BackupError: Error, Sendable, Equatable {
    /// Something is at that path: it is not overwritten.
    case exists
    /// The copy could not be written.
    case failed
}

extension SQLiteCatalog {
    /// Copies the catalog, as it is at one moment, to a new file that only this user can read. Others may go on writing.
    ///
    /// The copy is a catalog to restore: its tokens are revoked and its webhooks disarmed, since the original may have
    /// revoked and changed some after it, and it purges nothing until `reconcile` has run on it, since the original may
    /// still be in use.
    package func backUp(to path: String) throws(BackupError) {
        guard unsafe access(path, F_OK) != 0 else { throw .exists }
        do {
            try CatalogFile.prepare(path)
            var configuration = Configuration()
            configuration.label = "backup"
            let copy = try DatabaseQueue(path: path, configuration: configuration)
            try pool.backup(to: copy)
            try copy.writeWithoutTransaction { [clock] db in
                try db.execute(sql: "PRAGMA journal_mode = DELETE")
                try Self.transaction(on: db) { db in try Self.prepareForRestoring(db, at: clock()) }.get()
                guard try Schema.isSound(db) else { throw CatalogError.damaged }
            }
            try copy.close()
        } catch {
            unsafe unlink(path)
            throw .failed
        }
    }

    private static func prepareForRestoring(_ db: Database, at now: Timestamp) throws {
        try db.execute(
            sql: """
                UPDATE token SET revoked_at = :now WHERE revoked_at IS NULL;
                UPDATE webhook SET confirmed = 0;
                DELETE FROM broker;
                DELETE FROM restored;
                """, arguments: ["now": now.milliseconds])
        try db.execute(sql: "INSERT INTO restored (backed_up_at) VALUES (?)", arguments: [now.milliseconds])
        let shell = Actor.operatorsShell(requestID: "backup")
        try append([AuditEvent(.backUp, .done, by: shell, team: nil)], at: now, db)
    }

    /// When the backup was made that this catalog was restored from, as long as it purges nothing.
    package func restoredBackup() throws(CatalogError) -> Timestamp? {
        try read(Self.restoredFrom)
    }

    static func restoredFrom(_ db: Database) throws -> Timestamp? {
        try Row.fetchOne(db.cachedStatement(sql: "SELECT backed_up_at FROM restored"))?.time("backed_up_at")
    }

    /// The operator has said that the original is not in use any more: from now on this catalog purges.
    package func takeOver() async throws(CatalogError) {
        try await write { db, _ in try db.execute(sql: "DELETE FROM restored") }
    }
}
