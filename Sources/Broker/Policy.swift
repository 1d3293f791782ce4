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

extension Caller {
    /// Applies all the rules about who may do what. A refusal does not depend on whether what was asked for exists.
    /// - Throws: `forbidden`.
    package func require(_ permission: Permission) throws(BrokerError) {
        guard allows(permission) else { throw .forbidden }
    }

    private func allows(_ permission: Permission) -> Bool {
        switch (permission, role) {
        case (.readNames(let team), .admin), (.readNames(let team), .teamAdmin), (.readNames(let team), .member),
            (.readWebhooks(let team), .admin), (.readWebhooks(let team), .teamAdmin),
            (.readWebhooks(let team), .member):
            reaches(team)
        case (.writeSecrets(let team), .admin), (.writeSecrets(let team), .teamAdmin),
            (.writeWebhooks(let team), .admin), (.writeWebhooks(let team), .teamAdmin),
            (.confirmWebhook(let team), .admin):
            reaches(team)
        case (.relay(let team, let webhook), .relay):
            reaches(team) && scope.webhook == webhook
        case (.resolve(let team, let names), .resolver):
            reaches(team) && (scope.secrets.map { names.allSatisfy($0.contains) } ?? true)
        case (.readAudit(let team), .admin), (.readAudit(let team), .auditor):
            scope.team == nil || scope.team == team
        case (.manageTokens, .admin), (.manageTokens, .teamAdmin):
            true
        case (.readStatus, .admin), (.readStatus, .teamAdmin), (.readStatus, .member), (.readStatus, .auditor):
            true
        case (.readMetrics, .admin), (.readMetrics, .auditor):
            // Metrics tell how much all teams do.
            scope.team == nil
        case (.readNames, .auditor), (.readNames, .resolver), (.readNames, .relay),
            (.writeSecrets, .member), (.writeSecrets, .auditor), (.writeSecrets, .resolver), (.writeSecrets, .relay),
            (.resolve, .admin), (.resolve, .teamAdmin), (.resolve, .member), (.resolve, .auditor), (.resolve, .relay),
            (.readWebhooks, .auditor), (.readWebhooks, .resolver), (.readWebhooks, .relay),
            (.writeWebhooks, .member), (.writeWebhooks, .auditor), (.writeWebhooks, .resolver),
            (.writeWebhooks, .relay), (.confirmWebhook, .teamAdmin), (.confirmWebhook, .member),
            (.confirmWebhook, .auditor), (.confirmWebhook, .resolver), (.confirmWebhook, .relay),
            (.relay, .admin), (.relay, .teamAdmin), (.relay, .member), (.relay, .auditor), (.relay, .resolver),
            (.readAudit, .teamAdmin), (.readAudit, .member), (.readAudit, .resolver), (.readAudit, .relay),
            (.manageTokens, .member), (.manageTokens, .auditor), (.manageTokens, .resolver), (.manageTokens, .relay),
            (.readStatus, .resolver), (.readStatus, .relay),
            (.readMetrics, .teamAdmin), (.readMetrics, .member), (.readMetrics, .resolver), (.readMetrics, .relay):
            false
        }
    }

    /// Whether the caller reaches the team. An admin without a team reaches every team; anybody else without one, none.
    private func reaches(_ team: TeamName) -> Bool {
        guard let own = scope.team else { return role == .admin }
        return own == team
    }
}

/// A token that somebody asks for.
package struct TokenRequest: Sendable {
    package let name: String
    package let role: Role
    package let scope: Scope
    /// Nil if the token does not expire.
    package let expires: Timestamp?

    /// - Throws: `invalidRequest` when the parts do not belong together.
    package init(name: String, role: Role, scope: Scope, expires: Timestamp?) throws(BrokerError) {
        guard (1...128).contains(name.utf8.count), name.unicodeScalars.allSatisfy({ $0.properties.isPrintable }) else {
            throw .invalidRequest(
                "a token needs a name of 1 to 128 printable characters: it is the actor in the audit log")
        }
        try Self.requireUnmistakable(name)
        switch role {
        case .admin, .auditor: break
        case .teamAdmin, .member, .resolver, .relay:
            guard scope.team != nil else { throw .invalidRequest("a token of this role needs a team") }
        }
        guard scope.secrets == nil || role == .resolver else {
            throw .invalidRequest("only a resolver's token is limited to secrets")
        }
        guard (scope.webhook != nil) == (role == .relay) else {
            throw .invalidRequest("a relay token, and no other, needs the webhook it delivers to")
        }
        self.name = name
        self.role = role
        self.scope = scope
        self.expires = expires
    }

    /// The actor that the log and the pages show must not look like another one, and must not let anybody in.
    private static func requireUnmistakable(_ name: String) throws(BrokerError) {
        let ends = [name.unicodeScalars.first, name.unicodeScalars.last]
        guard !ends.contains(where: { $0?.properties.isWhitespace ?? true }) else {
            throw .invalidRequest("a token's name neither begins nor ends with white space: it would look like another")
        }
        guard ![Actor.operatorsName, Actor.brokersName].contains(name.lowercased()) else {
            throw .invalidRequest("operator and broker are the log's own names: choose another name for the token")
        }
        guard !name.utf8.starts(with: Token.prefix.utf8) else {
            throw .invalidRequest(
                "a token's name does not begin with sbt_, as tokens do: name its holder, and revoke what was given")
        }
    }
}

extension Caller {
    /// Applies the rule for minting by the API: a token is never wider in team than the caller and, except for a relay
    /// token, never expires later. Resolver tokens are made in the operator's shell only.
    /// - Throws: `forbidden`.
    package func requireMinting(_ request: TokenRequest) throws(BrokerError) {
        try require(.manageTokens)
        guard mintable.contains(request.role) else { throw .forbidden }
        if let own = scope.team, request.scope.team != own { throw .forbidden }
        if request.role != .relay, let own = expires {
            guard let asked = request.expires, asked <= own else { throw .forbidden }
        }
    }

    private var mintable: Set<Role> {
        switch role {
        case .admin: [.admin, .teamAdmin, .member, .auditor, .relay]
        case .teamAdmin: [.teamAdmin, .member, .relay]
        case .member, .auditor, .resolver, .relay: []
        }
    }

    /// Whether the caller may see and revoke a token: an admin all of its own reach, a team-admin those of its team of the
    /// roles that it makes: neither the shell's resolvers nor who watches over it.
    package func manages(_ token: Token) -> Bool {
        guard let own = scope.team else { return role == .admin }
        return token.scope.team == own && (role == .admin || mintable.contains(token.role))
    }
}

extension Unicode.Scalar.Properties {
    fileprivate var isPrintable: Bool {
        switch generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
