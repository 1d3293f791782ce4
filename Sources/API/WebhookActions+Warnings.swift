import Broker

extension WebhookActions {
    /// What is to be known of each of the webhooks before it delivers: that something it names is not there.
    func warnings(of records: [WebhookRecord], in team: TeamName) async throws(APIError) -> [[Warning]] {
        let names = records.reduce(into: Set<SecretName>()) { $0.formUnion($1.webhook.secrets) }
        let present = try await present(names, in: team)
        return records.map { record in
            let webhook = record.webhook
            let missing = webhook.secrets.subtracting(present).sorted()
            return missing.map { Warning.missing($0, of: webhook.name) }
                + (services.relay.refuses(webhook.url) ? [.unreachable(webhook.name)] : [])
        }
    }

    /// Those of the names that the team has. As many are asked for at once as one webhook can have.
    private func present(_ names: Set<SecretName>, in team: TeamName) async throws(APIError) -> Set<SecretName> {
        var (found, rest) = (Set<SecretName>(), names.sorted()[...])
        while !rest.isEmpty {
            let some = Array(rest.prefix(Webhook.maximumSecrets))
            rest = rest.dropFirst(some.count)
            found.formUnion(
                try await services.read { () async throws(CatalogError) in
                    try await services.catalog.versions(of: some, in: team)
                }.keys)
        }
        return found
    }
}

extension Warning {
    fileprivate static func missing(_ secret: SecretName, of webhook: WebhookName) -> Warning {
        Warning(
            code: "secret_missing",
            message: "the webhook \(webhook) names \(secret), which the team does not have: add that secret, or change "
                + "the webhook",
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
