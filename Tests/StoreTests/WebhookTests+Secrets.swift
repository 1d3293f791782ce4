import Broker
import Support
import Testing

@testable import Store

// A webhook and the secrets that it names.
extension WebhookTests {
    @Test("a webhook is not confirmed, in whatever way, while a secret that it names is not there")
    func secretsMissing() async throws {
        let names = ["NEW_1", "NEW_2", "NEW_3", "NEW_4", "NEW_5"].map { SecretName($0)! }
        let url = WebhookURL("https://a.example/hook")!
        let webhook = try Webhook(
            name: name, url: url, accessToken: names[0], signingSecret: names[1],
            headers: [WebhookHeader("A", "${NEW_3}"), WebhookHeader("B", "$${NEW_6} ${GITHUB_TOKEN}")],
            payloadSecrets: [.init(name: names[3], at: JSONPointer("/a")!)], verifyWith: names[4])
        // Another team's are none of this one's.
        for name in names { try await hold(name, in: .platform) }
        func expect(_ missing: some Sequence<SecretName>) async throws {
            let refusal = WebhookRefusal.secretsMissing(Array(missing))
            let before = try await catalog.webhook(name, in: .research)
            let (confirmed, replaced) = try await (
                catalog.confirm(name, in: .research, url: url, revision: nil, by: .alice),
                catalog.replace(webhook, in: .research, revision: nil, confirmed: true, by: .alice)
            )
            #expect(confirmed == .failure(refusal) && replaced == .failure(refusal))
            #expect(try await catalog.webhook(name, in: .research) == before)
        }
        let added = try await catalog.add(webhook, to: .research, confirmed: true, by: .alice)
        #expect(added == .failure(.secretsMissing(names)))
        #expect(try await catalog.webhook(name, in: .research) == nil)
        _ = try await add(webhook)
        for (index, name) in names.enumerated() {
            try await expect(names[index...])
            try await hold(name)
        }
        #expect(
            try await catalog.confirm(name, in: .research, url: url, revision: nil, by: .alice).get().isConfirmed)
    }

    @Test(
        "a secret that is deleted, or comes under a name that is waited for, disarms the webhooks that name it, and no others",
        arguments: ["GITHUB_TOKEN", "API_KEY", "SIGN", "HEADER", "VERIFY"])
    func disarms(_ secret: String) async throws {
        let secret = SecretName(secret)!
        let bystander = try await add(
            Webhook(name: WebhookName("other")!, url: WebhookURL("https://a.example")!), confirmed: true)
        let unconfirmed = try await add(webhook("https://a.example/", WebhookName("unconfirmed")!))
        let armed = try await add(confirmed: true)
        let trail = try await fixture.auditTrail()
        _ = try await catalog.remove(Deletion.fixture(secret)).get()
        let disarmed = try #require(try await catalog.webhook(name, in: .research))
        #expect(!disarmed.isConfirmed && disarmed.revision != armed.revision && disarmed.webhook == armed.webhook)
        #expect(
            try await fixture.auditTrail() == trail + [
                "secret:delete attempted", "secret:delete done", "webhook:update done",
            ])
        // As a catalog of before may have it: confirmed, and waiting for a secret of that name.
        try await fixture.tamper("UPDATE webhook SET confirmed = 1 WHERE name = 'deploy'")
        try await catalog.perform(.fixture(.create, secret))
        #expect(try await catalog.webhook(name, in: .research)?.isConfirmed == false)
        #expect(try await fixture.auditTrail().last == "webhook:update done")
        // Who rotates it does not change where it goes.
        _ = try await catalog.confirm(name, in: .research, url: armed.webhook.url, revision: nil, by: .alice).get()
        try await catalog.perform(.fixture(.rotate, secret))
        #expect(try await catalog.webhook(name, in: .research)?.isConfirmed == true)
        #expect(try await catalog.webhook(bystander.webhook.name, in: .research) == bystander)
        #expect(try await catalog.webhook(unconfirmed.webhook.name, in: .research) == unconfirmed)
    }

    @Test(
        "a secret's webhooks are those that name it anywhere",
        arguments: ["GITHUB_TOKEN", "API_KEY", "SIGN", "HEADER", "VERIFY"])
    func naming(_ secret: String) async throws {
        _ = try await add()
        _ = try await add(Webhook(name: WebhookName("other")!, url: WebhookURL("https://a.example")!))
        #expect(try await catalog.webhooks(naming: SecretName(secret)!, in: .research) == [name])
        #expect(try await catalog.webhooks(naming: SecretName(secret)!, in: .platform).isEmpty)
        #expect(try await catalog.webhooks(naming: SecretName("NONE")!, in: .research).isEmpty)
    }

    @Test("a secret's webhooks are not those that have its name as text, in part or in another case")
    func notNaming() async throws {
        let value = "$${GITHUB_TOKEN} ${github_token} ${GITHUB_TOKEN_2} GITHUB_TOKEN"
        _ = try await add(
            Webhook(
                name: name, url: WebhookURL("https://a.example/GITHUB_TOKEN")!,
                accessToken: SecretName("github_token")!, headers: [WebhookHeader("X-GITHUB_TOKEN", value)],
                payloadSecrets: [.init(name: SecretName("GITHUBXTOKEN")!, at: JSONPointer("/GITHUB_TOKEN")!)]))
        #expect(try await catalog.webhooks(naming: .token, in: .research).isEmpty)
        let both = try Webhook(
            name: WebhookName("both")!, url: WebhookURL("https://a.example/")!,
            headers: [WebhookHeader("X", "$${GITHUB_TOKEN} ${GITHUB_TOKEN}")])
        _ = try await add(both)
        #expect(try await catalog.webhooks(naming: .token, in: .research) == [both.name])
    }
}
