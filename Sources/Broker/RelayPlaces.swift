/// How many deliveries may be under way, so that a slow destination takes no more than its share. What finds no place is
/// refused at once: whoever waits here would only wait longer.
actor RelayPlaces {
    static let perDestination = 16
    static let perTeam = 64

    private struct Destination: Hashable {
        let team: TeamName
        let host: String
        let port: Int
    }

    private var teams: [TeamName: Int] = [:]
    private var destinations: [Destination: Int] = [:]

    func enter(_ team: TeamName, _ url: WebhookURL) -> Bool {
        let destination = Destination(team: team, host: url.host, port: url.port)
        guard teams[team, default: 0] < Self.perTeam, destinations[destination, default: 0] < Self.perDestination else {
            return false
        }
        teams[team, default: 0] += 1
        destinations[destination, default: 0] += 1
        return true
    }

    func leave(_ team: TeamName, _ url: WebhookURL) {
        let destination = Destination(team: team, host: url.host, port: url.port)
        teams[team] = teams[team].flatMap { $0 > 1 ? $0 - 1 : nil }
        destinations[destination] = destinations[destination].flatMap { $0 > 1 ? $0 - 1 : nil }
    }
}
