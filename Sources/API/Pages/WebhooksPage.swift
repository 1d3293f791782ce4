import Broker
import Hummingbird

/// The page **Webhooks**: where the team's automations deliver, and which secrets go there.
struct WebhooksPage {
    /// A secret that a webhook names.
    struct Part {
        let secret: String
        let place: String
    }

    private struct Row {
        let name: String
        let url: String
        let path: String
        let isConfirmed: Bool
        let parts: [Part]
        let updated: HumanTime
        let updatedBy: String
        let cautions: [String]
        let canWrite: Bool
        let canConfirm: Bool
    }

    private struct View {
        let frame: Frame
        let team: String
        let count: String
        let new: String
        let isEmpty: Bool
        let canWrite: Bool
        let rows: [Row]
    }

    let services: Services
    let templates: Templates

    func show(_ visit: Visit) async throws(APIError) -> Response {
        let team = try visit.parameters.team()
        let caller = visit.caller
        let webhooks = WebhookActions(services: services)
        let records = try await webhooks.list(in: team, for: caller)
        let warnings = try await webhooks.warnings(of: records, in: team)
        let canWrite = caller.may(.writeWebhooks(team))
        let canConfirm = caller.may(.confirmWebhook(team))
        let now = services.now()
        let rows = zip(records, warnings).map { record, warnings in
            Row(
                name: record.webhook.name.text, url: record.webhook.url.text,
                path: .webhookPath(team, record.webhook.name), isConfirmed: record.isConfirmed,
                parts: record.webhook.parts, updated: HumanTime(record.updated.at, now: now),
                updatedBy: record.updated.by, cautions: warnings.map(\.message.asSentence), canWrite: canWrite,
                canConfirm: canConfirm && !record.isConfirmed)
        }
        return templates.page(
            .webhooks,
            View(
                frame: Frame(title: "Webhooks of \(team)", visit, team: team, .webhooks), team: team.text,
                count: rows.count == 1 ? "1 webhook" : "\(rows.count) webhooks", new: .webhooksPath(team) + "/new",
                isEmpty: rows.isEmpty, canWrite: canWrite, rows: rows))
    }
}

extension Webhook {
    /// Every secret that the webhook names, and what for.
    var parts: [WebhooksPage.Part] {
        var parts: [WebhooksPage.Part] = []
        func add(_ name: SecretName?, _ place: String) {
            if let name { parts.append(WebhooksPage.Part(secret: name.text, place: place)) }
        }
        add(accessToken, "as the access token")
        add(signingSecret, "signs each delivery")
        for secret in payloadSecrets { add(secret.name, "in the payload at \(secret.at.text.visible)") }
        for header in headers {
            for name in header.secrets.sorted() { add(name, "in the header \(header.name)") }
        }
        add(verifyWith, "verifies W&B's signature, and is not sent")
        return parts
    }
}
