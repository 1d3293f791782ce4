import Broker
import HTTPTypes
import Hummingbird
import WireJSON

/// The routes `/v1/teams/{team}/webhooks`: where a team's automations deliver.
struct WebhookRoutes {
    let services: Services

    private var webhooks: WebhookActions { WebhookActions(services: services) }

    func list(_ exchange: Exchange) async throws(APIError) -> Response {
        let records = try await webhooks.list(in: try exchange.team(), for: exchange.caller)
        let json = JSONObject()
        json.set("webhooks", records.map { $0.json(services.publicURL) })
        return Response(json: json)
    }

    func describe(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.webhookName())
        return answer(try await webhooks.find(name, in: team, for: exchange.caller))
    }

    func create(_ exchange: Exchange) async throws(APIError) -> Response {
        let team = try exchange.team()
        let body = try exchange.object(WebhookText.fields.union(["name"]))
        let text = try WebhookText(try body.text("name"), body)
        let confirmed = try body.flag("confirm") ?? false
        return answer(
            try await webhooks.create(text, in: team, confirmed: confirmed, by: exchange.caller), status: .created)
    }

    func replace(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.webhookName())
        let body = try exchange.object(WebhookText.fields)
        let text = try WebhookText(name.text, body)
        let confirmed = try body.flag("confirm") ?? false
        return answer(
            try await webhooks.replace(
                text, in: team, revision: try exchange.expected(), confirmed: confirmed, by: exchange.caller))
    }

    /// Confirms a webhook. With `If-Match`, exactly what was read is confirmed; the URL must always be the stored one.
    func confirm(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.webhookName())
        let url = try exchange.object(["url"]).text("url")
        return answer(
            try await webhooks.confirm(
                name, in: team, url: url, revision: try exchange.expected(), by: exchange.caller))
    }

    func delete(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.webhookName())
        try await webhooks.delete(name, in: team, revision: try exchange.expected(), by: exchange.caller)
        return Response(status: .noContent)
    }

    private func answer(_ record: WebhookRecord, status: HTTPResponse.Status = .ok) -> Response {
        var response = Response(status: status, json: record.json(services.publicURL))
        response.headers[.eTag] = "\"\(record.revision)\""
        return response
    }
}
