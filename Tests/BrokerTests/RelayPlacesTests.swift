import Testing

@testable import Broker

@Suite("Places of relays")
struct RelayPlacesTests {
    @Test("a destination has its share of what is under way, and another team has its own")
    func share() {
        let places = RelayPlaces()
        let team = TeamName("research")!
        let (a, b) = (WebhookURL("https://a.example/1")!, WebhookURL("https://b.example/2")!)
        for _ in 0..<RelayPlaces.perDestination { #expect(places.enter(team, a)) }
        #expect(!places.enter(team, a))
        #expect(places.enter(team, b))
        #expect(places.enter(TeamName("other")!, a))
        places.leave(team, a)
        #expect(places.enter(team, a))
        #expect(!places.enter(team, a))
        for index in 0..<(RelayPlaces.perTeam - RelayPlaces.perDestination - 1) {
            #expect(places.enter(team, WebhookURL("https://c\(index).example/")!))
        }
        #expect(!places.enter(team, b))
        #expect(places.enter(TeamName("other")!, b))
    }
}
