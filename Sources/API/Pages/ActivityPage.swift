import Broker
import Hummingbird

/// The page **Activity**: who did what to which secret, and who used it, from the audit log.
struct ActivityPage {
    private static let limit = 50

    private struct View {
        let frame: Frame
        let team: String?
        let action: String
        let kinds: [Choice]
        let secret: String
        let actor: String
        let isFiltered: Bool
        let chart: UsageChart
        let lines: [ActivityLine]
        let isEmpty: Bool
        /// The address of the next page.
        let older: String?
    }

    let services: Services
    let templates: Templates

    func show(_ visit: Visit) async throws(APIError) -> Response {
        let team = visit.parameters.get("team") == nil ? nil : try visit.parameters.team()
        try visit.caller.demand(.readAudit(team))
        let filter = try filter(visit.query, team)
        let before = visit.query.get("before").flatMap(Int64.init)
        let now = services.now()
        let (page, uses) = try await services.read { () async throws(CatalogError) in
            (
                try await services.auditReader.activity(filter, before: before, limit: Self.limit),
                try await services.catalog.uses(
                    of: filter.secret, in: team, since: UsageChart.firstDay(until: now))
            )
        }
        let action = team.map { .teamPath($0) + "/activity" } ?? "/activity"
        return templates.page(
            .activity,
            View(
                frame: Frame(
                    title: team.map { "Activity of \($0)" } ?? "Activity of all teams", visit, team: team, .activity),
                team: team?.text, action: action, kinds: choices(filter.kind), secret: filter.secret?.text ?? "",
                actor: filter.actor ?? "",
                isFiltered: filter.kind != nil || filter.secret != nil || filter.actor != nil,
                chart: UsageChart(uses, until: now),
                lines: Self.settled(page.events).map { ActivityLine($0, showsTeam: team == nil, now: now) },
                isEmpty: page.events.isEmpty, older: page.next.map { action + Self.query(filter, before: $0) }))
    }

    /// The events without the beginnings whose end is among them too.
    private static func settled(_ events: [RecordedEvent]) -> [RecordedEvent] {
        var decided: Set<AuditEvent.Act> = []
        for recorded in events where recorded.event.outcome != .attempted { decided.insert(recorded.event.act) }
        return events.filter { $0.event.outcome != .attempted || !decided.contains($0.event.act) }
    }

    /// The filter in the query. An empty field is no filter.
    private func filter(_ query: Parameters, _ team: TeamName?) throws(APIError) -> ActivityFilter {
        func given(_ name: String) -> String? { query.get(name).flatMap { $0.isEmpty ? nil : $0 } }
        var filter = ActivityFilter(team: team)
        if let text = given("kind") {
            guard let kind = AuditEvent.Kind(rawValue: text) else { throw .notTheForm }
            filter.kind = kind
        }
        if let text = given("secret") {
            guard let name = SecretName(text) else { throw .broker(.invalidName) }
            filter.secret = name
        }
        filter.actor = given("who").map { String($0.prefix(128)) }
        return filter
    }

    private func choices(_ chosen: AuditEvent.Kind?) -> [Choice] {
        [Choice(value: "", label: "Everything", isChosen: chosen == nil)]
            + AuditEvent.Kind.allCases.map { kind in
                let label =
                    switch kind {
                    case .changes: "Changes of secrets"
                    case .uses: "Uses of secrets"
                    case .tokens: "Tokens"
                    }
                return Choice(value: kind.rawValue, label: label, isChosen: kind == chosen)
            }
    }

    private static func query(_ filter: ActivityFilter, before seq: Int64) -> String {
        var query = "?before=\(seq)"
        if let kind = filter.kind { query += "&kind=\(kind.rawValue)" }
        if let secret = filter.secret { query += "&secret=\(secret)" }
        if let actor = filter.actor { query += "&who=\(actor.queryEncoded)" }
        return query
    }
}

extension String {
    /// The text with every byte but letters and digits as `%` and two hexadecimal digits.
    fileprivate var queryEncoded: String {
        utf8.reduce(into: "") { text, byte in
            text +=
                byte.isLetterOrDigit
                ? String(Unicode.Scalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
}
