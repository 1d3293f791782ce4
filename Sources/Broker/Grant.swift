/// What a token is for, in one word. The rules are in `Policy`.
package enum Role: String, Sendable, CaseIterable {
    case admin
    case teamAdmin = "team-admin"
    case member
    case auditor
    case resolver
    case relay

    /// Whether a person signs in with it. No human role resolves.
    package var isHuman: Bool {
        switch self {
        case .admin, .teamAdmin, .member, .auditor: true
        case .resolver, .relay: false
        }
    }
}

/// What a token gives its holder: a role together with what it reaches, so that no role is without what it needs, or
/// has what it does not know. A nil team means all teams.
package enum Grant: Hashable, Sendable {
    case admin(TeamName?)
    case teamAdmin(TeamName)
    case member(TeamName)
    case auditor(TeamName?)
    /// Nil secrets mean all of the team's.
    case resolver(TeamName, secrets: Set<SecretName>?)
    case relay(TeamName, WebhookName)

    /// Makes a grant of its parts, as people and the catalog write them.
    /// - Throws: `invalidRequest` when the parts do not belong together.
    package init(
        _ role: Role, team: TeamName?, secrets: Set<SecretName>?, webhook: WebhookName?
    ) throws(BrokerError) {
        switch (role, team, secrets, webhook) {
        case (.admin, _, nil, nil): self = .admin(team)
        case (.teamAdmin, let team?, nil, nil): self = .teamAdmin(team)
        case (.member, let team?, nil, nil): self = .member(team)
        case (.auditor, _, nil, nil): self = .auditor(team)
        case (.resolver, let team?, _, nil): self = .resolver(team, secrets: secrets)
        case (.relay, let team?, nil, let webhook?): self = .relay(team, webhook)
        case (.teamAdmin, nil, _, _), (.member, nil, _, _), (.resolver, nil, _, _), (.relay, nil, _, _):
            throw .invalidRequest("a token of this role needs a team")
        case (.admin, _, _?, _), (.teamAdmin, _, _?, _), (.member, _, _?, _), (.auditor, _, _?, _), (.relay, _, _?, _):
            throw .invalidRequest("only a resolver's token is limited to secrets")
        case (.admin, _, _, _?), (.teamAdmin, _, _, _?), (.member, _, _, _?), (.auditor, _, _, _?),
            (.resolver, _, _, _?), (.relay, _, _, nil):
            throw .invalidRequest("a relay token, and no other, needs the webhook it delivers to")
        }
    }
}

// Its parts, for the catalog's columns, JSON and lists.
extension Grant {
    package var role: Role {
        switch self {
        case .admin: .admin
        case .teamAdmin: .teamAdmin
        case .member: .member
        case .auditor: .auditor
        case .resolver: .resolver
        case .relay: .relay
        }
    }

    /// Nil: all teams.
    package var team: TeamName? {
        switch self {
        case .admin(let team), .auditor(let team): team
        case .teamAdmin(let team), .member(let team), .resolver(let team, _), .relay(let team, _): team
        }
    }

    /// Of a resolver that is limited to some.
    package var secrets: Set<SecretName>? {
        guard case .resolver(_, let secrets) = self else { return nil }
        return secrets
    }

    /// Of a relay.
    package var webhook: WebhookName? {
        guard case .relay(_, let webhook) = self else { return nil }
        return webhook
    }
}
