import Broker
import Hummingbird

/// The page **Team secrets**: which exist, who changed them last, and who uses them. Never what they are.
struct SecretsPage {
    /// Somebody who would miss the secret: an automation that used it lately, or a webhook that names it.
    struct Use {
        let user: String
        let isWebhook: Bool
        /// The last use by an automation; nil for a webhook.
        let last: HumanTime?
    }

    private struct Row {
        let name: String
        let reference: String
        let version: String
        let path: String
        let updated: HumanTime
        let updatedBy: String
        let store: String
        let provider: String
        /// The store's name for what was adopted; nil for a value of the broker's own.
        let adoptedFrom: String?
        let isUsed: Bool
        let uses: [Use]
        /// What somebody did to the secret in the store, and what to do about it; nil if nothing is known.
        let drift: String?
        let canWrite: Bool
    }

    /// What is to be known of a store.
    private struct Caution {
        let sentence: String
        /// Where it is explained.
        let docs: String
    }

    private struct View {
        let frame: Frame
        let team: String
        let count: String
        let isEmpty: Bool
        let canWrite: Bool
        let rows: [Row]
        let cautions: [Caution]
        /// The forms that open in front of the page. Each has the fields of the page that it stands for.
        let add: AddSecretPage.Fields
        let rotate: RotateSecretPage.Fields
        let delete: DeleteSecretPage.Fields
    }

    let services: Services
    let templates: Templates

    func show(_ visit: Visit) async throws(APIError) -> Response {
        let team = try visit.parameters.team()
        let caller = visit.caller
        try caller.demand(.readNames(team))
        let now = services.now()
        let (secrets, usage, drift, webhooks, store) = try await services.read { () async throws(CatalogError) in
            (
                try await services.catalog.secrets(in: team),
                try await services.catalog.usage(in: team, since: Usage.latelySince(now)),
                try await services.catalog.drift(in: team),
                try await services.webhooks.webhooks(in: team),
                try await services.stores.storeName(of: team, services.catalog)
            )
        }
        let canWrite = caller.may(.writeSecrets(team))
        var naming: [SecretName: [WebhookName]] = [:]
        for webhook in webhooks.map(\.webhook) {
            for secret in webhook.secrets { naming[secret, default: []].append(webhook.name) }
        }
        let rows = secrets.map { secret in
            let uses = (usage[secret.name] ?? []).map { Use($0, now: now) } + (naming[secret.name] ?? []).map(Use.init)
            return row(secret, uses, drift[secret.name], canWrite: canWrite, now: now)
        }
        let proof = visit.session.proof
        return templates.page(
            .secrets,
            View(
                frame: Frame(title: "Team secrets of \(team)", visit, team: team, .secrets), team: team.text,
                count: rows.count == 1 ? "1 secret" : "\(rows.count) secrets", isEmpty: rows.isEmpty,
                canWrite: canWrite, rows: rows, cautions: cautions(of: secrets, next: store),
                add: AddSecretPage.Fields(proof: proof, team: team, name: nil),
                rotate: RotateSecretPage.Fields(proof: proof, team: team, record: nil),
                delete: DeleteSecretPage.Fields(proof: proof, team: team, record: nil, uses: [])))
    }

    private func row(
        _ record: SecretRecord, _ uses: [Use], _ drift: Drift?, canWrite: Bool, now: Timestamp
    ) -> Row {
        Row(
            name: record.name.text, reference: "${\(record.name)}", version: record.version.id.text,
            path: .secretPath(record.team, record.name),
            updated: HumanTime(record.updated.at, now: now), updatedBy: record.updated.by,
            store: record.version.store.text, provider: services.stores.store(named: record.version.store)?.kind ?? "",
            adoptedFrom: record.adoptedFrom?.text,
            isUsed: !uses.isEmpty, uses: uses,
            drift: drift?.warning(isOwned: record.version.isOwned).message.asSentence, canWrite: canWrite)
    }

    /// Of every store that holds one of the team's secrets, or will hold the next one; each once.
    private func cautions(of secrets: [SecretRecord], next store: StoreName) -> [Caution] {
        let names = Set(secrets.map(\.version.store)).union([store])
        var seen: Set<Warning> = []
        return names.sorted().compactMap(services.stores.store(named:)).flatMap(\.warnings)
            .filter { seen.insert($0).inserted }.map { Caution(sentence: $0.message.asSentence, docs: $0.docs) }
    }
}

extension SecretsPage.Use {
    init(_ usage: Usage, now: Timestamp) {
        self.init(user: usage.automation, isWebhook: false, last: HumanTime(usage.last, now: now))
    }

    init(_ webhook: WebhookName) {
        self.init(user: webhook.text, isWebhook: true, last: nil)
    }
}
