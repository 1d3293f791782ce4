import Broker
import HTTPTypes
import Hummingbird
import WireJSON

/// The routes `/v1/teams/{team}/webhooks`: where a team's automations deliver.
struct WebhookRoutes {
    let services: Services

    private var webhooks: WebhookActions { WebhookActions(services: services) }

    func list(_ exchange: Exchange) async throws(APIError) -> Response {
        let team = try exchange.team()
        let records = try await webhooks.list(in: team, for: exchange.caller)
        let warnings = try await webhooks.warnings(of: records, in: team)
        let json = JSONObject()
        json.set("webhooks", zip(records, warnings).map { $0.json(services.publicURL, $1) })
        return Response(json: json)
    }

    func describe(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.webhookName())
        let record = try await webhooks.find(name, in: team, for: exchange.caller)
        return answer(record, try await webhooks.warnings(of: [record], in: team)[0])
    }

    func create(_ exchange: Exchange) async throws(APIError) -> Response {
        let team = try exchange.team()
        let body = try exchange.object(WebhookText.fields.union(["name"]))
        let text = try WebhookText(try body.text("name"), body)
        let confirmed = try body.flag("confirm") ?? false
        return await told(
            try await webhooks.create(text, in: team, confirmed: confirmed, by: exchange.caller), status: .created)
    }

    func replace(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.webhookName())
        let body = try exchange.object(WebhookText.fields)
        let text = try WebhookText(name.text, body)
        let confirmed = try body.flag("confirm") ?? false
        return await told(
            try await webhooks.replace(
                text, in: team, revision: try exchange.expected(), confirmed: confirmed, by: exchange.caller))
    }

    /// Confirms a webhook. With `If-Match`, exactly what was read is confirmed; the URL must always be the stored one.
    func confirm(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.webhookName())
        let url = try exchange.object(["url"]).text("url")
        return await told(
            try await webhooks.confirm(
                name, in: team, url: url, revision: try exchange.expected(), by: exchange.caller))
    }

    func delete(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.webhookName())
        try await webhooks.delete(name, in: team, revision: try exchange.expected(), by: exchange.caller)
        return Response(status: .noContent)
    }

    /// The answer to a change. That is made, so nothing may go wrong any more: where the catalog cannot be read now,
    /// there are no warnings.
    private func told(_ record: WebhookRecord, status: HTTPResponse.Status = .ok) async -> Response {
        answer(record, (try? await webhooks.warnings(of: [record], in: record.team)[0]) ?? [], status: status)
    }

    private func answer(
        _ record: WebhookRecord, _ warnings: [Warning], status: HTTPResponse.Status = .ok
    ) -> Response {
        var response = Response(status: status, json: record.json(services.publicURL, warnings))
        response.headers[.eTag] = "\"\(record.revision)\""
        return response
    }
}
