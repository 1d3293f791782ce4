import Support
import Testing

@testable import Broker

/// What may not stand in a header.
extension RelayTests {
    @Test("a value that would end a header's line is refused and nothing is sent")
    func headerInjection() async throws {
        _ = try await writer.create(SecretName("EVIL")!, in: team, value: Secret(text: "a\r\nHost: b"), by: admin)
        try await set(webhook(headers: [("X", "${EVIL}")]))
        await #expect(throws: BrokerError.headerInjection(SecretName("EVIL"))) { try await deliver() }
        #expect(await sender.sent.isEmpty)
    }

    @Test("an access token with a line end behind it is refused by its name")
    func accessTokenWithLineEnd() async throws {
        _ = try await writer.create(SecretName("PASTED")!, in: team, value: Secret(text: "ghp_x\n"), by: admin)
        try await set(webhook(headers: [("X", "${GITHUB_TOKEN}")], access: "PASTED"))
        await #expect(throws: BrokerError.headerInjection(SecretName("PASTED"))) { try await deliver() }
        #expect(await sender.sent.isEmpty)
    }

    @Test("a header that would be too long to be sent is refused, and no attempt is on record")
    func longHeader() async throws {
        let long = SecretName("LONG")!
        let text = Secret(text: String(repeating: "x", count: (60 << 10) + 1))
        _ = try await writer.create(long, in: team, value: text, by: admin)
        try await set(webhook(headers: [("X", "${LONG}")]))
        await #expect(throws: BrokerError.self) { try await deliver() }
        #expect(await sender.sent.isEmpty)
        #expect(try await trail().count { $0.contains("attempted") } == 0)
        _ = try await writer.rotate(
            long, in: team, value: Secret(text: String(repeating: "x", count: 60 << 10)), expected: nil, by: admin)
        #expect(try await deliver().status == 200)
    }
}
