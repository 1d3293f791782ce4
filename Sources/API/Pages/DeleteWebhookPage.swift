import Broker
import Hummingbird

/// The page behind a webhook's trash icon.
struct DeleteWebhookPage {
    private struct View {
        let frame: Frame
        let webhook: WebhookSubject
    }

    let services: Services
    let templates: Templates

    private var webhooks: WebhookActions { WebhookActions(services: services) }

    func show(_ visit: Visit) async throws(APIError) -> Response {
        let record = try await webhooks.find(visit, Permission.writeWebhooks)
        return templates.page(
            .deleteWebhook,
            View(
                frame: Frame(title: "Delete webhook \(record.webhook.name)", visit, team: record.team, .webhooks),
                webhook: WebhookSubject(record, visit, page: "delete")))
    }

    /// Deletes exactly what was shown.
    func submit(_ visit: Visit, _ form: Form) async throws(APIError) -> FormOutcome {
        let (team, name) = (try visit.parameters.team(), try visit.parameters.webhookName())
        guard let revision = form.text("revision") else { throw .notTheForm }
        try await webhooks.delete(name, in: team, revision: revision, by: visit.caller)
        return FormOutcome(path: .webhooksPath(team), notice: .deleted(name))
    }
}
