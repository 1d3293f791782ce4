import Broker
import Glibc

/// A folder for the files that a sign-in reads, for its owner only. It is removed with its last reference.
final class TemporaryFolder: Sendable {
    struct NotWritten: Error {}

    let path: String

    init() throws(NotWritten) {
        var template = Array("/tmp/secret-broker-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw NotWritten() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        guard let folder = unsafe opendir(path) else { return }
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { unsafe unlink("\(path)/\(name)") }
        }
        unsafe closedir(folder)
        unsafe rmdir(path)
    }

    /// Writes a file whole, replacing one of the same name.
    /// - Returns: the file's path.
    @discardableResult
    func write(_ content: Secret, to name: String) throws(NotWritten) -> String {
        let file = "\(path)/\(name)"
        let descriptor = unsafe open(file + ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw NotWritten() }
        defer { close(descriptor) }
        let count = content.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        }
        guard count == content.byteCount, unsafe rename(file + ".new", file) == 0 else { throw NotWritten() }
        return file
    }
}
