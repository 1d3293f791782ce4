import Store
import Support
import Testing

@testable import Broker

// By what is remembered, and what has changed since.
extension RelayTests {
    /// W&B as a broker knows it that has been asked before.
    private func remembered() async throws -> Caller {
        let hash = TokenHash([7])
        if try await catalog.token(hashed: hash) == nil {
            let token = Token(
                id: "tok-w", name: "W&B", grant: wandb.grant, created: Timestamp(milliseconds: 0),
                expires: nil, mintedBy: nil)
            try await catalog.add(token, hash: hash, by: admin.actor).get()
        }
        _ = try await (
            catalog.token(hashed: hash), catalog.webhook(name, in: team), catalog.versions(of: [token], in: team)
        )
        let state = try #require(catalog.remembered(hash)).state
        let actor = Principal(
            tokenID: "tok-w", name: "W&B", address: nil, requestID: "req-1", basis: .remembered(state))
        return Caller(actor: actor, grant: wandb.grant)
    }

    private func change(_ number: Int) async throws {
        let elsewhere = try Webhook(name: name, url: WebhookURL("https://elsewhere.example/")!)
        switch number {
        case 0:
            _ = try await catalog.replace(elsewhere, in: team, revision: nil, confirmed: true, by: admin.actor).get()
        case 1: _ = try await catalog.remove(name, from: team, revision: nil, by: admin.actor)
        case 2: _ = try await catalog.revoke(id: "tok-w", by: admin.actor)
        default: _ = try await writer.rotate(token, in: team, value: Secret(text: "another"), expected: nil, by: admin)
        }
    }

    @Test(
        "that begins by what is remembered sends nothing, and records nothing, once any of it is otherwise",
        arguments: 0..<4)
    func outdated(_ number: Int) async throws {
        try await set(webhook())
        let caller = try await remembered()
        #expect(try await deliver(as: caller).status == 200)
        try await change(number)
        await #expect(throws: BrokerError.outdated) { try await deliver(as: caller) }
        // What would be refused goes by it no less.
        await #expect(throws: BrokerError.outdated) { try await deliver("{}", as: caller) }
        #expect(await sender.sent.count == 1)
        #expect(try await trail().count == 2)
    }

    @Test("is on record with its outcome, whatever is otherwise by the time that it is sent", arguments: 0..<4)
    func outcome(_ number: Int) async throws {
        try await set(webhook())
        let caller = try await remembered()
        await sender.whenNextSending { [self] in try await change(number) }
        #expect(try await deliver(as: caller).status == 200)
        #expect(try await trail().last?.contains(#""outcome":"done","response_code":200"#) == true)
        #expect(try await trail().count == 2)
    }
}
