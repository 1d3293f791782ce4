/// What a caller wants to do, in the words of the rules.
package enum Permission: Sendable {
    case readNames(TeamName)
    case writeSecrets(TeamName)
    case resolve(TeamName, [SecretName])
    case readWebhooks(TeamName)
    /// Includes sending a sample, or a payload of the caller's, to a webhook.
    case writeWebhooks(TeamName)
    /// Lets a webhook that was made or changed have its secrets.
    case confirmWebhook(TeamName)
    case relay(TeamName, WebhookName)
    /// Reads the audit records of one team, or of all.
    case readAudit(TeamName?)
    case manageTokens
    case readStatus
    case readMetrics
}

extension Grant {
    /// Whether it includes the permission: all the rules about who may do what. Each line names whoever may, and nobody
    /// else may. So a new grant may do nothing until a line names it, and a new permission needs a line to compile.
    fileprivate func allows(_ permission: Permission) -> Bool {
        switch permission {
        case .readNames(let team), .readWebhooks(let team):
            [.admin(nil), .admin(team), .teamAdmin(team), .member(team)].contains(self)
        case .writeSecrets(let team), .writeWebhooks(let team):
            [.admin(nil), .admin(team), .teamAdmin(team)].contains(self)
        case .confirmWebhook(let team):
            [.admin(nil), .admin(team)].contains(self)
        case .resolve(let team, let names):
            if case .resolver(team, let limit) = self { limit?.isSuperset(of: names) ?? true } else { false }
        case .relay(let team, let webhook):
            self == .relay(team, webhook)
        case .readAudit(let team):
            [.admin(nil), .admin(team), .auditor(nil), .auditor(team)].contains(self)
        case .manageTokens:
            [.admin, .teamAdmin].contains(role)
        case .readStatus:
            [.admin, .teamAdmin, .member, .auditor].contains(role)
        case .readMetrics:
            // Metrics tell how much all teams do.
            [.admin(nil), .auditor(nil)].contains(self)
        }
    }

    /// The roles of the tokens that it makes by the API. A resolver's token is made in the operator's shell only.
    fileprivate var mintable: Set<Role> {
        switch self {
        case .admin: [.admin, .teamAdmin, .member, .auditor, .relay]
        case .teamAdmin: [.teamAdmin, .member, .relay]
        case .member, .auditor, .resolver, .relay: []
        }
    }

    /// Whether the other reaches no team that this one does not.
    fileprivate func covers(_ other: Grant) -> Bool {
        team == nil || team == other.team
    }
}

extension Caller {
    /// Applies the rules. A refusal does not depend on whether what was asked for exists.
    /// - Throws: `forbidden`.
    package func require(_ permission: Permission) throws(BrokerError) {
        guard grant.allows(permission) else { throw .forbidden }
    }

    /// Applies the rule for minting by the API: a token is never wider in team than the caller and, except for a relay
    /// token, never expires later.
    /// - Throws: `forbidden`.
    package func requireMinting(_ request: TokenRequest) throws(BrokerError) {
        guard grant.mintable.contains(request.grant.role), grant.covers(request.grant) else { throw .forbidden }
        if request.grant.role != .relay, let own = expires {
            guard let asked = request.expires, asked <= own else { throw .forbidden }
        }
    }

    /// Whether the caller may see and revoke a token: an admin all of its own reach, a team-admin those of its team of the
    /// roles that it makes: neither the shell's resolvers nor who watches over it.
    package func manages(_ token: Token) -> Bool {
        grant.covers(token.grant) && (grant.role == .admin || grant.mintable.contains(token.grant.role))
    }
}
