import Broker
import Glibc

/// The catalog's file and its directory, as the system sees them.
struct CatalogFile: Sendable {
    private struct Identity: Equatable {
        let device: dev_t
        let inode: ino_t
    }

    private let path: String
    private let identity: Identity?

    /// Notes which file is there now.
    init(at path: String) {
        self.path = path
        identity = Self.identity(of: path)
    }

    /// Whether the path still leads to this file. SQLite would go on with one that was removed or replaced, and nobody
    /// would ever read what it records.
    var isInPlace: Bool { identity != nil && Self.identity(of: path) == identity }

    private static func identity(of path: String) -> Identity? {
        var found = stat()
        guard unsafe stat(path, &found) == 0 else { return nil }
        return Identity(device: found.st_dev, inode: found.st_ino)
    }

    /// Whether there is a log beside it: a process has the file open, or had it to its end.
    var hasLog: Bool { unsafe access(Self.log(of: path), F_OK) == 0 }

    /// SQLite keeps the log beside the file, and not beside a link that leads to it.
    private static func log(of path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path + "-wal" }
        defer { unsafe free(real) }
        return unsafe String(cString: real) + "-wal"
    }

    /// Whether its file system takes no writes.
    var isReadOnly: Bool {
        var system = statvfs()
        return unsafe statvfs(path, &system) == 0 && system.f_flag & UInt(ST_RDONLY) != 0
    }

    /// A new file in the place of one that a broker has open would have that one's log removed, as one of no catalog.
    /// - Throws: `moved`.
    static func requireUnmoved(_ path: String) throws(CatalogOpenError) {
        // In this order: whoever makes a catalog makes the file first.
        guard CatalogFile(at: path).hasLog, !CatalogFile(at: path).isInPlace else { return }
        throw .moved(path: path)
    }

    /// That the file could be made, or is there and could be written, as far as can be told without doing it.
    static func requireUsable(_ path: String) throws(CatalogOpenError) {
        if try exists(path) {
            guard unsafe access(path, R_OK | W_OK) == 0, unsafe access(directory(of: path), W_OK | X_OK) == 0 else {
                throw .permissionDenied(path: path)
            }
            return
        }
        // The first that is there: what is missing below it would be made.
        var parent = directory(of: path)
        while unsafe access(parent, F_OK) != 0 {
            guard errno == ENOENT, parent != "/" else { throw .directoryMissing(path: path) }
            parent = directory(of: parent)
        }
        var found = stat()
        guard unsafe stat(parent, &found) == 0, found.st_mode & S_IFMT == S_IFDIR else {
            throw .directoryMissing(path: path)
        }
        guard unsafe access(parent, W_OK | X_OK) == 0 else {
            throw parent == directory(of: path) ? .permissionDenied(path: path) : .directoryMissing(path: path)
        }
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    /// In bytes; nil where the system does not tell.
    var space: CatalogSpace? {
        var system = statvfs()
        guard unsafe statvfs(path, &system) == 0 else { return nil }
        return CatalogSpace(
            used: Self.size(of: path) + Self.size(of: Self.log(of: path)),
            free: Int(system.f_bavail) * Int(system.f_frsize),
            total: Int(system.f_blocks) * Int(system.f_frsize))
    }

    static func space(inFolderOf path: String) -> CatalogSpace? { CatalogFile(at: directory(of: path)).space }

    private static func size(of path: String) -> Int {
        var file = stat()
        return unsafe stat(path, &file) == 0 ? Int(file.st_size) : 0
    }

    /// Whether a file is there, or a link that leads to one.
    /// - Throws: `danglingLink`: SQLite would make the file that it leads to, for everybody to read. `notACatalog` for
    ///   anything but a file.
    static func exists(_ path: String) throws(CatalogOpenError) -> Bool {
        var found = stat()
        if unsafe stat(path, &found) == 0 {
            guard found.st_mode & S_IFMT == S_IFREG else { throw .notACatalog(path: path) }
            return true
        }
        guard unsafe lstat(path, &found) != 0 else { throw .danglingLink(path: path) }
        return false
    }

    /// Makes what is missing: the directory with mode 0700, the file with 0600. What exists keeps its mode.
    static func prepare(_ path: String) throws(CatalogOpenError) {
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeDirectory(String(path[..<slash]), of: path)
        }
        if try make(path) { return }
        guard try exists(path) else { throw .missing(path: path) }
    }

    /// Makes the file with mode 0600; false if anything is there, be it a link that leads nowhere.
    ///
    /// It is made without being opened, since closing any descriptor of it would drop the locks that SQLite holds on it
    /// elsewhere in this process. SQLite gives its `-wal` and `-shm` files the mode of this one.
    static func make(_ path: String) throws(CatalogOpenError) -> Bool {
        guard unsafe mknod(path, S_IFREG | 0o600, 0) != 0 else { return true }
        guard errno == EEXIST else { throw refusal(errno, path) }
        return false
    }

    /// SQLite takes a log that is beside a file for that file's, whatever is in it.
    /// - Throws: `restoredOverLog`.
    static func requireOwnLog(_ path: String) throws(CatalogOpenError) {
        guard size(of: log(of: path)) > 0, SQLiteSchema.isUnopenedBackup(path) else { return }
        throw .restoredOverLog(path: path)
    }

    private static func makeDirectory(_ directory: String, of path: String) throws(CatalogOpenError) {
        guard unsafe mkdir(directory, 0o700) != 0 else { return }
        switch errno {
        case EEXIST:
            return
        case ENOENT:
            guard let slash = directory.lastIndex(of: "/"), slash != directory.startIndex else {
                throw .directoryMissing(path: path)
            }
            try makeDirectory(String(directory[..<slash]), of: path)
            guard unsafe mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw .directoryMissing(path: path) }
        case ENOSPC, EDQUOT:
            throw .diskFull(path: path)
        default:
            throw .directoryMissing(path: path)
        }
    }

    private static func refusal(_ code: Int32, _ path: String) -> CatalogOpenError {
        switch code {
        case ENOSPC, EDQUOT: .diskFull(path: path)
        case ENOENT, ENOTDIR: .directoryMissing(path: path)
        default: .permissionDenied(path: path)
        }
    }
}
