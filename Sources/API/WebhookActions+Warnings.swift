import Broker

extension WebhookActions {
    /// What is to be known of each of the webhooks before it delivers: that something it names is not there.
    func warnings(of records: [WebhookRecord], in team: TeamName) async throws(APIError) -> [[Warning]] {
        let names = records.reduce(into: Set<SecretName>()) { $0.formUnion($1.webhook.secrets) }
        let present = try await present(names, in: team)
        return records.map { record in
            let webhook = record.webhook
            let missing = webhook.secrets.subtracting(present).sorted()
            var warnings: [Warning] = missing.isEmpty ? [] : [.missing(missing, of: webhook.name)]
            if services.relay.refuses(webhook.url) { warnings.append(.unreachable(webhook.name)) }
            return warnings
        }
    }

    /// At least those of the names that the team has. Where there are more of them than one webhook can have, all of
    /// the team's are read at once.
    private func present(_ names: Set<SecretName>, in team: TeamName) async throws(APIError) -> Set<SecretName> {
        try await services.read { () async throws(CatalogError) -> Set<SecretName> in
            guard names.count > Webhook.maximumSecrets else {
                return Set(try await services.catalog.versions(of: names.sorted(), in: team).keys)
            }
            return Set(try await services.catalog.secrets(in: team).map(\.name))
        }
    }
}

extension Warning {
    /// - Parameter secrets: at least one. The first of them are named.
    fileprivate static func missing(_ secrets: [SecretName], of webhook: WebhookName) -> Warning {
        let named = secrets.prefix(3).map(\.text).joined(separator: ", ")
        let others = secrets.count > 3 ? " and \(secrets.count - 3) more" : ""
        return Warning(
            code: "secret_missing",
            message: "the webhook \(webhook) names \(named)\(others), which the team does not have: add "
                + "\(secrets.count == 1 ? "that secret" : "them"), or change the webhook",
            docs: "docs/runbook.md#webhook-warnings")
    }

    fileprivate static func unreachable(_ webhook: WebhookName) -> Warning {
        Warning(
            code: "address_not_allowed",
            message: "the webhook \(webhook) delivers to an address that webhooks may not reach: change its URL, or "
                + "have the operator add the address to SECRET_BROKER_RELAY_ALLOW",
            docs: "docs/runbook.md#webhook-warnings")
    }
}
