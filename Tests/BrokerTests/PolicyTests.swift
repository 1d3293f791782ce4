import Support
import Testing

@testable import Broker

@Suite("Policy")
struct PolicyTests {
    private static let research = TeamName("research")!
    private static let other = TeamName("other")!
    private static let a = SecretName("A")!
    private static let b = SecretName("B")!
    private static let deploy = WebhookName("deploy")!
    private static let test = WebhookName("test")!

    /// The columns of the table: of every role, each way in which it can be limited.
    private static let grants: [Character: Grant] = [
        "A": .admin(nil), "a": .admin(research), "t": .teamAdmin(research), "m": .member(research),
        "U": .auditor(nil), "u": .auditor(research), "R": .resolver(research, secrets: nil),
        "r": .resolver(research, secrets: [a]), "n": .resolver(research, secrets: []), "w": .relay(research, deploy),
    ]

    /// Who may what, as SECURITY.md says it. Whoever a line does not name may not.
    private static let table: [(Permission, String)] = [
        (.readNames(research), "Aatm"), (.readNames(other), "A"),
        (.writeSecrets(research), "Aat"), (.writeSecrets(other), "A"),
        (.resolve(research, []), "Rrn"), (.resolve(research, [a]), "Rr"), (.resolve(research, [b]), "R"),
        (.resolve(research, [a, b]), "R"), (.resolve(other, []), ""), (.resolve(other, [a]), ""),
        (.readWebhooks(research), "Aatm"), (.readWebhooks(other), "A"),
        (.writeWebhooks(research), "Aat"), (.writeWebhooks(other), "A"),
        (.confirmWebhook(research), "Aa"), (.confirmWebhook(other), "A"),
        (.relay(research, deploy), "w"), (.relay(research, test), ""), (.relay(other, deploy), ""),
        (.readAudit(research), "AaUu"), (.readAudit(other), "AU"), (.readAudit(nil), "AU"),
        (.manageTokens, "Aat"), (.readStatus, "AatmUu"), (.readMetrics, "AU"),
    ]

    /// A permission that is new does not compile here, so that nobody forgets its lines.
    private static func kind(_ permission: Permission) -> Int {
        switch permission {
        case .readNames: 0
        case .writeSecrets: 1
        case .resolve: 2
        case .readWebhooks: 3
        case .writeWebhooks: 4
        case .confirmWebhook: 5
        case .relay: 6
        case .readAudit: 7
        case .manageTokens: 8
        case .readStatus: 9
        case .readMetrics: 10
        }
    }

    private func caller(_ grant: Grant, expires: Timestamp? = nil) -> Caller {
        let actor = Principal(tokenID: "tok", name: "n", address: nil, requestID: "r")
        return Caller(actor: actor, grant: grant, expires: expires)
    }

    private func may(_ grant: Grant, _ permission: Permission) -> Bool {
        (try? caller(grant).require(permission)) != nil
    }

    /// Of the role, with the least that it can be limited to.
    private func grant(_ role: Role, of team: TeamName) throws -> Grant {
        try Grant(role, team: team, secrets: nil, webhook: role == .relay ? Self.deploy : nil)
    }

    @Test("each role may do what the table says and nothing else", arguments: table)
    func rules(_ permission: Permission, _ allowed: String) {
        for (letter, grant) in Self.grants {
            #expect(may(grant, permission) == allowed.contains(letter), "\(letter)")
        }
    }

    @Test("the table has every role and every permission")
    func tableIsWhole() {
        #expect(Set(Self.grants.values.map(\.role)) == Set(Role.allCases))
        #expect(Set(Self.table.map { Self.kind($0.0) }) == Set(0...10))
    }

    @Test("a relay token delivers to its own webhook, and nobody else to any", arguments: Role.allCases)
    func relayScope(_ role: Role) throws {
        let mine = try grant(role, of: Self.research)
        #expect(may(mine, .relay(Self.research, Self.deploy)) == (role == .relay))
        #expect(!may(mine, .relay(Self.research, Self.test)))
        #expect(!may(mine, .relay(Self.other, Self.deploy)))
    }

    @Test("nobody reaches another team", arguments: Role.allCases)
    func teamsAreWalls(_ role: Role) throws {
        let (mine, other) = (try grant(role, of: Self.research), Self.other)
        for permission in [
            Permission.readNames(other), .writeSecrets(other), .resolve(other, [Self.a]), .readAudit(other),
            .readAudit(nil), .readWebhooks(other), .writeWebhooks(other), .confirmWebhook(other),
            .relay(other, Self.deploy),
        ] {
            #expect(!may(mine, permission))
        }
    }

    @Test("parts that do not belong together are no grant, and it is said why", arguments: Role.allCases)
    func impossible(_ role: Role) {
        for team in [nil, Self.research] {
            for secrets in [nil, [], [Self.a]] as [Set<SecretName>?] {
                for webhook in [nil, Self.deploy] {
                    var reason: BrokerError?
                    if team == nil && ![.admin, .auditor].contains(role) {
                        reason = .invalidRequest("a token of this role needs a team")
                    } else if secrets != nil && role != .resolver {
                        reason = .invalidRequest("only a resolver's token is limited to secrets")
                    } else if (webhook != nil) != (role == .relay) {
                        reason = .invalidRequest("a relay token, and no other, needs the webhook it delivers to")
                    }
                    do throws(BrokerError) {
                        let grant = try Grant(role, team: team, secrets: secrets, webhook: webhook)
                        #expect(reason == nil)
                        #expect(grant.role == role && grant.team == team)
                        #expect(grant.secrets == secrets && grant.webhook == webhook)
                    } catch {
                        #expect(error == reason)
                    }
                }
            }
        }
    }

    @Test(
        "no token has a name that could be taken for the operator's, the broker's, another's or a token itself",
        arguments: [
            "operator", "broker", "Operator", "BROKER", "", " ", "\u{3000}", " alice", "alice ", "alice\u{A0}", "sbt_",
            "sbt_30b8adc3af365b28", "al\nice", "al\u{202E}ice",
        ])
    func forgedNames(_ name: String) {
        #expect(throws: BrokerError.self) {
            try TokenName(name)
        }
    }

    @Test("a token's name may say anything else", arguments: ["operator 2", "the broker", "Zoë Ω", "ci sbt_", "tok_1"])
    func honestNames(_ name: String) throws {
        #expect(try TokenName(name).text == name)
    }

    private func request(_ grant: Grant, expires: Timestamp? = nil) throws -> TokenRequest {
        TokenRequest(name: try TokenName("t"), grant: grant, expires: expires)
    }

    @Test("nobody mints a resolver's token by the API", arguments: grants.values)
    func resolverTokensAreTheShells(_ minter: Grant) throws {
        for resolver in [Grant.resolver(Self.research, secrets: nil), .resolver(Self.research, secrets: [])] {
            #expect(throws: BrokerError.forbidden) { try caller(minter).requireMinting(request(resolver)) }
        }
    }

    @Test("who may not manage tokens mints none", arguments: grants.filter { !"Aat".contains($0.key) }.values)
    func noMinters(_ minter: Grant) throws {
        for asked in Self.grants.values {
            #expect(throws: BrokerError.forbidden) { try caller(minter).requireMinting(request(asked)) }
        }
    }

    @Test("a team's admin mints for its own team, and not above itself")
    func teamAdminMints() throws {
        let minter = caller(.teamAdmin(Self.research))
        for role in [Role.teamAdmin, .member, .relay] {
            #expect(throws: Never.self) { try minter.requireMinting(request(grant(role, of: Self.research))) }
            #expect(throws: BrokerError.forbidden) {
                try minter.requireMinting(request(grant(role, of: Self.other)))
            }
        }
        for role in [Role.admin, .auditor] {
            #expect(throws: BrokerError.forbidden) {
                try minter.requireMinting(request(grant(role, of: Self.research)))
            }
        }
    }

    @Test(
        "a team's admin sees and revokes what it could have made, an admin all in its reach", arguments: Role.allCases)
    func manages(_ role: Role) throws {
        func token(_ grant: Grant) -> Token {
            Token(
                id: "t", name: "n", grant: grant, created: Timestamp(milliseconds: 0), expires: nil, mintedBy: nil)
        }
        let (ours, theirs) = (token(try grant(role, of: Self.research)), token(try grant(role, of: Self.other)))
        let wide = [token(.admin(nil)), token(.auditor(nil))]
        let mine = caller(.teamAdmin(Self.research))
        #expect(mine.manages(ours) == [.teamAdmin, .member, .relay].contains(role))
        #expect(!mine.manages(theirs) && !wide.contains(where: mine.manages))
        let admin = caller(.admin(Self.research))
        #expect(admin.manages(ours) && !admin.manages(theirs) && !wide.contains(where: admin.manages))
        let all = caller(.admin(nil))
        #expect(([ours, theirs] + wide).allSatisfy(all.manages))
        for other in Self.grants.values where ![.admin, .teamAdmin].contains(other.role) {
            #expect(!caller(other).manages(ours))
        }
    }

    @Test("an admin of one team mints nothing for all teams")
    func scopedAdmin() throws {
        let minter = caller(.admin(Self.research))
        #expect(throws: BrokerError.forbidden) { try minter.requireMinting(request(.admin(nil))) }
        #expect(throws: BrokerError.forbidden) { try minter.requireMinting(request(.auditor(nil))) }
        #expect(throws: Never.self) { try minter.requireMinting(request(.auditor(Self.research))) }
    }

    @Test("a token that expires mints none that outlives it, relay tokens apart")
    func expiry() throws {
        let end = Timestamp(milliseconds: 1000)
        let (minter, member) = (caller(.admin(nil), expires: end), Grant.member(Self.research))
        #expect(throws: BrokerError.forbidden) { try minter.requireMinting(request(member)) }
        #expect(throws: BrokerError.forbidden) {
            try minter.requireMinting(request(member, expires: Timestamp(milliseconds: 1001)))
        }
        #expect(throws: Never.self) { try minter.requireMinting(request(member, expires: end)) }
        #expect(throws: Never.self) { try minter.requireMinting(request(.relay(Self.research, Self.deploy))) }
    }
}
