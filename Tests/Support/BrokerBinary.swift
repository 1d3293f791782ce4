import Foundation
import NIOConcurrencyHelpers

/// The built program, run as its users run it.
package final class BrokerBinary: Sendable {
    /// The program of the same build as the running tests, so that under a sanitizer the program is under it, too.
    package static let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("secret-broker").path

    /// The output of a command that has ended.
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
    ///
    /// - Parameter wrapper: a command that runs the broker, with its arguments.
    package static func serve(
        _ arguments: [String] = [], environment: [String: String], under wrapper: [String] = []
    ) async throws -> BrokerBinary {
        let command =
            wrapper + [path, "serve", "--listen", "127.0.0.1:0", "--log-level", "trace"] + arguments
        let process = try ChildProcess(command[0], Array(command.dropFirst()), environment, input: "")
        guard let line = await process.line(containing: "] listening"), let url = line.firstMatch(of: /url=(\S+)/)?.1
        else { throw DidNotStart(description: process.errors) }
        return BrokerBinary(url: String(url), process: process)
    }

    /// Everything that the broker has printed and logged so far.
    package var logged: String { process.output + process.errors }
    /// Whether the broker has printed or logged this text; also for long logs.
    package func hasLogged(_ text: String) -> Bool { process.printed(text) }
    /// Waits for a line of the log.
    /// - Returns: false if it does not come within 30 s.
    package func logs(_ text: String) async -> Bool { await process.line(containing: text) != nil }
    package var processID: Int32 { process.id }

    /// Sends SIGTERM, and waits for the end.
    package func end() async -> Int32 {
        process.signal(SIGTERM)
        return await ended()
    }

    /// Sends SIGKILL, and waits for the end.
    package func kill() async {
        process.signal(SIGKILL)
        _ = await ended()
    }

    /// Waits until it has ended, for which it has two minutes; a signal's number is negative.
    package func ended() async -> Int32 { await process.ended(within: .seconds(120)) }
}
