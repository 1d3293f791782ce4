import Glibc

/// A server of somebody else's making, on loopback, that logs `Running on URL` to its standard error.
package enum PeerServer {
    package struct DidNotStart: Error {
        package let errors: String
    }

    /// Starts the server, lends its URL (`http://127.0.0.1:PORT`) to `body`, and ends it.
    package static func run<Result>(
        _ command: [String], _ body: (String) async throws -> Result
    ) async throws -> Result {
        let process = try ChildProcess(command[0], Array(command.dropFirst()))
        guard let line = await process.line(containing: "Running on http://127.0.0.1:"),
            let url = line.firstMatch(of: /http:\/\/127\.0\.0\.1:[0-9]+/)?.output
        else { throw DidNotStart(errors: process.errors) }
        do {
            let result = try await body(String(url))
            await end(process)
            return result
        } catch {
            await end(process)
            throw error
        }
    }

    private static func end(_ process: ChildProcess) async {
        process.signal(SIGTERM)
        _ = await process.ended()
    }
}
