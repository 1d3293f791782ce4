import NIOConcurrencyHelpers

/// Bounds the deliveries under way, so that a slow destination takes no more than its share. A delivery that finds no
/// place is refused at once: whoever waits here would only wait longer.
final class RelayPlaces: Sendable {
    static let perDestination = 16
    static let perTeam = 64

    private struct Endpoint: Hashable {
        let team: TeamName
        let host: String
        let port: Int

        init(_ team: TeamName, _ url: WebhookURL) {
            self.team = team
            host = url.host
            port = url.port
        }
    }

    private struct Taken {
        var teams: [TeamName: Int] = [:]
        var endpoints: [Endpoint: Int] = [:]
    }

    private let taken = NIOLockedValueBox(Taken())

    func enter(_ team: TeamName, _ url: WebhookURL) -> Bool {
        let endpoint = Endpoint(team, url)
        return taken.withLockedValue { taken in
            guard taken.teams[team, default: 0] < Self.perTeam,
                taken.endpoints[endpoint, default: 0] < Self.perDestination
            else { return false }
            taken.teams[team, default: 0] += 1
            taken.endpoints[endpoint, default: 0] += 1
            return true
        }
    }

    func leave(_ team: TeamName, _ url: WebhookURL) {
        let endpoint = Endpoint(team, url)
        taken.withLockedValue { taken in
            taken.teams[team] = taken.teams[team].flatMap { $0 > 1 ? $0 - 1 : nil }
            taken.endpoints[endpoint] = taken.endpoints[endpoint].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
    }
}
