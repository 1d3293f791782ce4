import Broker
import Hummingbird

/// The page **New webhook**, and the one behind the pencil of an existing webhook.
struct EditWebhookPage {
    private struct Unusable {
        let reference: String
        let why: String
    }

    private struct View {
        let frame: Frame
        let team: String
        let heading: String
        let isNew: Bool
        let isConfirmed: Bool
        let canConfirm: Bool
        let proof: String
        let action: String
        let back: String
        let form: WebhookForm
        let isDetailed: Bool
        let accessTokens: [Choice]
        let signingSecrets: [Choice]
        let verifiers: [Choice]
        let encodings: [Choice]
        let answers: [Choice]
        let hasUnusable: Bool
        let unusable: [Unusable]
    }

    let services: Services
    let templates: Templates

    private var webhooks: WebhookActions { WebhookActions(services: services) }

    func show(_ visit: Visit) async throws(APIError) -> Response {
        let (team, name) = (try visit.parameters.team(), try name(visit))
        try visit.caller.demand(.writeWebhooks(team))
        var record: WebhookRecord?
        if let name { record = try await webhooks.find(name, in: team, for: visit.caller) }
        let form: WebhookForm
        var unusable: [PayloadProposal.Unusable] = []
        if case .draft(let draft, let names)? = visit.notice?.exhibit {
            (form, unusable) = (draft, names)
        } else if let record {
            form = try WebhookForm(record)
        } else {
            form = WebhookForm()
        }
        let secrets = try await secrets(of: team)
        let heading = name.map { "Edit webhook \($0)" } ?? "New webhook"
        return templates.page(
            .editWebhook,
            View(
                frame: Frame(title: heading, visit, team: team, .webhooks), team: team.text, heading: heading,
                isNew: name == nil, isConfirmed: record?.isConfirmed ?? false,
                canConfirm: visit.caller.may(.confirmWebhook(team)), proof: visit.session.proof,
                action: path(team, name), back: .webhooksPath(team), form: form,
                isDetailed: form.isDetailed, accessTokens: Self.choices(secrets, form.accessToken),
                signingSecrets: Self.choices(secrets, form.signingSecret),
                verifiers: Self.choices(secrets, form.verifyWith),
                encodings: [("hex", "Hexadecimal"), ("base64", "Base64")].map {
                    Choice(value: $0.0, label: $0.1, isChosen: $0.0 == form.signatureEncoding)
                },
                answers: [("status", "Its status only"), ("body", "Its status and body")].map {
                    Choice(value: $0.0, label: $0.1, isChosen: $0.0 == form.answer)
                },
                hasUnusable: !unusable.isEmpty,
                unusable: unusable.map { Unusable(reference: "${\($0.name)}", why: $0.because.words) }))
    }

    /// Saves the webhook. On an error, what was typed comes back, but for what somebody else has changed meanwhile.
    func submit(_ visit: Visit, _ form: Form) async throws(APIError) -> FormOutcome {
        let (team, name) = (try visit.parameters.team(), try name(visit))
        try visit.caller.demand(.writeWebhooks(team))
        let typed = try WebhookForm(form)
        do throws(APIError) {
            guard let payload = form.text("payload", upTo: Door.maximumBody) else { throw .notTheForm }
            guard payload.isEmpty, form.text("do") != "propose" else {
                return FormOutcome(
                    path: path(team, name), notice: try await proposal(payload, typed, secrets: secrets(of: team)))
            }
            let text = try typed.text(named: name)
            let isConfirmed = form.text("confirm") == "yes"
            let record =
                if name == nil {
                    try await webhooks.create(text, in: team, confirmed: isConfirmed, by: visit.caller)
                } else {
                    try await webhooks.replace(
                        text, in: team, revision: typed.revision, confirmed: isConfirmed, by: visit.caller)
                }
            return FormOutcome(path: .webhooksPath(team), notice: .saved(record))
        } catch .broker(.webhookChanged) {
            throw .broker(.webhookChanged)
        } catch {
            return FormOutcome(path: path(team, name), notice: .refused(error, nil, .draft(typed, unusable: [])))
        }
    }

    /// The form again, with the places where the payload has secrets. The payload itself is not kept.
    private func proposal(
        _ payload: String, _ typed: WebhookForm, secrets: [SecretName]
    ) throws(APIError) -> Notice {
        guard !payload.isEmpty else { throw .broker(.invalidRequest("paste the automation's payload first")) }
        let request = try RelayRequest(json: Array(payload.utf8), signature: nil)
        let proposal = PayloadProposal(request.body, secrets: Set(secrets))
        guard !proposal.usable.isEmpty else {
            return Notice(
                isGood: false, text: "The payload has no ${NAME} of the team's secrets that a pointer can reach.",
                exhibit: .draft(typed, unusable: proposal.unusable))
        }
        return Notice(
            isGood: true, text: "The payload's secrets are proposed below. Look at them, then save the webhook.",
            exhibit: .draft(typed.with(proposal.usable), unusable: proposal.unusable))
    }

    private func name(_ visit: Visit) throws(APIError) -> WebhookName? {
        visit.parameters.get("webhook") == nil ? nil : try visit.parameters.webhookName()
    }

    private func path(_ team: TeamName, _ name: WebhookName?) -> String {
        name.map { .webhookPath(team, $0) + "/edit" } ?? .webhooksPath(team) + "/new"
    }

    private func secrets(of team: TeamName) async throws(APIError) -> [SecretName] {
        try await services.read { () async throws(CatalogError) in
            try await services.catalog.secrets(in: team).map(\.name)
        }
    }

    /// - Parameter chosen: may name a secret that no longer exists.
    private static func choices(_ secrets: [SecretName], _ chosen: String) -> [Choice] {
        var choices = [Choice(value: "", label: "Select a secret (optional)", isChosen: chosen.isEmpty)]
        choices += secrets.map { Choice(value: $0.text, label: $0.text, isChosen: $0.text == chosen) }
        if !choices.contains(where: \.isChosen) {
            choices.append(Choice(value: chosen, label: "\(chosen) (the team has none of this name)", isChosen: true))
        }
        return choices
    }
}

extension PayloadProposal.Obstacle {
    fileprivate var words: String {
        switch self {
        case .inKey: "stands in a key, and values go into texts only."
        case .notInObjects: "stands in a list, or in no object: a pointer leads through objects only."
        case .repeated: "stands more than once in one text."
        case .shared: "stands in one text with another secret."
        case .tooFar: "stands deeper, or behind longer keys, than a pointer may lead."
        case .tooMany: "is one too many: a webhook has at most \(Webhook.maximumPayloadSecrets) pointers."
        case .noSecret: "is no secret of this team and no variable of W&B’s."
        case .accessToken: "would become the relay’s own token: write the name of the secret instead."
        }
    }
}
