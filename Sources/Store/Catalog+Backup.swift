package import Broker
import Glibc

package enum BackupError: Error, Sendable, Equatable {
    /// Something exists at the path: it is not overwritten.
    case exists
    /// The catalog could not be read.
    case unreadable
    /// The copy could not be written.
    case failed
}

extension Catalog {
    /// Copies the catalog, as it is at one moment, to a new file that only this user can read. Others may keep writing.
    ///
    /// The copy is a catalog to restore: its tokens are revoked and its webhooks disarmed, since the original may have
    /// revoked and changed some after it, and it purges nothing until `reconcile` has run on it, since the original may
    /// still be in use. It is marked, so that it is not opened with the log of the one in whose place it was put.
    package func backUp(to path: String) async throws(BackupError) {
        let isNew: Bool
        do throws(CatalogOpenError) {
            // A folder made here would hide that the intended volume is not there.
            isNew = try CatalogFile.make(path)
        } catch {
            throw .failed
        }
        guard isNew else { throw .exists }
        let copying = CatalogCopy()
        do {
            let copy = try SQLiteEngine.open(
                path: path, allowing: .creation, clock: { [engine] in engine.now }, patience: .seconds(5))
            defer { copy.close() }
            try await read { from in
                try copy.writeNow { to, now in
                    try copying.run(from: from, to: to)
                    try Self.prepareForRestoring(to, at: now)
                    _ = try to.run("PRAGMA application_id = \(SQLiteSchema.backupID)", [])
                }
            }
            // This one file alone is what is put in a catalog's place.
            try copy.emptyLog()
        } catch {
            for suffix in ["", "-wal", "-shm"] { unsafe unlink(path + suffix) }
            throw copying.isSourceAtFault ? .unreadable : .failed
        }
    }

    private static func prepareForRestoring(_ db: any Session, at now: Timestamp) throws {
        try db.run("UPDATE token SET revoked_at = ? WHERE revoked_at IS NULL", [now.milliseconds])
        try db.run("UPDATE webhook SET confirmed = ?", [false])
        try db.run("DELETE FROM restored", [])
        try db.run("INSERT INTO restored (backed_up_at) VALUES (?)", [now.milliseconds])
        let shell = Principal.operatorsShell(requestID: "backup")
        try append([AuditEvent(.backUp, .done, by: shell, team: nil, subject: .catalog)], at: now, db)
    }

    /// When the backup that this catalog was restored from was made; nil once the catalog purges, or if it is no copy.
    package func restoredBackup() async throws(CatalogError) -> Timestamp? {
        try await read(Self.restoredFrom)
    }

    static func restoredFrom(_ db: any Session) throws -> Timestamp? {
        try db.row("SELECT backed_up_at FROM restored", [])?.time("backed_up_at")
    }

    /// Lets this catalog purge from now on: the operator has said that the original is no longer in use.
    package func takeOver() async throws(CatalogError) {
        try await write { db, _ in _ = try db.run("DELETE FROM restored", []) }
    }
}
