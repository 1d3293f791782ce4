import Store
import Support
import Testing

@testable import Broker

// A payload that has a token of the broker's in it.
extension RelayTests {
    @Test("a body with a token of this broker is refused, one with a text like it is not")
    func tokenInBody() async throws {
        try await set(webhook())
        let known = TokenHash([1]), unknown = TokenHash([2])
        let minted = Token(
            id: "t", name: "n", grant: .admin(nil), created: Timestamp(milliseconds: 0), expires: nil,
            mintedBy: nil)
        try await catalog.add(minted, hash: known, by: admin.actor).get()
        await #expect(throws: BrokerError.tokenInPayload) { try await deliver(tokens: [unknown, known]) }
        #expect(await sender.sent.isEmpty)
        #expect(try await deliver(tokens: [unknown]).status == 200)
    }

    @Test("a body with so many texts like a token that to look them all up would be work is refused")
    func manyTokens() async throws {
        try await set(webhook())
        let hashes = (0..<17).map { TokenHash([UInt8($0)]) }
        #expect(try await deliver(tokens: Array(hashes.prefix(16))).status == 200)
        await #expect(throws: BrokerError.self) { try await deliver(tokens: hashes) }
        await #expect(throws: BrokerError.self) {
            try await deliver(tokens: Array(repeating: TokenHash([1]), count: 17))
        }
        #expect(await sender.sent.count == 1)
    }

    @Test("a body is searched for tokens only where it may be delivered, and has W&B's signature")
    func tokensLast() async throws {
        try await set(webhook(payload: [], verify: token.text))
        let other = Caller(actor: wandb.actor, grant: .relay(team, WebhookName("other")!))
        func deliver(_ caller: Caller, _ signature: String?) async throws {
            let request = RelayRequest(body: Array("{}".utf8), signature: signature) {
                Issue.record("the body was searched")
                return []
            }
            _ = try await relay.deliver(request, to: name, of: team, for: caller)
        }
        await #expect(throws: BrokerError.forbidden) { try await deliver(other, "hex(\(value)){}") }
        await #expect(throws: BrokerError.signatureInvalid) { try await deliver(wandb, "hex(x){}") }
    }
}
