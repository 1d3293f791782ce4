import Broker
import Store
import Support
import Testing

@testable import API

extension WebhookPagesTests {
    @Test("give a relay token out once: on the page after the form, not in an answer to it, not on a second look")
    func relayToken() async throws {
        try await PagesWorld.run { world in
            let admin = try await world.signedIn(.teamAdmin)
            _ = try await create(admin)
            #expect(try await admin.get(Self.hook + "/relay").body.contains("/v1/relay/research/deploy"))
            let answer = try await admin.post(Self.hook + "/relay", "name=wandb")
            #expect(answer.location == Self.hook + "/relay" && answer.body.isEmpty)
            let page = try await admin.get(Self.hook + "/relay")
            #expect(page.header("Cache-Control") == "no-store")
            #expect(page.header("Content-Security-Policy")?.contains("default-src 'none'") == true)
            let text = try #require(page.body.firstMatch(of: /sbt_[A-Za-z0-9_\-]{43}/)).output
            #expect(page.body.hasSuffix("</html>"))
            let hash = try #require(TokenText.hash(of: text))
            let token = try await world.catalog.catalog.token(hashed: hash)
            #expect(token?.grant.webhook?.text == "deploy" && token?.name == "wandb")
            #expect(!(try await admin.get(Self.hook + "/relay").body.contains("sbt_")))
            _ = try await admin.post(Self.hook + "/relay", "name=")
            #expect(try await admin.get(Self.hook + "/relay").body.contains("A token needs a name"))
        }
    }

    @Test("keep a relay token for its own page, when that cannot be shown at first, and show it on no other")
    func keptToken() async throws {
        try await PagesWorld.run { world in
            let admin = try await world.signedIn(.teamAdmin)
            _ = try await create(admin)
            _ = try await admin.post(Self.new, form("name=other&url=https%3A%2F%2Fhooks.example.com%2Fx"))
            _ = try await admin.post(Self.hook + "/relay", "name=wandb")
            #expect(try await admin.get(Self.home + "/nowhere/relay").status == 404)
            for path in ["", "/other/relay"] {
                #expect(!(try await admin.get(Self.home + path).body.contains("sbt_")))
            }
            #expect(try await admin.get(Self.hook + "/relay").body.contains("sbt_"))
            #expect(!(try await admin.get(Self.hook + "/relay").body.contains("sbt_")))
        }
    }
}
