import Broker

/// What can be done with a team's webhooks, by the API and by the pages: the rules first, then the catalog.
struct WebhookActions {
    let services: Services

    func list(in team: TeamName, for caller: Caller) async throws(APIError) -> [WebhookRecord] {
        try caller.demand(.readWebhooks(team))
        return try await services.read { () async throws(CatalogError) in
            try await services.webhooks.webhooks(in: team)
        }
    }

    func find(_ name: WebhookName, in team: TeamName, for caller: Caller) async throws(APIError) -> WebhookRecord {
        try caller.demand(.readWebhooks(team))
        let record = try await services.read { () async throws(CatalogError) in
            try await services.webhooks.webhook(name, in: team)
        }
        guard let record else { throw .broker(.webhookNotFound) }
        return record
    }

    func create(
        _ text: WebhookText, in team: TeamName, confirmed: Bool, by caller: Caller
    ) async throws(APIError) -> WebhookRecord {
        try requireWriting(in: team, confirmed: confirmed, caller)
        let webhook = try text.webhook()
        return try await change { () async throws(CatalogError) in
            try await services.webhooks.add(webhook, to: team, confirmed: confirmed, by: caller.actor)
        }
    }

    func replace(
        _ text: WebhookText, in team: TeamName, revision: String?, confirmed: Bool, by caller: Caller
    ) async throws(APIError) -> WebhookRecord {
        try requireWriting(in: team, confirmed: confirmed, caller)
        let webhook = try text.webhook()
        return try await change { () async throws(CatalogError) in
            try await services.webhooks.replace(
                webhook, in: team, revision: revision, confirmed: confirmed, by: caller.actor)
        }
    }

    /// Confirms a webhook. The URL must be the stored one; with a revision, what is confirmed is exactly what was read.
    func confirm(
        _ name: WebhookName, in team: TeamName, url: String?, revision: String?, by caller: Caller
    ) async throws(APIError) -> WebhookRecord {
        try caller.demand(.confirmWebhook(team))
        guard let url else { throw .broker(.invalidRequest("url is wanted: the one that is confirmed")) }
        guard let url = WebhookURL(url) else { throw .broker(.webhookChanged) }
        return try await change { () async throws(CatalogError) in
            try await services.webhooks.confirm(name, in: team, url: url, revision: revision, by: caller.actor)
        }
    }

    /// - Parameter revision: the revision that must be present; nil: any.
    func delete(
        _ name: WebhookName, in team: TeamName, revision: String?, by caller: Caller
    ) async throws(APIError) {
        try caller.demand(.writeWebhooks(team))
        _ = try await change { () async throws(CatalogError) in
            try await services.webhooks.remove(name, from: team, revision: revision, by: caller.actor)
        }
    }

    private func requireWriting(in team: TeamName, confirmed: Bool, _ caller: Caller) throws(APIError) {
        try caller.demand(.writeWebhooks(team))
        if confirmed { try caller.demand(.confirmWebhook(team)) }
    }

    private func change(
        _ change: () async throws(CatalogError) -> Result<WebhookRecord, WebhookRefusal>
    ) async throws(APIError) -> WebhookRecord {
        switch try await services.change(change) {
        case .success(let record): return record
        case .failure(.exists): throw .broker(.webhookExists)
        case .failure(.notFound): throw .broker(.webhookNotFound)
        case .failure(.changed): throw .broker(.webhookChanged)
        case .failure(.secretsMissing(let names)): throw .broker(.webhookSecretsMissing(names))
        case .failure(.tooMany): throw .broker(.invalidRequest("a team has at most 1000 webhooks"))
        case .failure(.tooLarge):
            throw .broker(
                .invalidRequest("a webhook's URL, headers and payload secrets have at most 16384 characters together"))
        case .failure(.noRoom):
            throw .broker(
                .invalidRequest(
                    "the team's webhooks would have more than 1048576 characters together: delete some, or shorten them"
                ))
        }
    }
}
