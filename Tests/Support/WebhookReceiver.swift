import Foundation

/// A webhook's destination over TLS, in Python, which checks tokens and signatures with code of its own.
package final class WebhookReceiver: Sendable {
    package let port: Int
    /// The path of the CA to trust for the receiver as `localhost`, `receiver.test` and 127.0.0.1.
    package let certificate: String
    private let folder: TestFolder
    private let process: ChildProcess

    package init(token: String = "", signingSecret: String = "") async throws {
        let python = try await PythonEnvironment.installedProgram("python")
        folder = TestFolder()
        certificate = "\(folder.path)/ca.pem"
        let script = "\(PythonEnvironment.packageRoot)/Tests/Interop/webhook_receiver.py"
        process = try ChildProcess(python, [script, folder.path, token, signingSecret])
        guard let line = await process.line(containing: "receiver ready"), let port = line.split(separator: " ").last,
            let number = Int(port)
        else { throw BrokerBinary.DidNotStart(description: process.errors) }
        self.port = number
    }

    package func url(_ path: String, host: String = "localhost") -> String { "https://\(host):\(port)\(path)" }

    /// Every request so far: path, headers and body as JSON, one a line.
    package var received: [String] {
        String(decoding: log, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private var log: Data { (try? Data(contentsOf: folder.url.appendingPathComponent("received.jsonl"))) ?? Data() }

    /// The 20 bytes that follow the last occurrence of a text in all requests so far; nil if there is none.
    package func lastReceived(after text: String) -> String? {
        let log = log
        guard let found = log.range(of: Data(text.utf8), options: .backwards) else { return nil }
        return String(decoding: log[found.upperBound...].prefix(20), as: UTF8.self)
    }

    package func end() async {
        // Processes that tasks start may have other signals blocked.
        process.signal(SIGKILL)
        _ = await process.ended()
    }
}
