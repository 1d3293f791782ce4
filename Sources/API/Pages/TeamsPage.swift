import Broker
import Hummingbird

/// The page of all teams, for whoever reaches every one.
struct TeamsPage {
    /// The maximum number listed: more than anybody reads. The field above the list reaches every team.
    private static let limit = 500

    private struct View {
        let frame: Frame
        let teams: [Frame.Link]
        let isCut: Bool
        let isReadOnly: Bool
    }

    let services: Services
    let templates: Templates

    func show(_ visit: Visit) async throws(APIError) -> Response {
        let caller = visit.caller
        // Whoever may read the log of all teams may know which teams there are.
        try caller.demand(.readAudit(nil))
        if let text = visit.query.get("team") {
            guard let team = TeamName(text) else { throw .broker(.invalidName) }
            return .redirect(to: path(of: team, for: caller))
        }
        let teams = try await services.read { () async throws(CatalogError) in
            try await services.catalog.teams(limit: Self.limit + 1)
        }
        return templates.page(
            .teams,
            View(
                frame: Frame(title: "Teams", visit, team: nil, .teams),
                teams: teams.prefix(Self.limit).map {
                    Frame.Link(label: $0.text, path: path(of: $0, for: caller), isCurrent: false)
                },
                isCut: teams.count > Self.limit, isReadOnly: caller.grant.role == .auditor))
    }

    private func path(of team: TeamName, for caller: Caller) -> String {
        .teamPath(team) + (caller.may(.readNames(team)) ? "" : "/activity")
    }
}
