import Broker

/// The webhook of a page that does something with one.
struct WebhookSubject {
    let team: String
    let name: String
    let url: String
    /// The revision that the page was opened for.
    let revision: String
    let isConfirmed: Bool
    let parts: [WebhooksPage.Part]
    let proof: String
    /// The path that the page's form is sent to.
    let action: String
    let back: String

    /// - Parameter page: the last part of the page's path.
    init(_ record: WebhookRecord, _ visit: Visit, page: String) {
        team = record.team.text
        name = record.webhook.name.text
        url = record.webhook.url.text
        revision = record.revision
        isConfirmed = record.isConfirmed
        parts = record.webhook.parts
        proof = visit.session.proof
        action = .webhookPath(record.team, record.webhook.name) + "/" + page
        back = .webhooksPath(record.team)
    }
}

extension WebhookActions {
    /// The webhook that the visit's path names, for whoever has the permission.
    func find(_ visit: Visit, _ permission: (TeamName) -> Permission) async throws(APIError) -> WebhookRecord {
        let (team, name) = (try visit.parameters.team(), try visit.parameters.webhookName())
        let needed = permission(team)
        try visit.caller.demand(needed)
        return try await find(name, in: team, for: visit.caller)
    }
}
