import Foundation

/// A server of somebody else's making, on loopback, that logs `Running on URL` to its standard error.
package enum PeerServer {
    package struct DidNotStart: Error {}

    /// Starts it, lends its URL (`http://127.0.0.1:PORT`) to `body`, and ends it. It ends by itself after five minutes.
    package static func run<Result>(
        _ command: [String], _ body: (String) async throws -> Result
    ) async throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["timeout", "300"] + command
        process.currentDirectoryURL = URL(fileURLWithPath: PythonEnvironment.packageRoot)
        let log = Pipe()
        process.standardError = log
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        defer { process.terminate() }
        guard let url = await url(in: log.fileHandleForReading) else { throw DidNotStart() }
        return try await body(url)
    }

    /// The port is the system's choice, and the log has it. The rest of the log is read too, so that the server never
    /// waits for a reader.
    private static func url(in log: FileHandle) async -> String? {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var text = ""
                var isFound = false
                while case let data = log.availableData, !data.isEmpty {
                    guard !isFound else { continue }
                    text += String(decoding: data, as: UTF8.self)
                    guard let match = text.firstMatch(of: /Running on (http:\/\/127\.0\.0\.1:[0-9]+)\n/) else {
                        continue
                    }
                    isFound = true
                    continuation.resume(returning: String(match.output.1))
                }
                if !isFound { continuation.resume(returning: nil) }
            }
        }
    }
}
