import Broker
import Hummingbird

/// Shows an admin where a webhook delivers, and all that it does there, and lets it.
struct ConfirmWebhookPage {
    private struct View {
        let frame: Frame
        let webhook: WebhookSubject
        let cautions: [String]
        let headers: [String]
        let terms: [String]
    }

    let services: Services
    let templates: Templates

    private var webhooks: WebhookActions { WebhookActions(services: services) }

    func show(_ visit: Visit) async throws(APIError) -> Response {
        let record = try await webhooks.find(visit, Permission.confirmWebhook)
        let warnings = try await webhooks.warnings(of: [record], in: record.team)[0]
        return templates.page(
            .confirmWebhook,
            View(
                frame: Frame(title: "Confirm webhook \(record.webhook.name)", visit, team: record.team, .webhooks),
                webhook: WebhookSubject(record, visit, page: "confirm"),
                cautions: warnings.map(\.message.asSentence),
                headers: record.webhook.headers.map { "\($0.name): \($0.value.visible)" },
                terms: record.webhook.terms))
    }

    /// Confirms exactly what was shown.
    func submit(_ visit: Visit, _ form: Form) async throws(APIError) -> FormOutcome {
        let (team, name) = (try visit.parameters.team(), try visit.parameters.webhookName())
        guard let url = form.text("url", upTo: WebhookURL.maximumLength), let revision = form.text("revision") else {
            throw .notTheForm
        }
        _ = try await webhooks.confirm(name, in: team, url: url, revision: revision, by: visit.caller)
        return FormOutcome(path: .webhooksPath(team), notice: .confirmed(name))
    }
}

extension Webhook {
    /// What a confirmation lets it do beside sending its secrets and headers, in sentences.
    fileprivate var terms: [String] {
        let told =
            switch answer {
            case .status: "W&B is told the status of the answer, and nothing else of it."
            case .body: "W&B is told the status of the answer and its body, unless a value is seen in it."
            }
        let signed: String? = signingSecret.map { _ in
            switch signatureEncoding {
            case .hex: "The signature is in hexadecimal."
            case .base64: "The signature is in Base64."
            }
        }
        let unverified = verifyWith == nil ? "What comes to the relay needs no signature of W&B’s." : nil
        return [told, signed, unverified].compactMap(\.self)
    }
}
