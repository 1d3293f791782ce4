import Foundation

/// The Python packages of `Tests/Interop/requirements.txt`, in a virtual environment at `.build/python` that is made
/// when it is missing or out of date. Test processes that start together wait for one another.
package enum PythonEnvironment {
    package struct InstallationFailed: Error {
        package let output: String
    }

    /// The folder of `Package.swift`, where scripts and programs run.
    package static let packageRoot = String(#filePath.dropLast("/Tests/Support/PythonEnvironment.swift".count))

    /// Runs a script of `Tests/Interop`, with nothing but `input` on its standard input. What it writes to standard
    /// error is printed when it has ended. A script that takes over five minutes is ended, with status 124.
    package static func run(
        _ script: String, _ arguments: [String], input: String? = nil
    ) async throws -> (status: Int32, output: String) {
        try await install()
        return try await execute([program("python"), "Tests/Interop/\(script)"] + arguments, input: input ?? "")
    }

    /// Makes the environment if need be.
    /// - Returns: the path of one of its programs, for example `moto_server`.
    package static func installedProgram(_ name: String) async throws -> String {
        try await install()
        return program(name)
    }

    private static func program(_ name: String) -> String { "\(packageRoot)/.build/python/bin/\(name)" }

    private static func install() async throws {
        let (status, output) = try await execute(["Tests/Interop/install"], input: "")
        guard status == 0 else { throw InstallationFailed(output: output) }
    }

    /// `timeout` ends what the command itself has started, too.
    private static func execute(
        _ command: [String], input: String
    ) async throws -> (status: Int32, output: String) {
        let process = try ChildProcess(
            "/usr/bin/env", ["-C", packageRoot, "timeout", "--kill-after=10", "300"] + command,
            ProcessInfo.processInfo.environment, input: input)
        let status = await process.ended(else: SIGTERM)
        try? FileHandle.standardError.write(contentsOf: Data(process.errors.utf8))
        return (status, process.output)
    }
}
