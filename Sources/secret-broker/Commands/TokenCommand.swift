import API
import ArgumentParser
import Broker
import Store
import WireJSON

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list and revoke broker tokens, in the catalog itself.",
        subcommands: [Create.self, List.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token. It is printed once, on standard output, and cannot be shown again.")

        @OptionGroup var options: SettingOptions
        @Option(help: "Who holds it: the actor in the audit log.") var name: String
        @Option(help: "admin, team-admin, member, auditor, resolver or relay.") var role: String
        @Option(help: "The team it is for. An admin's or auditor's without one is for all teams.") var team: String?
        @Option(help: "For a resolver: the only secrets it may use, with commas between.") var secrets: String?
        @Option(help: "For a relay token: the webhook it delivers to.") var webhook: String?
        @Option(help: "When it stops working: 90d, or 2027-01-31T00:00:00Z. Without it, never.") var expires: String?
        @Flag(help: "Print JSON.") var json = false

        func validate() throws { _ = try request() }

        func run() async throws {
            let request = try request()
            let settings = try options.settings()
            let catalog = try Assembly.openCatalog(settings, allowing: .creation)
            defer { catalog.close() }
            if catalog.isNew {
                Terminal.note(
                    "made a new catalog, \(settings.catalog.text): "
                        + "set SECRET_BROKER_CATALOG if the broker uses another one")
            }
            let absent = try await Self.absent(of: request.grant, in: catalog)
            let (token, text) = try await TokenMint(catalog: catalog).make(request)
            if json {
                let object = token.json
                text.withBytes { try? object.set("token", text: $0) }
                var line = SecretBuffer(limit: 1 << 16)
                object.write { try? line.append($0) }
                Terminal.reveal(line.finish())
            } else {
                Terminal.reveal(text)
            }
            Terminal.say("")
            guard Terminal.hasTakenAllSoFar else { throw await Self.takeBack(token, catalog) }
            if !json { Terminal.note("token \(token.id): keep it now, it is not shown again") }
            if let absent { Terminal.note(absent) }
        }

        /// What the token is for and is not there yet; nil if all of it is. The token itself makes its team known.
        private static func absent(of grant: Grant, in catalog: Catalog) async throws -> String? {
            guard let team = grant.team else { return nil }
            return try await Failure.fromCatalog { () async throws(CatalogError) in
                guard try await catalog.isKnown(team) else {
                    return "the team \(team) had nothing yet, no secret, webhook or token: see how it is spelled"
                }
                var missing: [String] = []
                for name in grant.secrets?.sorted() ?? [] where try await catalog.secret(name, in: team) == nil {
                    missing.append(name.text)
                }
                return missing.isEmpty
                    ? nil
                    : "the team \(team) does not have these secrets yet: \(missing.joined(separator: ", "))"
            }
        }

        /// Revokes a token whose text nobody has got whole: it would work for as long as it was made for.
        private static func takeBack(_ token: Token, _ catalog: Catalog) async -> Failure {
            do throws(CatalogError) {
                _ = try await catalog.revoke(id: token.id, by: .operatorsShell(requestID: "cli"))
                return Failure("standard output did not take the token \(token.id), so it was revoked again")
            } catch {
                return Failure(
                    "standard output did not take the token, and the catalog did not take it back: run `secret-broker "
                        + "token revoke \(token.id)`")
            }
        }

        private func request() throws -> TokenRequest {
            guard let role = Role(rawValue: role) else {
                throw ValidationError("--role is one of \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            let webhook = try webhook.map { try Typed.webhook($0) }
            let team = try team.map { try Typed.team($0) }
            let secrets = try secrets.map { list in
                Set(try list.split(separator: ",").map { try Typed.secret(String($0)) })
            }
            let end = try expires.map { try Typed.moment($0) }
            do throws(BrokerError) {
                return TokenRequest(
                    name: try TokenName(name),
                    grant: try Grant(role, team: team, secrets: secrets, webhook: webhook), expires: end)
            } catch .invalidRequest(let text) {
                throw ValidationError(text.text)
            } catch {
                throw ValidationError("the token is refused: \(error.code.rawValue)")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the tokens that work.")

        @OptionGroup var options: SettingOptions
        @Option(help: "Only this team's.") var team: String?
        @Flag(help: "Print JSON.") var json = false

        func validate() throws { _ = try team.map(Typed.team) }

        func run() async throws {
            let catalog = try Assembly.openCatalog(options.settings())
            defer { catalog.close() }
            let team = try team.map { try Typed.team($0) }
            let tokens = try await Failure.fromCatalog { () async throws(CatalogError) in
                try await catalog.tokens(of: team)
            }
            Table(
                ["ID", "NAME", "ROLE", "TEAM", "EXPIRES", "CREATED", "BY", "LIMIT"],
                tokens.map {
                    [
                        $0.id, $0.name, $0.grant.role.rawValue, $0.grant.team?.text ?? "all",
                        $0.expires?.rfc3339 ?? "never", $0.created.rfc3339, $0.minter, Self.limit($0.grant),
                    ]
                }
            ).print(asJSON: json ? tokens.map(\.json) : nil)
        }

        /// What a token is for within its team; empty: all that its role allows.
        private static func limit(_ grant: Grant) -> String {
            if let webhook = grant.webhook { return "webhook \(webhook)" }
            return grant.secrets.map { $0.map(\.text).sorted().joined(separator: ",") } ?? ""
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a token, and the tokens for people that it made.",
            discussion: "Of a token that was found where it should not be, give the text itself on standard input.")

        @OptionGroup var options: SettingOptions
        @Argument(help: "The token's id, as `token list` shows it; - is the token itself, on standard input.")
        var id: String

        func run() async throws {
            guard !TokenText.isOne(id) else {
                throw Failure("that is a token and no id; it is in this shell's history now: give it on standard input")
            }
            let typed = id == "-" ? try Terminal.readFile("-") : nil
            let catalog = try Assembly.openCatalog(options.settings())
            defer { catalog.close() }
            let revocation = try await Failure.fromCatalog { () async throws(CatalogError) -> Revocation? in
                let id = if let typed { try await found(typed, in: catalog) } else { id }
                guard let id else { return nil }
                return try await catalog.revoke(id: id, by: .operatorsShell(requestID: "cli"))
            }
            guard let revocation else {
                let named = typed == nil ? "there is no token \(id) that still works" : "that token does not work"
                throw Failure("\(named): see `secret-broker token list`")
            }
            Terminal.say(Self.sentence(revocation))
        }

        private static func sentence(_ revocation: Revocation) -> String {
            let (made, relays) = (revocation.made, revocation.relays)
            var text = "revoked \(revocation.token)"
            if !made.isEmpty {
                text += " and \(made.count.counted("token", "tokens")) that it made: "
                text += made.map(\.name).joined(separator: ", ")
            }
            if !relays.isEmpty {
                text += "; still valid: relay \(relays.count == 1 ? "token" : "tokens") "
                text += relays.map(\.description).joined(separator: ", ")
            }
            return text
        }

        private func found(_ text: Secret, in catalog: Catalog) async throws(CatalogError) -> String? {
            guard let hash = TokenText.hash(typed: text) else { return nil }
            return try await catalog.token(hashed: hash)?.id
        }
    }
}

/// Makes tokens in the operator's shell, where every role may be made.
struct TokenMint {
    let catalog: Catalog

    func make(_ request: TokenRequest) async throws -> (token: Token, text: Secret) {
        let (token, text, hash) = TokenText.mint(request, by: nil, at: SystemTime.now())
        let answer = try await Failure.fromCatalog { () async throws(CatalogError) in
            try await catalog.add(token, hash: hash, by: .operatorsShell(requestID: "cli"))
        }
        switch answer {
        case .success: return (token, text)
        case .failure(.webhookNotFound):
            throw Failure("the team has no webhook of this name: make it with `webhook add`")
        case .failure(.minterEnded): throw Failure("the token that was to make this one does not work any more")
        case .failure(.tooMany): throw Failure("the team has as many tokens as it may have: revoke some")
        }
    }
}
