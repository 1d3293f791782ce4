import API
import ArgumentParser

struct OpenAPICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi", abstract: "Print the API's OpenAPI 3.1 document.",
        discussion: "A running broker serves it at /openapi.json.")

    func run() {
        print(OpenAPIDocument(version: Version.text).text, terminator: "")
    }
}
