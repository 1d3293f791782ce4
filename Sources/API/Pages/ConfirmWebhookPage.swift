import Broker
import Hummingbird

/// Shows an admin where a webhook delivers, and what, and lets it.
struct ConfirmWebhookPage {
    private struct View {
        let frame: Frame
        let webhook: WebhookSubject
    }

    let services: Services
    let templates: Templates

    private var webhooks: WebhookActions { WebhookActions(services: services) }

    func show(_ visit: Visit) async throws(APIError) -> Response {
        let record = try await webhooks.find(visit, Permission.confirmWebhook)
        return templates.page(
            .confirmWebhook,
            View(
                frame: Frame(title: "Confirm webhook \(record.webhook.name)", visit, team: record.team, .webhooks),
                webhook: WebhookSubject(record, visit, page: "confirm")))
    }

    /// Exactly what was shown.
    func submit(_ visit: Visit, _ form: Form) async throws(APIError) -> FormOutcome {
        let (team, name) = (try visit.parameters.team(), try visit.parameters.webhookName())
        guard let url = form.text("url", upTo: WebhookURL.maximumLength), let revision = form.text("revision") else {
            throw .notTheForm
        }
        _ = try await webhooks.confirm(name, in: team, url: url, revision: revision, by: visit.caller)
        return FormOutcome(path: .webhooksPath(team), notice: .confirmed(name))
    }
}
