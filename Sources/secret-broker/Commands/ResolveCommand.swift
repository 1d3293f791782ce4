import ArgumentParser
import Broker
import WireJSON

struct ResolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve", abstract: "Put values in the place of ${NAME} in a text, at a running broker.",
        discussion: "The text is written to standard output. $${NAME} stands for the text ${NAME}.")

    @Option(help: "The team.") var team: String
    @Option(help: ArgumentHelp("The text; - is standard input.", valueName: "file")) var template = "-"

    func validate() throws { _ = try Typed.team(team) }

    func run() async throws {
        let team = try Typed.team(team)
        let body = JSONObject()
        do {
            try Terminal.readFile(template).withBytes { try body.set("template", text: $0) }
        } catch is JSONFault {
            throw Failure("the template is not UTF-8 text")
        }
        let answer = try await Client().call("POST", "/v1/teams/\(team)/resolve", body.body()).json()
        Terminal.note(warningsOf: answer)
        guard let text = answer["template"]?.withString({ Secret(copying: $0) }) else {
            throw Failure("what answers is not a broker")
        }
        Terminal.reveal(text)
    }
}
