import Foundation

/// The Python that the tests' peers run in: `.build/python`, with what Tests/Interop/requirements.txt pins. `make test`
/// has made it; where it is missing, it is made here.
package enum PythonEnvironment {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package struct Finished: Sendable {
        package let status: Int32
        /// Standard output and standard error together.
        package let output: String
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        .standardizedFileURL
    private static let interpreter = root.appending(path: ".build/python/bin/python")
    private static let preparation = Task { try await prepare() }

    /// Runs a script of Tests/Interop to its end.
    ///
    /// - Throws: `Failure`, if the environment cannot be made.
    package static func run(_ script: String, _ arguments: [String]) async throws -> Finished {
        try await preparation.value
        return try await execute(
            interpreter.path, [root.appending(path: "Tests/Interop/\(script)").path] + arguments)
    }

    private static func prepare() async throws {
        let requirements = root.appending(path: "Tests/Interop/requirements.txt").path
        let check = ["-c", "import boto3, moto, pytest"]
        if let found = try? await execute(interpreter.path, check), found.status == 0 { return }
        let steps = [
            ["python3", "-m", "venv", root.appending(path: ".build/python").path],
            [interpreter.path, "-m", "pip", "install", "--quiet", "-r", requirements],
        ]
        for step in steps {
            let finished = try await execute("/usr/bin/env", step)
            guard finished.status == 0 else { throw Failure(description: finished.output) }
        }
    }

    private static func execute(_ path: String, _ arguments: [String]) async throws -> Finished {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        // Reads on a thread of its own: a full pipe would stop the process.
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let text = output.fileHandleForReading.readDataToEndOfFile()
                process.waitUntilExit()
                continuation.resume(
                    returning: Finished(
                        status: process.terminationStatus, output: String(decoding: text, as: UTF8.self)))
            }
        }
    }
}
