import Broker
import Hummingbird

/// The page **Test webhook**: sends a payload, and shows what the destination answers.
struct TestWebhookPage {
    private struct Answer {
        let status: Int
        let text: String?
        /// What there is to say instead of a text.
        let remark: String

        init(_ answer: RelayAnswer) {
            status = answer.status
            switch answer.body {
            case .passed(let body, _): (text, remark) = (body.text, "Its body is not text.")
            case .withheld:
                (text, remark) = (
                    nil, "Its body is withheld: it may hold a secret’s value, is too large, or is encoded."
                )
            case .none: (text, remark) = (nil, "This webhook passes the status on, and no body.")
            }
        }
    }

    private struct View {
        let frame: Frame
        let webhook: WebhookSubject
        let answer: Answer?
    }

    let services: Services
    let templates: Templates

    func show(_ visit: Visit) async throws(APIError) -> Response {
        let record = try await WebhookActions(services: services).find(visit, Permission.writeWebhooks)
        var answer: Answer?
        if case .answer(let shown)? = visit.notice?.exhibit { answer = Answer(shown) }
        return templates.page(
            .testWebhook,
            View(
                frame: Frame(title: "Test webhook \(record.webhook.name)", visit, team: record.team, .webhooks),
                webhook: WebhookSubject(record, visit, page: "test"), answer: answer))
    }

    /// Sends the payload or, if it is empty, a sample.
    func submit(_ visit: Visit, _ form: Form) async throws(APIError) -> FormOutcome {
        let (team, name) = (try visit.parameters.team(), try visit.parameters.webhookName())
        guard let text = form.text("payload", upTo: Door.maximumBody) else { throw .notTheForm }
        let payload = text.isEmpty ? nil : try RelayRequest(json: Array(text.utf8), signature: nil)
        let answer = try await services.ask { () async throws(BrokerError) in
            try await services.relay.test(name, of: team, payload: payload, for: visit.caller)
        }
        let isGood = answer.status < 400
        return FormOutcome(
            path: .webhookPath(team, name) + "/test",
            notice: Notice(
                isGood: isGood,
                text: isGood
                    ? "The destination took the test request."
                    : "The test request resulted in an invalid status code.",
                exhibit: .answer(answer)),
            isRefusedByDestination: !isGood)
    }
}
