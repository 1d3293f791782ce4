import Broker
import Hummingbird
import WireJSON

/// The routes `/v1/tokens`: who may come in. A token's text is shown once, in the answer that creates it.
struct TokenRoutes {
    let services: Services

    func list(_ exchange: Exchange) async throws(APIError) -> Response {
        let caller = exchange.caller
        try caller.demand(.manageTokens)
        let tokens = try await services.read { () async throws(CatalogError) in
            try await services.tokens.tokens(of: caller.grant.team)
        }
        let json = JSONObject()
        json.set("tokens", tokens.filter(caller.manages).map(\.json))
        return Response(json: json)
    }

    func create(_ exchange: Exchange) async throws(APIError) -> Response {
        let body = try exchange.object(["name", "role", "team", "webhook", "expires"])
        let request = try request(
            name: try body.text("name"), role: try body.text("role"), team: try body.text("team"),
            webhook: try body.text("webhook"), expires: try body.text("expires"))
        let (token, text) = try await services.mint(request, for: exchange.caller)
        let json = token.json
        text.withBytes { try? json.set("token", text: $0) }
        return Response(status: .created, json: json)
    }

    func revoke(_ exchange: Exchange) async throws(APIError) -> Response {
        let caller = exchange.caller
        try caller.demand(.manageTokens)
        let id = exchange.parameters.get("id") ?? ""
        let managed = try await services.read { () async throws(CatalogError) in
            try await services.tokens.tokens(of: caller.grant.team).filter(caller.manages)
        }
        guard managed.contains(where: { $0.id == id }) else { throw .noSuchToken }
        let revocation = try await services.change { () async throws(CatalogError) in
            try await services.tokens.revoke(id: id, by: caller.actor)
        }
        guard revocation != nil else { throw .noSuchToken }
        return Response(status: .noContent)
    }

    private func request(
        name: String?, role: String?, team: String?, webhook: String?, expires: String?
    ) throws(APIError) -> TokenRequest {
        guard let role = role.flatMap(Role.init(rawValue:)) else {
            throw .broker(.invalidRequest("role is one of admin, team-admin, member, auditor, resolver and relay"))
        }
        let (teamName, webhookName) = (team.flatMap(TeamName.init), webhook.flatMap(WebhookName.init))
        guard team == nil || teamName != nil, webhook == nil || webhookName != nil else { throw .broker(.invalidName) }
        var end: Timestamp?
        if let expires {
            guard let moment = Timestamp(toCome: expires, after: services.now()) else {
                throw .broker(.invalidRequest("expires is a time to come: 90d, or 2027-01-31T00:00:00Z"))
            }
            end = moment
        }
        do throws(BrokerError) {
            return TokenRequest(
                name: try TokenName(name ?? ""),
                grant: try Grant(role, team: teamName, secrets: nil, webhook: webhookName), expires: end)
        } catch {
            throw .broker(error)
        }
    }
}

extension Services {
    /// Makes a token, if the caller may. Nobody but the caller learns its text.
    func mint(_ request: TokenRequest, for caller: Caller) async throws(APIError) -> (token: Token, text: Secret) {
        try await ask { () throws(BrokerError) in try caller.requireMinting(request) }
        let (token, text, hash) = TokenText.mint(request, by: caller.actor.tokenID, at: now())
        switch try await change({ () async throws(CatalogError) in
            try await tokens.add(token, hash: hash, by: caller.actor)
        }) {
        case .success: return (token, text)
        case .failure(.minterEnded): throw .broker(.unauthenticated)
        case .failure(.webhookNotFound): throw .broker(.webhookNotFound)
        case .failure(.tooMany):
            throw .broker(
                .invalidRequest("there are 1000 tokens that work for this team, or for all teams: revoke some"))
        }
    }
}
