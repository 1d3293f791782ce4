import Broker
import Store
import Support
import Testing
import Transport

@testable import API

// What each role, and a stranger, sees of them.
extension WebhookPagesTests {
    @Test("are read by a member, who can do nothing to them, and not shown to an auditor")
    func roles() async throws {
        try await PagesWorld.run { world in
            _ = try await create(try await world.signedIn(.admin))
            let record = try await stored(world)
            let member = try await world.signedIn(.member)
            let list = try await member.get(Self.home).body
            #expect(list.contains("https://hooks.example.com/x") && list.contains("aria-current=\"page\">Webhooks"))
            #expect(!list.contains("New webhook") && !list.contains("/edit") && !list.contains("/test"))
            let relay = try await member.get(Self.hook + "/relay").body
            #expect(relay.contains("/v1/relay/research/deploy") && !relay.contains("New relay token"))
            let auditor = try await world.signedIn(.auditor)
            for (person, paths) in [
                (member, ["/new", "/deploy/edit", "/deploy/confirm", "/deploy/test", "/deploy/delete"]),
                (auditor, ["", "/deploy/relay", "/deploy/edit"]),
            ] {
                for path in paths { #expect(try await person.get(Self.home + path).status == 403, "\(path)") }
            }
            for (path, fields) in [
                ("/new", form("name=other&url=\(Self.url)")), ("/deploy/edit", form("url=https%3A%2F%2Fevil.example")),
                ("/deploy/confirm", "url=\(Self.url)&revision=\(record?.revision ?? "")"),
                ("/deploy/delete", "revision=\(record?.revision ?? "")"),
                ("/deploy/relay", "name=x"), ("/deploy/test", "payload="),
            ] {
                #expect(try await member.post(Self.home + path, fields).status == 303)
            }
            #expect(try await stored(world) == record)
            #expect(try await stored(world, "other") == nil)
            let tokens = try await world.catalog.catalog.tokens(of: TeamName("research")!)
            #expect(tokens.allSatisfy { $0.grant.role != .relay })
        }
    }

    @Test("are the same to a stranger whether or not they exist")
    func walls() async throws {
        try await PagesWorld.run { world in
            _ = try await create(try await world.signedIn(.admin))
            let stranger = try await world.signedIn(.admin, team: "other")
            for page in ["edit", "confirm", "test", "delete", "relay"] {
                let there = try await stranger.get(Self.hook + "/" + page)
                #expect(there.status == 403)
                #expect(there.body == (try await stranger.get(Self.home + "/nowhere/" + page).body), "\(page)")
            }
        }
    }
}
