import Broker
import Glibc
import NIOConcurrencyHelpers
import Providers

/// Standard input, output and error.
enum Terminal {
    private static let hasTakenAll = NIOLockedValueBox(true)

    /// Whether standard output is one, which keeps nothing of what it is shown.
    static var isOutput: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Writes a line of what the command was asked for to standard output.
    static func say(_ line: String) {
        if !Descriptor.write(line + "\n", to: STDOUT_FILENO) { hasTakenAll.withLockedValue { $0 = false } }
    }

    /// Whether standard output has taken all that was said and revealed.
    static var hasTakenAllSoFar: Bool { hasTakenAll.withLockedValue(\.self) }

    /// - Throws: `Failure` unless standard output has taken all that was said and revealed.
    static func requireTaken() throws {
        guard hasTakenAllSoFar else {
            throw Failure("standard output did not take all that was written; what was asked for is done")
        }
    }

    /// Writes a line that is about to be kept nowhere else.
    /// - Throws: `Failure` unless all of it was taken.
    static func handOver(_ line: String) throws {
        guard Descriptor.write(line + "\n", to: STDOUT_FILENO) else { throw notTaken }
    }

    /// As `handOver`, for bytes.
    static func handOver(_ bytes: UnsafeRawBufferPointer) throws {
        guard unsafe Descriptor.write(bytes, to: STDOUT_FILENO) else { throw notTaken }
    }

    /// Waits until what was handed over is on disk, if standard output is a file.
    static func settle() throws {
        guard fsync(STDOUT_FILENO) == 0 || errno == EINVAL || errno == EROFS else { throw notTaken }
    }

    private static var notTaken: Failure {
        Failure("standard output does not take what is written: nothing more was done")
    }

    /// Writes text to standard error without ending the line.
    static func show(_ text: String) {
        _ = Descriptor.write(text, to: STDERR_FILENO)
    }

    /// Writes a line for people to standard error, besides what the command was asked for.
    static func note(_ line: String) {
        show(line + "\n")
    }

    static func complain(_ sentence: String) {
        note("secret-broker: \(sentence)")
    }

    /// Text that holds values. It goes to standard output and nowhere else.
    /// - Parameter isForeign: somebody else wrote it, whom a terminal is not to obey.
    static func reveal(_ text: Secret, isForeign: Bool = false) {
        let shown = isForeign && isOutput ? text.withVisibleControls() : text
        shown.withBytes { bytes in
            let isTaken = unsafe bytes.withUnsafeBytes { unsafe Descriptor.write($0, to: STDOUT_FILENO) }
            if !isTaken { hasTakenAll.withLockedValue { $0 = false } }
        }
    }

    /// Reads the content of a file of at most 1 MiB; `-` is standard input.
    static func readFile(_ path: String) throws -> Secret {
        do throws(SecretFile.Fault) {
            return try path == "-" ? SecretFile.read(STDIN_FILENO) : SecretFile.read(path)
        } catch {
            let name = path == "-" ? "standard input" : path
            switch error {
            case .unreadable: throw Failure("\(name) cannot be read: see that it is there and may be read")
            case .tooLarge: throw Failure("\(name) is larger than 1 MiB, the most that is taken")
            }
        }
    }

    /// Asks on the terminal, without showing what is typed.
    static func prompt(_ question: String) throws -> Secret {
        var before = termios()
        unsafe tcgetattr(STDIN_FILENO, &before)
        var quiet = before
        quiet.c_lflag &= ~tcflag_t(ECHO)
        unsafe tcsetattr(STDIN_FILENO, TCSANOW, &quiet)
        defer {
            unsafe tcsetattr(STDIN_FILENO, TCSANOW, &before)
            note("")
        }
        show(question)
        return try readLine()
    }

    /// Whether the terminal says yes; whatever else it says is no.
    static func agrees(_ question: String) -> Bool {
        show(question)
        return ["y", "yes"].contains(Swift.readLine()?.lowercased())
    }

    private static func readLine() throws -> Secret {
        var buffer = SecretBuffer(limit: 1 << 20)
        var byte: UInt8 = 0
        while unsafe Glibc.read(STDIN_FILENO, &byte, 1) == 1, byte != UInt8(ascii: "\n") {
            do {
                try buffer.append(byte)
            } catch {
                throw Failure("the value is larger than 1 MiB; no store takes one of that size")
            }
        }
        return buffer.finish()
    }
}
