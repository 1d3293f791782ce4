import CCurl
import Glibc

/// The file of the trusted CAs. libcurl reads it once and, as long as the path is the same, goes on with what it read,
/// which for a large file saves each new connection several milliseconds. So a file that was renewed is given to it
/// under another spelling of its path.
struct AuthorityFile {
    private struct Identity: Equatable {
        let device: dev_t
        let inode: ino_t
        let size: Int
        let changed: [Int]
    }

    /// The system's file, as libcurl was built to trust it; nil if there is none.
    static let ofSystem: String? = {
        guard let path = unsafe ccurl_authority_file() else { return nil }
        let file = unsafe String(cString: path)
        return identity(of: file) == nil ? nil : file
    }()

    private var last: Identity?
    private var isRespelled = false

    /// - Parameter file: the path of the file, the same each time.
    mutating func path(of file: String) -> String {
        let identity = Self.identity(of: file)
        if identity != last {
            last = identity
            isRespelled.toggle()
        }
        guard isRespelled else { return file }
        return file.hasPrefix("/") ? "/.\(file)" : "./\(file)"
    }

    private static func identity(of file: String) -> Identity? {
        var found = stat()
        guard unsafe stat(file, &found) == 0 else { return nil }
        return Identity(
            device: found.st_dev, inode: found.st_ino, size: Int(found.st_size),
            changed: [found.st_mtim.tv_sec, found.st_mtim.tv_nsec, found.st_ctim.tv_sec, found.st_ctim.tv_nsec])
    }
}
