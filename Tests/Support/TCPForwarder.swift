import Foundation

/// A network between a program and a server on this machine, which can be cut.
package final class TCPForwarder: Sendable {
    package let port: Int
    private let process: ChildProcess

    package init(to port: Int) async throws {
        let python = try await PythonEnvironment.installedProgram("python")
        let script = "\(PythonEnvironment.packageRoot)/Tests/Interop/tcp_forwarder.py"
        process = try ChildProcess("/usr/bin/env", [python, script, "\(port)"])
        guard let line = await process.line(containing: "Running on http://127.0.0.1:"),
            let own = line.firstMatch(of: /:([0-9]+)$/).flatMap({ Int($0.1) })
        else { throw PeerServer.DidNotStart(errors: process.errors) }
        self.port = own
    }

    deinit { mend() }

    /// Lets nothing through from now on, without telling anybody.
    package func cut() { process.signal(SIGSTOP) }
    package func mend() { process.signal(SIGCONT) }
}
