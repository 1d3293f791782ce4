/// What a token may do. The rules are in `Policy`.
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

/// What a role reaches. A nil team means all teams; nil secrets mean all of the team's.
package struct Scope: Hashable, Sendable {
    package var team: TeamName?
    package var secrets: Set<SecretName>?
    package var webhook: WebhookName?

    package init(team: TeamName? = nil, secrets: Set<SecretName>? = nil, webhook: WebhookName? = nil) {
        self.team = team
        self.secrets = secrets
        self.webhook = webhook
    }
}

/// A token as the catalog knows it, without the part that would let anybody use it.
package struct Token: Sendable {
    /// What the text of every token begins with.
    package static let prefix = "sbt_"

    /// Public: shown in lists, named to revoke it.
    package let id: String
    /// The actor's name in the audit log; a resolver's token bears the automation's name.
    package let name: String
    package let role: Role
    package let scope: Scope
    package let created: Timestamp
    /// Nil if the token does not expire.
    package let expires: Timestamp?
    /// The id of the token that minted this one; nil if the operator's shell did.
    package let mintedBy: String?

    package init(
        id: String, name: String, role: Role, scope: Scope, created: Timestamp, expires: Timestamp?, mintedBy: String?
    ) {
        self.id = id
        self.name = name
        self.role = role
        self.scope = scope
        self.created = created
        self.expires = expires
        self.mintedBy = mintedBy
    }

    /// Who minted it, for people and in JSON: a token's id, or the operator.
    package var minter: String { mintedBy ?? Actor.operatorsName }
}

/// Who is asking, as the token proves it: nothing that a request claims counts.
package struct Caller: Sendable {
    package let actor: Actor
    package let role: Role
    package let scope: Scope
    package let expires: Timestamp?

    package init(actor: Actor, role: Role, scope: Scope, expires: Timestamp? = nil) {
        self.actor = actor
        self.role = role
        self.scope = scope
        self.expires = expires
    }
}

/// Who did something, for the audit log. A class, since it is passed on many times and never changes.
package final class Actor: Sendable {
    package let tokenID: String
    package let name: String
    /// The address that the request came from, if there was one.
    package let address: String?
    package let requestID: String
    /// How the actor's identity was looked up. Not recorded.
    package let basis: Basis

    package init(
        tokenID: String, name: String, address: String?, requestID: String, basis: Basis = .asked(epoch: nil)
    ) {
        self.tokenID = tokenID
        self.name = name
        self.address = address
        self.requestID = requestID
        self.basis = basis
    }

    // No token has these names.
    package static let operatorsName = "operator"
    static let brokersName = "broker"

    /// The person who can run commands on the broker's machine.
    package static func operatorsShell(requestID: String) -> Actor {
        Actor(tokenID: operatorsName, name: operatorsName, address: nil, requestID: requestID)
    }

    /// The broker itself: recovery and purges.
    package static let broker = Actor(tokenID: brokersName, name: brokersName, address: nil, requestID: "recovery")
}

extension Actor: Hashable {
    package static func == (left: Actor, right: Actor) -> Bool {
        left.tokenID == right.tokenID && left.name == right.name && left.address == right.address
            && left.requestID == right.requestID && left.basis == right.basis
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(tokenID)
        hasher.combine(requestID)
    }
}
