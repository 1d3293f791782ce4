import Broker
import HTTPTypes
import Hummingbird
import WireJSON

/// `/v1/teams/{team}/webhooks`: where a team's automations deliver.
struct WebhookRoutes {
    let services: Services

    func list(_ exchange: Exchange) async throws(APIError) -> Response {
        let team = try exchange.team()
        try await services.ask { () throws(BrokerError) in try exchange.caller.require(.readWebhooks(team)) }
        let records = try await services.read { () async throws(CatalogError) in
            try await services.webhooks.webhooks(in: team)
        }
        let json = JSONObject()
        json.set("webhooks", records.map { $0.json(services.publicURL) })
        return Response(json: json)
    }

    func describe(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.webhookName())
        try await services.ask { () throws(BrokerError) in try exchange.caller.require(.readWebhooks(team)) }
        let record = try await services.read { () async throws(CatalogError) in
            try await services.webhooks.webhook(name, in: team)
        }
        guard let record else { throw .broker(.webhookNotFound) }
        return answer(record)
    }

    func create(_ exchange: Exchange) async throws(APIError) -> Response {
        let team = try exchange.team()
        let body = try exchange.object(WebhookBody.fields.union(["name"]))
        guard let name = try body.text("name").flatMap(WebhookName.init) else { throw .broker(.invalidName) }
        let (webhook, confirmed) = try await read(body, name, of: team, exchange.caller)
        return answer(
            try await change { () async throws(CatalogError) in
                try await services.webhooks.add(webhook, to: team, confirmed: confirmed, by: exchange.caller.actor)
            }, status: .created)
    }

    func replace(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.webhookName())
        let body = try exchange.object(WebhookBody.fields)
        let (webhook, confirmed) = try await read(body, name, of: team, exchange.caller)
        let revision = try exchange.expected()
        return answer(
            try await change { () async throws(CatalogError) in
                try await services.webhooks.replace(
                    webhook, in: team, revision: revision, confirmed: confirmed, by: exchange.caller.actor)
            })
    }

    /// With `If-Match` what is confirmed is exactly what was read; the URL must be the stored one in any case.
    func confirm(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.webhookName())
        try await services.ask { () throws(BrokerError) in try exchange.caller.require(.confirmWebhook(team)) }
        guard let text = try exchange.object(["url"]).text("url") else {
            throw .broker(.invalidRequest("url is wanted: the one that is confirmed"))
        }
        guard let url = WebhookURL(text) else { throw .broker(.webhookChanged) }
        let revision = try exchange.expected()
        return answer(
            try await change { () async throws(CatalogError) in
                try await services.webhooks.confirm(
                    name, in: team, url: url, revision: revision, by: exchange.caller.actor)
            })
    }

    func delete(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.webhookName())
        try await services.ask { () throws(BrokerError) in try exchange.caller.require(.writeWebhooks(team)) }
        let wasThere = try await services.read { () async throws(CatalogError) in
            try await services.webhooks.remove(name, from: team, by: exchange.caller.actor)
        }
        guard wasThere else { throw .broker(.webhookNotFound) }
        return Response(status: .noContent)
    }

    private func read(
        _ body: JSONNode, _ name: WebhookName, of team: TeamName, _ caller: Caller
    ) async throws(APIError) -> (webhook: Webhook, confirmed: Bool) {
        let confirmed = try body.flag("confirm") ?? false
        try await services.ask { () throws(BrokerError) in
            try caller.require(.writeWebhooks(team))
            if confirmed { try caller.require(.confirmWebhook(team)) }
        }
        return (try WebhookBody(body).webhook(named: name), confirmed)
    }

    private func change(
        _ change: () async throws(CatalogError) -> Result<WebhookRecord, WebhookRefusal>
    ) async throws(APIError) -> WebhookRecord {
        switch try await services.read(change) {
        case .success(let record): return record
        case .failure(.exists): throw .broker(.webhookExists)
        case .failure(.notFound): throw .broker(.webhookNotFound)
        case .failure(.changed): throw .broker(.webhookChanged)
        case .failure(.tooMany): throw .broker(.invalidRequest("a team has at most 1000 webhooks"))
        }
    }

    private func answer(_ record: WebhookRecord, status: HTTPResponse.Status = .ok) -> Response {
        var response = Response(status: status, json: record.json(services.publicURL))
        response.headers[.eTag] = "\"\(record.revision)\""
        return response
    }
}
