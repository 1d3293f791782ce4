import Broker
import GRDB

/// Why nothing can be written to a catalog's file: what `CatalogError.unavailable` and `inDoubt` do not tell.
package enum CatalogTrouble: Error, Sendable, Hashable {
    case diskFull
    case readOnly
    /// The file is not where it was opened, or another one is.
    case moved
    /// Another process has kept it locked for longer than is waited.
    case locked
    /// With SQLite's extended result code.
    case failing(code: Int32)
    /// A write has not come back for longer than is waited.
    case slow
    /// It was sealed, or a later version of this program brought its schema on.
    case superseded

    /// What is wrong and what to do about it, in one sentence.
    package var sentence: String {
        switch self {
        case .diskFull: "the catalog's disk is full: free room on it or enlarge it"
        case .readOnly: "the catalog's file or disk can only be read: see its mount, its mode and the kernel's log"
        case .moved: "the catalog's file was moved, removed or replaced: put it back"
        case .locked: "another process has kept the catalog locked for too long: end that process"
        case .failing(let code): "the catalog's disk fails (SQLite result \(code)): see its health and the kernel's log"
        case .slow: "the catalog's disk does not take what is written: see what else writes to it, and its health"
        case .superseded:
            "the catalog was copied elsewhere, or a later version of this program has it: end this broker, "
                + "and start it on the copy or as that version"
        }
    }
}

extension CatalogTrouble {
    /// Nil where the error tells nothing of the file and its disk.
    init?(_ error: any Error, of file: CatalogFile) {
        if let trouble = error as? CatalogTrouble {
            self = trouble
            return
        }
        guard let error = error as? DatabaseError else { return nil }
        switch error.resultCode {
        case .SQLITE_FULL: self = .diskFull
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked
        case .SQLITE_READONLY, .SQLITE_PERM: self = .readOnly
        case .SQLITE_IOERR where error.isFullDisk: self = .diskFull
        case .SQLITE_IOERR where file.isReadOnly: self = .readOnly
        case .SQLITE_IOERR: self = .failing(code: error.extendedResultCode.rawValue)
        default: return nil
        }
    }
}

extension DatabaseError {
    /// Whether there is no room, also where that is called an I/O error: for the index of the write-ahead log.
    var isFullDisk: Bool { resultCode == .SQLITE_FULL || extendedResultCode == .SQLITE_IOERR_SHMSIZE }
}
