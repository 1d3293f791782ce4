import Broker
import Cryptography
import Hummingbird

/// The page with what is entered in W&B for a webhook: the relay's URL, and a relay token.
struct RelayPage {
    private struct View {
        let frame: Frame
        let webhook: WebhookSubject
        let relayURL: String
        /// Whether the URL begins with the broker's address.
        let isWhole: Bool
        let canMint: Bool
        let hasToken: Bool
        /// The text in whose place the token is put.
        let marker: String
        let tokenName: String
    }

    let services: Services
    let templates: Templates

    /// Shows a new token once: when opened again, the page is without it.
    func show(_ visit: Visit) async throws(APIError) -> Response {
        let record = try await WebhookActions(services: services).find(visit, Permission.readWebhooks)
        let name = "wandb-\(record.webhook.name)"
        let request = try await request(for: record.webhook.name, of: record.team, named: name)
        var token: Secret?
        if case .token(let new)? = visit.notice?.exhibit { token = new }
        let view = View(
            frame: Frame(title: "Use webhook \(record.webhook.name)", visit, team: record.team, .webhooks),
            webhook: WebhookSubject(record, visit, page: "relay"), relayURL: record.relayURL(services.publicURL),
            isWhole: services.publicURL != nil, canMint: (try? visit.caller.requireMinting(request)) != nil,
            hasToken: token != nil, marker: Hex.encode(SecureRandom().bytes(16)), tokenName: name)
        guard let token else { return templates.page(.relay, view) }
        return templates.page(.relay, view, revealing: token, at: view.marker)
    }

    func submit(_ visit: Visit, _ form: Form) async throws(APIError) -> FormOutcome {
        let (team, name) = (try visit.parameters.team(), try visit.parameters.webhookName())
        let request = try await request(for: name, of: team, named: form.text("name") ?? "")
        let token = try await services.mint(request, for: visit.caller).text
        return FormOutcome(
            path: .webhookPath(team, name) + "/relay",
            notice: Notice(
                isGood: true, text: "Relay token made. It is shown here once: enter it in W&B now.",
                exhibit: .token(token)))
    }

    private func request(
        for webhook: WebhookName, of team: TeamName, named name: String
    ) async throws(APIError) -> TokenRequest {
        try await services.ask { () throws(BrokerError) in
            TokenRequest(name: try TokenName(name), grant: .relay(team, webhook), expires: nil)
        }
    }
}
