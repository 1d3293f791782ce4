import ArgumentParser
import Broker
import Glibc
import Transport
import WireJSON

struct WebhookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook",
        abstract: "List, add, edit, confirm, delete and test a team's webhooks, at a running broker.",
        discussion: """
            A webhook's relay URL is what W&B gets as its webhook's URL; its access token there is a relay token
            (`token create --role relay --webhook NAME`). The broker is SECRET_BROKER_URL, the token SECRET_BROKER_TOKEN.
            """,
        subcommands: [List.self, Add.self, Edit.self, Confirm.self, Delete.self, Test.self])

    struct TeamOption: ParsableArguments {
        @Option(help: "The team.") var team: String

        func validate() throws { _ = try path() }

        func path() throws -> String { "/v1/teams/\(try Typed.team(team))/webhooks" }
    }

    struct NameOptions: ParsableArguments {
        @OptionGroup var team: TeamOption
        @Option(help: "The webhook's name.") var name: String

        func validate() throws { _ = try path() }

        func path() throws -> String { "\(try team.path())/\(try Typed.webhook(name))" }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List webhooks.")

        @OptionGroup var team: TeamOption
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let path = try team.path()
            let client = try Client()
            let answer = try await client.call("GET", path)
            guard !json else {
                Terminal.reveal(answer, isForeign: true)
                return Terminal.say("")
            }
            let webhooks = try answer.json()["webhooks"]?.elements ?? []
            for webhook in webhooks { Terminal.note(warningsOf: webhook) }
            Table(
                ["NAME", "CONFIRMED", "URL", "RELAY"],
                webhooks.map { webhook in
                    [
                        webhook["name"]?.string ?? "", webhook["confirmed"]?.boolean == true ? "yes" : "no",
                        webhook["url"]?.string ?? "", client.whole(webhook["relay_url"]?.string ?? ""),
                    ].map(\.visible)
                }
            ).print(asJSON: nil)
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a webhook. It delivers once an admin has confirmed it.")

        @OptionGroup var options: NameOptions
        @Option(help: "Where it delivers: https://...") var url: String
        @OptionGroup var changes: WebhookChanges

        func run() async throws {
            let body = JSONObject()
            body.set("name", options.name)
            body.set("url", url)
            try changes.apply(to: body)
            let client = try Client()
            client.say("added", try await client.call("POST", options.team.path(), body.body()).json())
        }
    }

    struct Edit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a webhook. What is not named stays; an admin must confirm it anew.")

        @OptionGroup var options: NameOptions
        @Option(help: "Where it delivers: https://...") var url: String?
        @OptionGroup var changes: WebhookChanges

        /// Refuses a change of nothing, which would still disarm the webhook.
        func validate() throws {
            if url == nil, changes.isNone { throw ValidationError("nothing is to be changed: name what is") }
        }

        func run() async throws {
            let path = try options.path()
            let client = try Client()
            let present = try await client.exchange("GET", path)
            let tag = present.header("ETag")
            let body = try WebhookChanges.settings(of: present.body.json())
            if let url { body.set("url", url) }
            try changes.apply(to: body)
            client.say("changed", try await client.exchange("PUT", path, body.body(), ifMatch: tag).body.json())
        }
    }

    struct Confirm: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a webhook that was added or changed have its secrets. Shows what it sends, and where.",
            discussion: """
                What is armed is exactly the revision that was shown: a terminal is asked for a yes; a script names the \
                revision that somebody looked at, as `webhook list --json` or this command without it shows it.
                """)

        @OptionGroup var options: NameOptions
        @Option(help: "Where it delivers, as you know it: the webhook must have this very URL.") var url: String
        @Option(help: "The revision that was looked at. Without it, a terminal is asked.") var revision: String?

        func validate() throws {
            guard let revision else { return }
            guard revision.utf8.count == 16, revision.utf8.allSatisfy({ $0.hexDigit != nil }) else {
                throw ValidationError("--revision is 16 hexadecimal digits, as `webhook list --json` shows it")
            }
        }

        func run() async throws {
            let path = try options.path()
            let client = try Client()
            let present = try await client.exchange("GET", path)
            Terminal.note(warningsOf: try present.body.json())
            Terminal.reveal(present.body, isForeign: true)
            Terminal.say("")
            let body = JSONObject()
            body.set("url", url)
            let tag = try revision.map { "\"\($0)\"" } ?? agreed(present)
            let answer = try await client.exchange("POST", path + "/confirm", body.body(), ifMatch: tag)
            client.say("confirmed", try answer.body.json())
        }

        /// What was shown, if whoever sits at the terminal wants it armed.
        private func agreed(_ shown: HTTPAnswer) throws -> String {
            guard let tag = shown.header("ETag") else {
                throw Failure("the broker's answer has no ETag: see that SECRET_BROKER_URL is a broker's")
            }
            guard isatty(STDIN_FILENO) == 1 else {
                throw Failure("nothing was confirmed: look at it, then name what was looked at: --revision")
            }
            guard Terminal.agrees("Arm it as it is shown? [y/N] ") else { throw Failure("nothing was confirmed") }
            return tag
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a webhook, and its relay tokens with it.")

        @OptionGroup var options: NameOptions

        func run() async throws {
            let path = try options.path()
            _ = try await Client().call("DELETE", path)
            Terminal.say("deleted \(options.name)")
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send a sample, or a payload of yours, as W&B would. Prints what W&B would be answered.")

        @OptionGroup var options: NameOptions
        @Option(help: ArgumentHelp("JSON with ${NAME} in it; - is standard input.", valueName: "file"))
        var payload: String?

        func run() async throws {
            let path = try options.path()
            let body = try payload.map { try Terminal.readFile($0) }
            let answer = try await Client().test(path, body)
            Terminal.reveal(answer.body, isForeign: true)
            Terminal.say("")
            guard answer.isSuccess else { throw Failure("the destination answered with status \(answer.status)") }
        }
    }
}

extension Client {
    fileprivate func say(_ what: String, _ webhook: JSONNode) {
        Terminal.note(warningsOf: webhook)
        let state = webhook["confirmed"]?.boolean == true ? "" : "; it delivers once an admin has confirmed it"
        let (name, relay) = (webhook["name"]?.string ?? "", whole(webhook["relay_url"]?.string ?? ""))
        Terminal.say("\(what) \(name.visible), relay \(relay.visible)\(state)")
    }
}

/// What `add` and `edit` set besides the URL.
struct WebhookChanges: ParsableArguments {
    @Option(help: "The secret for Authorization: Bearer. An empty one takes it away.") var accessToken: String?
    @Option(help: "The secret that signs X-Wandb-Signature. An empty one takes it away.") var signingSecret: String?
    @Option(help: "hex or base64.") var signatureEncoding: String?
    @Option(help: "The secret that W&B signs its requests with. An empty one takes it away.") var verifyWith: String?
    @Option(help: "status or body: what W&B is told of the destination's answer.") var answer: String?
    @Option(help: "\"Name: value\", where the value may hold ${NAME}. Repeat it; it replaces all.")
    var header: [String] = []
    @Option(
        help: ArgumentHelp(
            "NAME=/pointer: the leaf of W&B's payload that holds ${NAME}. Repeat it; it replaces all.",
            valueName: "secret"))
    var payloadSecret: [String] = []
    @Flag(help: "Confirm it at once. For admins.") var confirm = false

    var isNone: Bool {
        [accessToken, signingSecret, signatureEncoding, verifyWith, answer].allSatisfy { $0 == nil }
            && header.isEmpty && payloadSecret.isEmpty && !confirm
    }

    func validate() throws { try apply(to: JSONObject()) }

    func apply(to body: JSONObject) throws {
        let texts = [
            ("access_token", accessToken), ("signing_secret", signingSecret), ("verify_with", verifyWith),
            ("signature_encoding", signatureEncoding), ("answer", answer),
        ]
        for case (let field, let text?) in texts {
            if text.isEmpty { body.setNull(field) } else { body.set(field, text) }
        }
        if !header.isEmpty {
            let headers = JSONObject()
            for line in header {
                guard let colon = line.firstIndex(of: ":") else {
                    throw ValidationError("--header is \"Name: value\"")
                }
                headers.set(String(line[..<colon]), String(line[line.index(after: colon)...].drop { $0 == " " }))
            }
            body.set("headers", headers)
        }
        if !payloadSecret.isEmpty { body.set("payload_secrets", try payloadSecret.map(Self.placed)) }
        if confirm { body.set("confirm", true) }
    }

    private static func placed(_ text: String) throws -> JSONObject {
        guard let equals = text.firstIndex(of: "=") else { throw ValidationError("--payload-secret is NAME=/pointer") }
        let secret = JSONObject()
        secret.set("name", try Typed.secret(String(text[..<equals])).text)
        secret.set("at", String(text[text.index(after: equals)...]))
        return secret
    }

    /// What a request may set, out of a webhook as the broker shows it.
    static func settings(of webhook: JSONNode) throws -> JSONObject {
        let body = JSONObject()
        for field in ["url", "access_token", "signing_secret", "signature_encoding", "verify_with", "answer"] {
            if let text = webhook[field]?.string { body.set(field, text) }
        }
        let headers = JSONObject()
        for name in webhook["headers"]?.keys ?? [] { headers.set(name, webhook["headers"]?[name]?.string ?? "") }
        body.set("headers", headers)
        body.set(
            "payload_secrets",
            (webhook["payload_secrets"]?.elements ?? []).map { secret in
                let json = JSONObject()
                for field in ["name", "at"] { json.set(field, secret[field]?.string ?? "") }
                return json
            })
        return body
    }
}
