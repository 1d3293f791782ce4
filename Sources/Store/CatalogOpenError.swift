/// Why a catalog cannot be opened.
package enum CatalogOpenError: Error, Sendable, Equatable {
    /// There is no catalog, and this command makes none.
    case missing(path: String)
    /// There is none, and yet its write-ahead log.
    case moved(path: String)
    /// There is no such directory, and it cannot be made.
    case directoryMissing(path: String)
    case permissionDenied(path: String)
    /// The path is a link that leads to no file.
    case danglingLink(path: String)
    /// The file is something other than a catalog.
    case notACatalog(path: String)
    case damaged(path: String)
    /// Another process has kept the catalog locked for longer than the broker waits: 5 s for a file.
    case locked(path: String)
    /// A backup was put in the place of a catalog whose write-ahead log is still there.
    case restoredOverLog(path: String)
    /// Written by a later version of this program.
    case newer(path: String, schema: Int, known: Int)
    /// Written by an earlier version of this program, which only a broker that starts brings forward.
    case older(path: String, schema: Int, known: Int)
    case diskFull(path: String)
    /// The catalog was copied elsewhere, and is written there from then on.
    case sealed(path: String, successor: String)
    /// No server that can be written answers.
    case unreachable(place: String, why: String)
    /// The server does not wait for its disk.
    case notDurable(place: String)
    /// Anything else, with SQLite's extended result code.
    case failed(path: String, code: Int32)

    /// What is wrong and what to do about it, in one sentence.
    package var sentence: String {
        switch self {
        case .missing(let path):
            "there is no catalog at \(path): set SECRET_BROKER_CATALOG to the one that the broker uses"
        case .moved(let path):
            "the catalog \(path) was moved or removed while a broker uses it, whose log is still there: put it back; "
                + "or, to begin with another, end every broker and remove \(path)-wal and \(path)-shm"
        case .directoryMissing(let path):
            "the directory of the catalog \(path) does not exist and cannot be made: "
                + "make it, owned by the user that runs the broker"
        case .permissionDenied(let path):
            "the catalog \(path) may not be read and written: "
                + "give the file and its directory, or the database or schema, to whom the broker runs as"
        case .danglingLink(let path):
            "the catalog \(path) is a link that leads to no file: see that its volume is there, or remove the link"
        case .notACatalog(let path):
            "\(path) is not a catalog of this program: name another file, or none yet existing, or an empty database"
        case .damaged(let path):
            "the catalog \(path) is damaged: restore it from a backup"
        case .locked(let path):
            "the catalog \(path) has been locked by another process for more than 5 seconds: end that process"
        case .restoredOverLog(let path):
            "\(path) is a backup, and beside it is the log of the catalog that was there before, which would be written "
                + "over it: remove \(path)-wal and \(path)-shm"
        case .newer(let path, let schema, let known):
            "the catalog \(path) has schema \(schema), and this program knows schemas up to \(known): "
                + "run the version of the program that wrote it, or a later one"
        case .older(let path, let schema, let known):
            "the catalog \(path) has schema \(schema), and this program keeps schema \(known): use the version of the "
                + "program that the broker runs, or start this version's broker first, which brings the catalog forward"
        case .diskFull(let path):
            "the disk that holds the catalog \(path) is full: make room on it, or enlarge it"
        case .sealed(let path, let successor):
            "the catalog \(path) was copied to \(successor) and is sealed: "
                + "set SECRET_BROKER_CATALOG to that one, or finish the copy with `secret-broker catalog copy`"
        case .unreachable(let place, let why):
            "the catalog \(place) cannot be reached (\(why)): see the server, its pg_hba.conf, and the URL"
        case .notDurable(let place):
            "the server of the catalog \(place) runs with fsync off and can lose what it has confirmed: "
                + "set fsync = on in its configuration"
        case .failed(let path, let code):
            "the catalog \(path) cannot be opened (SQLite result \(code)): check its disk"
        }
    }
}
