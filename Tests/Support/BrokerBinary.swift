import Foundation
import NIOConcurrencyHelpers

/// The built program, run as its users run it.
package final class BrokerBinary: Sendable {
    package static let path = "\(PythonEnvironment.packageRoot)/.build/debug/secret-broker"

    /// What a command that ends printed.
    package struct Finished: Sendable {
        package let status: Int32
        package let output: String
        package let errors: String
    }

    package struct DidNotStart: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) {
            self.description = description
        }
    }

    package let url: String
    private let process: ChildProcess

    private init(url: String, process: ChildProcess) {
        self.url = url
        self.process = process
    }

    /// Runs a command to its end.
    package static func run(
        _ arguments: [String], environment: [String: String], input: String = ""
    ) async throws -> Finished {
        let process = try ChildProcess(path, arguments, environment, input: input)
        let status = await process.ended()
        return Finished(status: status, output: process.output, errors: process.errors)
    }

    /// Starts a broker, at the most verbose level of its log, and returns once it answers.
    package static func serve(_ arguments: [String] = [], environment: [String: String]) async throws -> BrokerBinary {
        let process = try ChildProcess(
            path, ["serve", "--listen", "127.0.0.1:0", "--log-level", "trace"] + arguments, environment, input: "")
        guard let line = await process.line(containing: "] listening"), let url = line.firstMatch(of: /url=(\S+)/)?.1
        else { throw DidNotStart(description: process.errors) }
        return BrokerBinary(url: String(url), process: process)
    }

    /// Everything that it has printed and logged so far.
    package var logged: String { process.output + process.errors }
    package var processID: Int32 { process.id }

    /// SIGTERM, and waits for the end.
    package func end() async -> Int32 {
        process.signal(SIGTERM)
        return await ended()
    }

    /// SIGKILL, and waits for the end.
    package func kill() async {
        process.signal(SIGKILL)
        _ = await ended()
    }

    /// Waits until it has ended; a signal's number is negative.
    package func ended() async -> Int32 { await process.ended() }
}

/// A process whose output goes to files: a pipe would be kept open by whatever other process was started meanwhile.
private final class ChildProcess: Sendable {
    private struct State {
        var status: Int32?
        var waiting: [CheckedContinuation<Int32, Never>] = []
    }

    private let process = Process()
    private let folder: URL
    private let state = NIOLockedValueBox(State())

    init(_ path: String, _ arguments: [String], _ environment: [String: String], input: String) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("process-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(input.utf8).write(to: folder.appendingPathComponent("input"))
        for name in ["output", "errors"] { try Data().write(to: folder.appendingPathComponent(name)) }
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        let own = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": "/nonexistent"]
        process.environment = own.merging(environment) { _, given in given }
        process.standardInput = try FileHandle(forReadingFrom: folder.appendingPathComponent("input"))
        process.standardOutput = try FileHandle(forWritingTo: folder.appendingPathComponent("output"))
        process.standardError = try FileHandle(forWritingTo: folder.appendingPathComponent("errors"))
        process.terminationHandler = { [state] process in
            let signalled = process.terminationReason == .uncaughtSignal
            let status = signalled ? -process.terminationStatus : process.terminationStatus
            let waiting = state.withLockedValue { state in
                state.status = status
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume(returning: status) }
        }
        try process.run()
    }

    deinit {
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    var id: Int32 { process.processIdentifier }
    var output: String { text("output") }
    var errors: String { text("errors") }

    func signal(_ number: Int32) { Foundation.kill(process.processIdentifier, number) }

    func ended() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status: Int32? = state.withLockedValue { state in
                if state.status == nil { state.waiting.append(continuation) }
                return state.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    /// Looks for a whole line in what is written to standard error; nil when the process ends without it, or in 30 s.
    func line(containing needle: String) async -> String? {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            let isOver = state.withLockedValue { $0.status != nil }
            let lines = errors.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            if let line = lines.first(where: { $0.contains(needle) }) { return String(line) }
            if isOver { return nil }
            // A file gives no event; what is waited for is the program's own start.
            try? await Task.sleep(for: .milliseconds(10))
        }
        return nil
    }

    private func text(_ name: String) -> String {
        let data = (try? Data(contentsOf: folder.appendingPathComponent(name))) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }
}
