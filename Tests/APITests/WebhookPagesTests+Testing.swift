import Broker
import Store
import Support
import Testing
import Transport

@testable import API

extension WebhookPagesTests {
    @Test("are not tested before they are confirmed, and the answer of one that cannot be reached is a sentence")
    func test() async throws {
        try await PagesWorld.run { world in
            let admin = try await world.signedIn(.admin)
            _ = try await admin.post(Self.new, form("name=deploy&url=https%3A%2F%2F127.0.0.1%2F"))
            let page = try await admin.get(Self.hook + "/test").body
            #expect(page.contains("An admin must confirm") && !page.contains("name=\"payload\""))
            #expect(try await admin.post(Self.hook + "/test", "payload=").location == Self.hook + "/test")
            #expect(
                try await admin.get(Self.hook + "/test").body.contains("an admin must confirm it before it delivers"))
            let record = try #require(try await stored(world))
            _ = try await admin.post(
                Self.hook + "/confirm", "url=https%3A%2F%2F127.0.0.1%2F&revision=\(record.revision)")
            for (payload, sentence) in [("", "not public"), ("%7B", "This is not JSON")] {
                _ = try await admin.post(Self.hook + "/test", "payload=\(payload)")
                #expect(try await admin.get(Self.hook + "/test").body.contains(sentence))
            }
        }
    }

    @Test("show what the destination answers to a test: not what may hold a value, and a page of its own as text")
    func answers() async throws {
        let receiver = try await WebhookReceiver()
        var settings = TransportSettings()
        settings.caFile = receiver.certificate
        let rules = try #require(AddressRules(allowing: "127.0.0.1"))
        try await PagesWorld.run(sender: RelaySender(settings, rules: rules)) { world in
            let admin = try await world.signedIn(.admin)
            _ = try await admin.post("/teams/research/secrets/new", "name=TOKEN&value=canary-5b1f0c9e7d")
            _ = try await admin.post("/teams/research/secrets/new", "name=pasted&value=canary-5b1f0c9e7d%0A")
            for (path, more, payload, words) in [
                ("/status/204", "", "", ["The destination took the test request.", "<b>204</b>", "no body"]),
                (
                    "/status/500", "&answer=body", "",
                    ["resulted in an invalid status code", "<b>500</b>", "said</pre>"]
                ),
                ("/echo/raw", "&answer=body&access-token=TOKEN", "", ["<b>200</b>", "Its body is withheld"]),
                ("/status/200", "&access-token=pasted", "", ["The value of pasted would put a line break or NUL"]),
                (
                    "/echo/raw", "&answer=body", "%7B%22a%22%3A%22%3Cscript%3E%22%7D",
                    ["&quot;a&quot;:&quot;&lt;script&gt;&quot;"]
                ),
            ] {
                let url = receiver.url(path, host: "127.0.0.1")
                _ = try await admin.post(Self.new, form("name=deploy&url=\(url)&confirm=yes" + more))
                #expect(try await admin.post(Self.hook + "/test", "payload=\(payload)").location == Self.hook + "/test")
                let page = try await admin.get(Self.hook + "/test").body
                for text in words { #expect(page.contains(text), "\(path): \(text)") }
                #expect(!page.contains("canary"))
                #expect(!(try await admin.get(Self.hook + "/test").body.contains("HTTP response received")))
                let shown = try revision(try await admin.get(Self.hook + "/delete"))
                _ = try await admin.post(Self.hook + "/delete", "revision=\(shown)")
            }
        }
        await receiver.end()
    }
}
