import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// Answers every POST with the same bytes and does nothing else: what a server of this kind can reach at best.
///
/// Arguments: a port, and a file with what to answer: lines `Name: value`, an empty line, the body.
@main
enum Plain {
    static func main() async throws {
        let port = Int(CommandLine.arguments[1]) ?? 0
        let (headers, body) = parse(try String(contentsOfFile: CommandLine.arguments[2], encoding: .utf8))
        let router = Router()
        router.post("**") { _, _ in
            Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
        }
        var logger = Logger(label: "plain")
        logger.logLevel = .error
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            logger: logger)
        try await application.runService()
    }

    private static func parse(_ text: String) -> (HTTPFields, ByteBuffer) {
        let parts = text.split(separator: "\n\n", maxSplits: 1)
        var headers = HTTPFields()
        for line in parts[0].split(separator: "\n") {
            let pair = line.split(separator: ": ", maxSplits: 1)
            if let name = HTTPField.Name(String(pair[0])) { headers[name] = String(pair[1]) }
        }
        return (headers, ByteBuffer(string: String(parts[1])))
    }
}
