import Foundation
import NIOConcurrencyHelpers
import Testing

/// A process whose output goes to files without a name, of which nothing is left however the tests end, and that
/// inherits nothing but `PATH` and the settings of sanitizers and backtraces. Foundation's own kind passes its pipes on
/// to whatever else is started meanwhile, and then sees no end while that other process lives.
package final class ChildProcess: Sendable {
    private struct State {
        var status: Int32?
        var waiting: [CheckedContinuation<Int32, Never>] = []
    }

    private static let inheritedVariables: Set = ["PATH", "ASAN_OPTIONS", "TSAN_OPTIONS", "SWIFT_BACKTRACE"]

    let id: pid_t
    private let command: String
    private let outputFile: FileHandle
    private let errorFile: FileHandle
    private let state = NIOLockedValueBox(State())

    package init(
        _ path: String, _ arguments: [String], _ environment: [String: String] = [:], input: String = ""
    ) throws {
        command = ([path] + arguments).joined(separator: " ")
        let inputFile = try Self.unnamedFile()
        try inputFile.write(contentsOf: Data(input.utf8))
        try inputFile.seek(toOffset: 0)
        outputFile = try Self.unnamedFile()
        errorFile = try Self.unnamedFile()
        let inherited = ProcessInfo.processInfo.environment.filter { Self.inheritedVariables.contains($0.key) }
        let own = inherited.merging(["HOME": "/nonexistent"]) { _, own in own }
        let variables = own.merging(environment) { _, given in given }.map { "\($0)=\($1)" }
        id = try Self.spawn([path] + arguments, variables, [inputFile, outputFile, errorFile])
        Thread.detachNewThread { [id, state] in Self.awaitEnd(of: id, state) }
    }

    deinit { signal(SIGKILL) }

    private static func unnamedFile() throws -> FileHandle {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("process-\(UUID().uuidString)").path
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_APPEND, 0o600)
        guard descriptor >= 0 else { throw BrokerBinary.DidNotStart(description: "\(path): \(errno)") }
        unsafe unlink(path)
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// - Parameter files: standard input, output and error.
    private static func spawn(_ command: [String], _ variables: [String], _ files: [FileHandle]) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (number, file) in files.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, file.fileDescriptor, Int32(number))
        }
        for descriptor in Int32(3)..<1024 { unsafe posix_spawn_file_actions_addclose(&actions, descriptor) }
        // Threads that run tasks block signals, and the processes they start would never see one.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var id: pid_t = 0
        let code = unsafe withCStrings(command) { arguments in
            unsafe withCStrings(variables) { environment in
                unsafe posix_spawn(&id, command[0], &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else { throw BrokerBinary.DidNotStart(description: "posix_spawn: \(code)") }
        return id
    }

    private static func withCStrings<Result>(
        _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = unsafe texts.map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe body(&pointers)
    }

    private static func awaitEnd(of id: pid_t, _ state: NIOLockedValueBox<State>) {
        var status: Int32 = 0
        while unsafe waitpid(id, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7f
        let code = signal == 0 ? (status >> 8) & 0xff : -signal
        let waiting = state.withLockedValue { state in
            state.status = code
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: code) }
    }

    package var output: String { String(decoding: Self.content(of: outputFile), as: UTF8.self) }
    package var errors: String { String(decoding: Self.content(of: errorFile), as: UTF8.self) }

    package func signal(_ number: Int32) {
        state.withLockedValue { state in
            // After its end another process can have its number.
            guard state.status == nil else { return }
            kill(id, number)
        }
    }

    /// Waits for the end; a signal's number is negative. A process that has not ended within `limit` is an issue, and is
    /// told to end; so it is when the waiting task is cancelled.
    ///
    /// - Parameter number: of the signal that tells it.
    package func ended(within limit: Duration = .seconds(600), else number: Int32 = SIGKILL) async -> Int32 {
        let watch = Task {
            try await Task.sleep(for: limit)
            Issue.record("not ended within \(limit): \(command.prefix(500)); its errors: \(errors.suffix(3000))")
            signal(number)
        }
        defer { watch.cancel() }
        return await withTaskCancellationHandler {
            await status()
        } onCancel: {
            signal(number)
        }
    }

    private func status() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status: Int32? = state.withLockedValue { state in
                if state.status == nil { state.waiting.append(continuation) }
                return state.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    /// Looks for a whole line in what is written to standard error; nil when the process ends without it, in 30 s, or
    /// when the task is cancelled.
    package func line(containing needle: String) async -> String? {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            let isOver = state.withLockedValue { $0.status != nil }
            let lines = errors.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            if let line = lines.first(where: { $0.contains(needle) }) { return String(line) }
            if isOver { return nil }
            // A file gives no event; what is waited for is the program's own start.
            do { try await Task.sleep(for: .milliseconds(10)) } catch { return nil }
        }
        return nil
    }

    /// Whether the text is anywhere in what was printed.
    func printed(_ text: String) -> Bool {
        [outputFile, errorFile].contains { Self.content(of: $0).range(of: Data(text.utf8)) != nil }
    }

    /// All of it so far. The process writes at the end, wherever it is read.
    private static func content(of file: FileHandle) -> Data {
        var status = stat()
        guard unsafe fstat(file.fileDescriptor, &status) == 0 else { return Data() }
        var content = Data(count: Int(status.st_size))
        let count = unsafe content.withUnsafeMutableBytes { bytes in
            unsafe pread(file.fileDescriptor, bytes.baseAddress, bytes.count, 0)
        }
        return content.prefix(max(count, 0))
    }
}
