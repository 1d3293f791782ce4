package import Broker
import Glibc

/// A file, or other input, whose content must not be seen: a token, a key, a configuration, a value.
package enum SecretFile {
    package enum Fault: Error { case unreadable, tooLarge }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Reads the whole file as it is now, into memory that is wiped. At most `limit` bytes; 1 MiB by default.
    package static func read(_ path: String, upTo limit: Int = 1 << 20) throws(Fault) -> Secret {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable }
        defer { close(descriptor) }
        return try read(descriptor, upTo: limit)
    }

    /// Reads `descriptor` to its end, into memory that is wiped.
    package static func read(_ descriptor: Int32, upTo limit: Int = 1 << 20) throws(Fault) -> Secret {
        var content = SecretBuffer(limit: limit)
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
        defer {
            unsafe explicit_bzero(piece.baseAddress!, piece.count)
            unsafe piece.deallocate()
        }
        while true {
            let count = unsafe Glibc.read(descriptor, piece.baseAddress, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable }
            guard count > 0 else { return content.finish() }
            do throws(SecretBuffer.Overflow) {
                try unsafe content.append(UnsafeRawBufferPointer(rebasing: piece[..<count]).bytes)
            } catch {
                throw .tooLarge
            }
        }
    }
}

extension Secret {
    /// The content without white space around it: a file that people write ends with a line end.
    var trimmed: Secret {
        withBytes { bytes in
            func isSpace(_ offset: Int) -> Bool {
                " \t\r\n".utf8.contains(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
            }
            let start = bytes.byteOffsets.first { !isSpace($0) } ?? bytes.byteCount
            let end = bytes.byteOffsets.last { !isSpace($0) }.map { $0 + 1 } ?? start
            return Secret(copying: bytes.extracting(start..<end))
        }
    }
}
