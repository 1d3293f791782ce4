import Support
import Testing

@testable import Broker

@Suite("Policy")
struct PolicyTests {
    private let research = TeamName("research")!
    private let other = TeamName("other")!
    private let a = SecretName("A")!
    private let b = SecretName("B")!
    private let deploy = WebhookName("deploy")!

    private func caller(_ role: Role, _ scope: Scope, expires: Timestamp? = nil) -> Caller {
        Caller(
            actor: Actor(tokenID: "tok", name: "n", address: nil, requestID: "r"), role: role, scope: scope,
            expires: expires)
    }

    private func may(_ caller: Caller, _ permission: Permission) -> Bool {
        (try? caller.require(permission)) != nil
    }

    /// Of each role, what it may do in its own team.
    @Test("each role may do what the table says and nothing else", arguments: Role.allCases)
    func table(_ role: Role) {
        let mine = caller(role, Scope(team: research))
        #expect(may(mine, .readNames(research)) == [.admin, .teamAdmin, .member].contains(role))
        #expect(may(mine, .writeSecrets(research)) == [.admin, .teamAdmin].contains(role))
        #expect(may(mine, .resolve(research, [a])) == (role == .resolver))
        #expect(may(mine, .readAudit(research)) == [.admin, .auditor].contains(role))
        #expect(may(mine, .manageTokens) == [.admin, .teamAdmin].contains(role))
        #expect(may(mine, .readStatus) == role.isHuman)
        #expect(!may(mine, .readMetrics))
        #expect(may(caller(role, Scope()), .readMetrics) == [.admin, .auditor].contains(role))
        #expect(may(mine, .readWebhooks(research)) == [.admin, .teamAdmin, .member].contains(role))
        #expect(may(mine, .writeWebhooks(research)) == [.admin, .teamAdmin].contains(role))
        #expect(may(mine, .confirmWebhook(research)) == (role == .admin))
        #expect(!may(mine, .relay(research, deploy)))
    }

    @Test("a relay token delivers to its own webhook, and nobody else to any", arguments: Role.allCases)
    func relayScope(_ role: Role) {
        let mine = caller(role, Scope(team: research, webhook: deploy))
        #expect(may(mine, .relay(research, deploy)) == (role == .relay))
        #expect(!may(mine, .relay(research, WebhookName("other")!)))
        #expect(!may(mine, .relay(other, deploy)))
    }

    @Test("nobody reaches another team", arguments: Role.allCases)
    func teamsAreWalls(_ role: Role) {
        let mine = caller(role, Scope(team: research))
        for permission in [
            Permission.readNames(other), .writeSecrets(other), .resolve(other, [a]), .readAudit(other), .readAudit(nil),
            .readWebhooks(other), .writeWebhooks(other), .confirmWebhook(other), .relay(other, deploy),
        ] {
            #expect(!may(mine, permission))
        }
    }

    @Test("a role of a team that has none reaches nothing", arguments: [Role.teamAdmin, .member, .resolver, .relay])
    func teamIsNeeded(_ role: Role) {
        let nobody = caller(role, Scope())
        #expect(!may(nobody, .readNames(research)))
        #expect(!may(nobody, .writeSecrets(research)))
        #expect(!may(nobody, .resolve(research, [])))
    }

    @Test("a resolver that is limited to secrets gets all of what it asks for or nothing")
    func resolverScope() {
        let limited = caller(.resolver, Scope(team: research, secrets: [a]))
        #expect(may(limited, .resolve(research, [a])))
        #expect(may(limited, .resolve(research, [])))
        #expect(!may(limited, .resolve(research, [b])))
        #expect(!may(limited, .resolve(research, [a, b])))
    }

    @Test(
        "no token has a name that could be taken for the operator's, the broker's, another's or a token itself",
        arguments: [
            "operator", "broker", "Operator", "BROKER", "", " ", "\u{3000}", " alice", "alice ", "alice\u{A0}", "sbt_",
            "sbt_30b8adc3af365b28", "al\nice", "al\u{202E}ice",
        ])
    func forgedNames(_ name: String) {
        #expect(throws: BrokerError.self) {
            try TokenRequest(name: name, role: .admin, scope: Scope(), expires: nil)
        }
    }

    @Test("a token's name may say anything else", arguments: ["operator 2", "the broker", "Zoë Ω", "ci sbt_", "tok_1"])
    func honestNames(_ name: String) throws {
        #expect(try TokenRequest(name: name, role: .admin, scope: Scope(), expires: nil).name == name)
    }

    private func request(_ role: Role, team: TeamName? = nil, expires: Timestamp? = nil) throws -> TokenRequest {
        try TokenRequest(
            name: "t", role: role, scope: Scope(team: team, webhook: role == .relay ? WebhookName("w") : nil),
            expires: expires)
    }

    @Test("nobody mints a resolver's token by the API", arguments: Role.allCases)
    func resolverTokensAreTheShells(_ role: Role) throws {
        let request = try request(.resolver, team: research)
        #expect(throws: BrokerError.forbidden) { try caller(role, Scope(team: research)).requireMinting(request) }
        #expect(throws: BrokerError.forbidden) { try caller(role, Scope()).requireMinting(request) }
    }

    @Test("a team's admin mints for its own team, and not above itself")
    func teamAdminMints() throws {
        let minter = caller(.teamAdmin, Scope(team: research))
        for role in [Role.teamAdmin, .member, .relay] {
            #expect(throws: Never.self) { try minter.requireMinting(request(role, team: research)) }
            #expect(throws: BrokerError.forbidden) { try minter.requireMinting(request(role, team: other)) }
        }
        for role in [Role.admin, .auditor] {
            #expect(throws: BrokerError.forbidden) { try minter.requireMinting(request(role, team: research)) }
        }
    }

    @Test(
        "a team's admin sees and revokes what it could have made, an admin all in its reach", arguments: Role.allCases)
    func manages(_ role: Role) {
        func token(_ team: TeamName?) -> Token {
            Token(
                id: "t", name: "n", role: role, scope: Scope(team: team), created: Timestamp(milliseconds: 0),
                expires: nil, mintedBy: nil)
        }
        let mine = caller(.teamAdmin, Scope(team: research))
        #expect(mine.manages(token(research)) == [.teamAdmin, .member, .relay].contains(role))
        #expect(!mine.manages(token(other)) && !mine.manages(token(nil)))
        let admin = caller(.admin, Scope(team: research))
        #expect(admin.manages(token(research)) && !admin.manages(token(other)) && !admin.manages(token(nil)))
        #expect(caller(.admin, Scope()).manages(token(nil)))
        for other in [Role.member, .auditor, .resolver, .relay] {
            #expect(!caller(other, Scope(team: research)).manages(token(research)))
        }
    }

    @Test("an admin of one team mints nothing for all teams")
    func scopedAdmin() throws {
        let minter = caller(.admin, Scope(team: research))
        #expect(throws: BrokerError.forbidden) { try minter.requireMinting(request(.admin)) }
        #expect(throws: BrokerError.forbidden) { try minter.requireMinting(request(.auditor)) }
        #expect(throws: Never.self) { try minter.requireMinting(request(.auditor, team: research)) }
    }

    @Test("a token that expires mints none that outlives it, relay tokens apart")
    func expiry() throws {
        let end = Timestamp(milliseconds: 1000)
        let minter = caller(.admin, Scope(), expires: end)
        #expect(throws: BrokerError.forbidden) { try minter.requireMinting(request(.member, team: research)) }
        #expect(throws: BrokerError.forbidden) {
            try minter.requireMinting(request(.member, team: research, expires: Timestamp(milliseconds: 1001)))
        }
        #expect(throws: Never.self) { try minter.requireMinting(request(.member, team: research, expires: end)) }
        #expect(throws: Never.self) { try minter.requireMinting(request(.relay, team: research)) }
    }
}
