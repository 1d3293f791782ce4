import Broker
import Glibc
import Providers

enum TextFile {
    /// Reads a file of at most 1 MiB.
    static func read(_ path: String) throws(SecretFile.Fault) -> String {
        try SecretFile.read(path).unwipedText
    }

    /// Checks, before it matters, whether `replace` could write there.
    static func requireWritable(_ path: String) throws {
        let temporary = path + ".new"
        let descriptor = try create(temporary, for: path)
        close(descriptor)
        unsafe unlink(temporary)
    }

    /// Writes the file whole or not at all, readable by its owner only.
    static func replace(_ path: String, with text: String) throws {
        let temporary = path + ".new"
        let descriptor = try create(temporary, for: path)
        let isTaken = Descriptor.write(text, to: descriptor)
        close(descriptor)
        guard isTaken, unsafe rename(temporary, path) == 0 else {
            unsafe unlink(temporary)
            throw Failure("\(path) cannot be written: see that its disk has room")
        }
    }

    private static func create(_ temporary: String, for path: String) throws -> Int32 {
        unsafe unlink(temporary)
        let descriptor = unsafe Glibc.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure("\(path) cannot be written: see that its directory is there") }
        return descriptor
    }
}

/// Writes whole texts to open descriptors.
enum Descriptor {
    /// - Returns: false if not all of it was taken.
    static func write(_ text: String, to descriptor: Int32) -> Bool {
        let bytes = unsafe text.utf8.span.bytes
        return unsafe bytes.withUnsafeBytes { unsafe write($0, to: descriptor) }
    }

    /// - Returns: false if not all of it was taken.
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = unsafe bytes[...]
        while unsafe !rest.isEmpty {
            let written = unsafe Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written < 0, errno == EINTR || (errno == EAGAIN && waitsForRoom(in: descriptor)) { continue }
            guard written > 0 else { return false }
            unsafe rest = rest.dropFirst(written)
        }
        return true
    }

    /// Of a pipe or terminal that whoever started the process has made one that does not wait by itself.
    private static func waitsForRoom(in descriptor: Int32) -> Bool {
        var waited = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&waited, 1, -1) > 0 || errno == EINTR
    }
}
