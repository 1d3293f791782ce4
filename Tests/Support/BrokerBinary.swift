import Foundation
import NIOConcurrencyHelpers
import Transport

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
    private let process: Process
    private let log: Log

    private init(url: String, process: Process, log: Log) {
        self.url = url
        self.process = process
        self.log = log
    }

    deinit {
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
    }

    /// Runs a command to its end.
    package static func run(
        _ arguments: [String], environment: [String: String], input: String = ""
    ) async throws -> Finished {
        let (process, output, errors) = (make(arguments, environment), Log(), Log())
        let inputPipe = Pipe()
        process.standardInput = inputPipe
        process.standardOutput = output.pipe
        process.standardError = errors.pipe
        try process.run()
        try inputPipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try inputPipe.fileHandleForWriting.close()
        await output.end()
        await errors.end()
        process.waitUntilExit()
        return Finished(status: process.exitStatus, output: output.text, errors: errors.text)
    }

    /// Starts a broker and returns once it answers.
    package static func serve(_ arguments: [String] = [], environment: [String: String]) async throws -> BrokerBinary {
        let log = Log()
        let process = make(["serve", "--listen", "127.0.0.1:0", "--log-level", "trace"] + arguments, environment)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = log.pipe
        process.standardError = log.pipe
        try process.run()
        guard let line = await log.line(containing: "] listening"),
            let url = line.firstMatch(of: /url=(\S+)/)?.1
        else { throw DidNotStart(description: log.text) }
        return BrokerBinary(url: String(url), process: process, log: log)
    }

    private static func make(_ arguments: [String], _ environment: [String: String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        var all = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": "/nonexistent"]
        all.merge(environment) { _, own in own }
        process.environment = all
        return process
    }

    /// Everything that it has logged so far.
    package var logged: String { log.text }
    package var processID: Int32 { process.processIdentifier }

    /// SIGTERM, and waits for the end.
    package func end() async -> Int32 {
        process.terminate()
        return await ended()
    }

    /// SIGKILL, and waits for the end.
    package func kill() async {
        Foundation.kill(process.processIdentifier, SIGKILL)
        _ = await ended()
    }

    /// Waits until it has ended; a signal's number is negative.
    package func ended() async -> Int32 {
        await log.end()
        process.waitUntilExit()
        return process.exitStatus
    }
}

extension Process {
    fileprivate var exitStatus: Int32 {
        terminationReason == .uncaughtSignal ? -terminationStatus : terminationStatus
    }
}

/// What a process writes, line by line, and its end.
private final class Log: Sendable {
    private struct State {
        var bytes = Data()
        var isOver = false
        var waiting: [(needle: String?, continuation: CheckedContinuation<String?, Never>)] = []
    }

    let pipe = Pipe()
    private let state = NIOLockedValueBox(State())

    init() {
        pipe.fileHandleForReading.readabilityHandler = { [state] handle in
            let piece = handle.availableData
            if piece.isEmpty { handle.readabilityHandler = nil }
            state.withLockedValue { state in
                if piece.isEmpty { state.isOver = true }
                state.bytes.append(piece)
                let text = String(decoding: state.bytes, as: UTF8.self)
                state.waiting.removeAll { needle, continuation in
                    if let needle, let line = Self.line(needle, in: text) {
                        continuation.resume(returning: line)
                        return true
                    }
                    if state.isOver { continuation.resume(returning: nil) }
                    return state.isOver
                }
            }
        }
    }

    var text: String { state.withLockedValue { String(decoding: $0.bytes, as: UTF8.self) } }

    /// Waits for the line; nil when the process ends without it.
    func line(containing needle: String) async -> String? { await wait(for: needle) }
    func end() async { _ = await wait(for: nil) }

    private func wait(for needle: String?) async -> String? {
        await withCheckedContinuation { continuation in
            state.withLockedValue { state in
                let text = String(decoding: state.bytes, as: UTF8.self)
                if let needle, let line = Self.line(needle, in: text) {
                    continuation.resume(returning: line)
                } else if state.isOver {
                    continuation.resume(returning: nil)
                } else {
                    state.waiting.append((needle, continuation))
                }
            }
        }
    }

    /// A whole line, with its end.
    private static func line(_ needle: String, in text: String) -> String? {
        text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().first { $0.contains(needle) }
            .map(String.init)
    }
}
