/// drongo's server on loopback: somebody else's reading of Google's interface, with the checksums that it lacks.
package enum Drongo {
    /// Lends the server's URL (`http://127.0.0.1:PORT`) to `body`.
    package static func withServer<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let python = try await PythonEnvironment.installedProgram("python")
        return try await PeerServer.run(
            [python, "\(PythonEnvironment.packageRoot)/Tests/Interop/drongo_with_checksums.py"], body)
    }
}
