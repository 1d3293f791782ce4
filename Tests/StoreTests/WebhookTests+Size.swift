import Broker
import Support
import Testing

@testable import Store

// What a webhook, and all of a team together, may hold.
extension WebhookTests {
    /// A webhook of so many characters.
    func webhook(_ name: String, size: Int) throws -> Webhook {
        let url = WebhookURL("https://a.example/")!
        var headers: [WebhookHeader] = []
        var left = size - url.text.count
        while left > 0 {
            let part = min(left, 2000)
            // Two bytes, and one character.
            let name = String("abcdefghij".dropFirst(headers.count).prefix(1))
            headers.append(try WebhookHeader(name, String(repeating: "é", count: part - 1)))
            left -= part
        }
        return try Webhook(name: WebhookName(name)!, url: url, headers: headers)
    }

    @Test("a webhook that is too large is refused, and one of before is read, confirmed, made smaller and deleted")
    func tooLarge() async throws {
        let limit = Webhook.maximumSize
        let largest = try webhook("deploy", size: limit)
        #expect(largest.size == limit)
        let record = try await add(largest)
        func replace(_ webhook: Webhook) async throws -> Result<WebhookRecord, WebhookRefusal> {
            try await catalog.replace(webhook, in: .research, revision: nil, confirmed: false, by: .alice)
        }
        #expect(try await replace(webhook("deploy", size: limit + 1)) == .failure(.tooLarge))
        let another = try await catalog.add(
            webhook("another", size: limit + 1), to: .research, confirmed: false, by: .alice)
        #expect(another == .failure(.tooLarge))
        #expect(try await catalog.webhooks(in: .research) == [record])
        try await fixture.tamper("UPDATE webhook_header SET value = value || value WHERE length(value) < 1000")
        let former = try #require(try await catalog.webhook(name, in: .research))
        #expect(former.webhook.size > limit)
        #expect(try await catalog.webhooks(in: .research) == [former])
        _ = try await catalog.confirm(name, in: .research, url: former.webhook.url, revision: nil, by: .alice).get()
        #expect(try await replace(former.webhook) == .failure(.tooLarge))
        _ = try await replace(largest).get()
        _ = try await catalog.remove(name, from: .research, revision: nil, by: .alice).get()
    }

    @Test("a team's webhooks have a size together, and another team has its own")
    func noRoom() async throws {
        let (size, limit) = (Webhook.maximumSize, Catalog.maximumSizeOfWebhooks)
        // Whatever it is made of counts.
        #expect(try webhook().size == "https://a.example/hook".count + "AxB${HEADER}API_KEYAPI_KEY/a/b/c".count)
        for number in 0..<limit / size { _ = try await add(webhook("hook-\(number)", size: size)) }
        let one = try webhook("one", size: 100)
        #expect(try await catalog.add(one, to: .research, confirmed: false, by: .alice) == .failure(.noRoom))
        _ = try await catalog.add(one, to: .platform, confirmed: false, by: .alice).get()
        func replace(_ size: Int) async throws -> Result<WebhookRecord, WebhookRefusal> {
            try await catalog.replace(
                webhook("hook-0", size: size), in: .research, revision: nil, confirmed: false, by: .alice)
        }
        _ = try await replace(size).get()
        _ = try await replace(size - 100).get()
        _ = try await add(one)
        #expect(try await replace(size - 99) == .failure(.noRoom))
    }
}
