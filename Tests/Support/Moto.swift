/// moto's server on loopback: somebody else's reading of AWS's interface, with state of its own.
package enum Moto {
    /// Lends the server's URL (`http://127.0.0.1:PORT`) to `body`.
    package static func withServer<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let program = try await PythonEnvironment.installedProgram("moto_server")
        return try await PeerServer.run([program, "-H", "127.0.0.1", "-p", "0"], body)
    }
}
