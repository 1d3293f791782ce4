import ArgumentParser
import Broker
import Glibc
import WireJSON

struct SecretCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret",
        abstract: "List, add, rotate, delete and describe a team's secrets, at a running broker; adopt one.",
        discussion: "The broker is SECRET_BROKER_URL (http://127.0.0.1:8480), the token SECRET_BROKER_TOKEN.",
        subcommands: [List.self, Add.self, Rotate.self, Delete.self, Describe.self, AdoptCommand.self])

    struct TeamOption: ParsableArguments {
        @Option(help: "The team.") var team: String

        func validate() throws { _ = try path() }

        func path() throws -> String { "/v1/teams/\(try Typed.team(team))/secrets" }
    }

    struct NameOptions: ParsableArguments {
        @OptionGroup var team: TeamOption
        @Option(help: "The secret's name.") var name: String

        func validate() throws { _ = try path() }

        func path() throws -> String { "\(try team.path())/\(try Typed.secret(name))" }
    }

    struct ValueOption: ParsableArguments {
        @Option(help: ArgumentHelp("The value is this file's content, byte for byte.", valueName: "file"))
        var valueFile: String?

        /// Reads the value from the file, from standard input, or typed at a prompt; never from an argument, which
        /// others can see.
        func read() throws -> Secret {
            let value: Secret
            if let valueFile {
                value = try Terminal.readFile(valueFile)
            } else if isatty(STDIN_FILENO) == 1 {
                value = try Terminal.prompt("Value (not shown): ")
            } else {
                value = try Terminal.readFile("-")
            }
            guard value.isText else { throw Failure("the value is not UTF-8 text: encode it, for example with base64") }
            if value.endsWithNewline {
                Terminal.note(
                    "warning: the value ends with a newline, which is kept (printf instead of echo leaves it out)")
            }
            return value
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List names, never values.")

        @OptionGroup var team: TeamOption
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let path = try team.path()
            let answer = try await Client().call("GET", path)
            let root = try answer.json()
            Terminal.note(warningsOf: root)
            guard !json else {
                Terminal.reveal(answer)
                return Terminal.say("")
            }
            let secrets = root["secrets"]?.elements ?? []
            if secrets.isEmpty {
                Terminal.note("the team \(team.team) has no secret: see how it is spelled, or add one")
            }
            Table(
                ["NAME", "VERSION", "UPDATED", "BY", "STORE", "DRIFT"],
                secrets.map { secret in
                    ["name", "version", "updated_at", "updated_by", "store"].map { secret[$0]?.string ?? "" }
                        + [Self.drift(of: secret)]
                }
            ).print(asJSON: nil)
        }

        /// How the store does not have it any more as it was written, which `secret describe` explains.
        private static func drift(of secret: JSONNode) -> String {
            let codes = (secret["warnings"]?.elements ?? []).compactMap { $0["code"]?.string }
            return codes.first { $0.hasPrefix("drift_") }.map { String($0.dropFirst("drift_".count)) } ?? ""
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a secret.")

        @OptionGroup var options: NameOptions
        @OptionGroup var source: ValueOption

        func run() async throws {
            let body = JSONObject()
            body.set("name", options.name)
            try source.read().withBytes { try body.set("value", text: $0) }
            let root = try await Client().call("POST", options.team.path(), body.body()).json()
            Terminal.note(warningsOf: root)
            Terminal.say("added \(options.name), version \(root["version"]?.string ?? "")")
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace a secret's value. Once it is done the old value no longer resolves.")

        @OptionGroup var options: NameOptions
        @OptionGroup var source: ValueOption

        func run() async throws {
            let path = try options.path()
            let body = JSONObject()
            try source.read().withBytes { try body.set("value", text: $0) }
            let root = try await Client().call("PUT", path, body.body()).json()
            Terminal.note(warningsOf: root)
            Terminal.say("rotated \(options.name), version \(root["version"]?.string ?? "")")
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a secret, at once and for good.")

        @OptionGroup var options: NameOptions
        @Flag(help: "Even if automations used it in the last 30 days.") var force = false

        func run() async throws {
            let path = try options.path()
            _ = try await Client().call("DELETE", path + (force ? "?force=true" : ""))
            Terminal.say("deleted \(options.name)")
        }
    }

    struct Describe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what is known of a secret, and who uses it. Prints JSON.")

        @OptionGroup var options: NameOptions

        func run() async throws {
            let path = try options.path()
            let answer = try await Client().call("GET", path)
            Terminal.note(warningsOf: try answer.json())
            Terminal.reveal(answer)
            Terminal.say("")
        }
    }
}

extension Secret {
    fileprivate var endsWithNewline: Bool {
        withBytes { bytes in
            guard let last = bytes.byteOffsets.last else { return false }
            return unsafe bytes.unsafeLoad(fromByteOffset: last, as: UInt8.self) == UInt8(ascii: "\n")
        }
    }
}
