import Store
import Support
import Testing

@testable import Broker

/// Over a real catalog; the destination is scripted, since what is proven is what leads to a delivery and follows it.
@Suite("A relay")
struct RelayTests {
    private let provider = ScriptedProvider()
    private let files: TestCatalog
    let writer: Writer
    let sender = ScriptedSender()
    private let lookup: ValueLookup
    let team = TeamName("research")!
    let name = WebhookName("deploy")!
    let token = SecretName("GITHUB_TOKEN")!
    let value = "ghp_a-value-of-some-length"
    let admin = Caller(
        actor: Principal(tokenID: "tok", name: "ann", address: nil, requestID: "r"), grant: .admin(nil))
    let wandb: Caller
    var catalog: Catalog { files.catalog }
    var relay: Relay { relay(audit: files.catalog) }

    init() async throws {
        files = try TestCatalog()
        let stores = Stores(default: .scripted(provider))
        try await files.catalog.registerStores([.default: "memory"])
        let now = TestCatalog.systemTime
        let values = Values(stores: stores, settings: Values.Settings())
        writer = Writer(
            catalog: files.catalog, journal: files.catalog, audit: files.catalog, stores: stores, values: values,
            recovery: Recovery(journal: files.catalog, stores: stores, now: now), now: now)
        lookup = ValueLookup(catalog: files.catalog, values: values, now: now)
        wandb = Caller(
            actor: Principal(tokenID: "tok-w", name: "W&B", address: nil, requestID: "req-1"),
            grant: .relay(team, name))
    }

    private func relay(audit: any AuditSink) -> Relay { relay(audit: audit, signer: VisibleSigner()) }

    func relay(audit: any AuditSink, signer: any PayloadSigner) -> Relay {
        Relay(webhooks: catalog, tokens: catalog, lookup: lookup, audit: audit, sender: sender, signer: signer)
    }

    func webhook(
        headers: [(String, String)] = [], payload: [String] = ["/token"], verify: String? = nil,
        answer: Webhook.Answer = .status, signing: String? = nil, access: String? = nil
    ) throws -> Webhook {
        try Webhook(
            name: name, url: WebhookURL("https://receiver.example/hook")!, accessToken: access.flatMap(SecretName.init),
            signingSecret: signing.flatMap(SecretName.init), headers: headers.map { try WebhookHeader($0.0, $0.1) },
            payloadSecrets: payload.map { .init(name: token, at: JSONPointer($0)!) },
            verifyWith: verify.flatMap(SecretName.init), answer: answer)
    }

    func set(_ webhook: Webhook, confirmed: Bool = true) async throws {
        _ = try await writer.create(token, in: team, value: Secret(text: value), by: admin)
        _ = try await catalog.add(webhook, to: team, confirmed: confirmed, by: admin.actor).get()
    }

    func deliver(
        _ body: String = #"{"token":"${GITHUB_TOKEN}"}"#, signature: String? = nil, tokens: [TokenHash] = [],
        as caller: Caller? = nil
    ) async throws -> RelayAnswer {
        try await relay.deliver(
            RelayRequest(body: Array(body.utf8), signature: signature, tokenHashes: { tokens }), to: name, of: team,
            for: caller ?? wandb)
    }

    func trail() async throws -> [String] {
        try await catalog.auditRecords(team: team, after: 0, limit: 100).map(\.json).filter {
            $0.contains("webhook:relay") || $0.contains("webhook:test")
        }
    }

    @Test(
        "sends the payload with its secret, the headers, the token and the signature of the bytes sent, and nothing more"
    )
    func golden() async throws {
        try await set(webhook(headers: [("X-Key", "k ${GITHUB_TOKEN}")], signing: token.text, access: token.text))
        #expect(try await deliver(#"{"b":"${OTHER}","token":"${GITHUB_TOKEN}"}"#).status == 200)
        let sent = try #require(await sender.sent.first)
        let body = #"{"b":"${OTHER}","token":"\#(value)"}"#
        #expect(sent.body.shown == body)
        #expect(
            sent.headers.map { "\($0.name): \($0.value.shown)" } == [
                "X-Key: k \(value)", "Content-Type: application/json", "User-Agent: secret-broker",
                "Accept-Encoding: identity", "Idempotency-Key: req-1", "Authorization: Bearer \(value)",
                "X-Wandb-Signature: hex(\(value))\(body)",
            ])
    }

    @Test("passes W&B's trace context on, unless the webhook has a header of that name")
    func traced() async throws {
        let own = try webhook(headers: [("Traceparent", "own")])
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let request = RelayRequest(
            body: Array(#"{"token":"${GITHUB_TOKEN}"}"#.utf8), signature: nil, tokenHashes: { [] },
            trace: TraceContext(parent: parent, state: "v=1"))
        try await set(webhook())
        for expected in [[parent, "v=1"], ["own", "v=1"]] {
            #expect(try await relay.deliver(request, to: name, of: team, for: wandb).status == 200)
            let sent = try #require(await sender.sent.last).headers
            #expect(sent.filter { $0.name.lowercased().hasPrefix("trace") }.map(\.value.shown) == expected)
            _ = try await catalog.replace(own, in: team, revision: nil, confirmed: true, by: admin.actor).get()
        }
    }

    @Test("is on record before anything is sent, with webhook and versions, and its outcome after")
    func recorded() async throws {
        try await set(webhook())
        await sender.whenNextSending { [self] in
            let before = try await trail()
            #expect(before.count == 1)
            #expect(before.first?.contains(#""outcome":"attempted""#) == true)
        }
        #expect(try await deliver().status == 200)
        let all = try await trail()
        #expect(all.count == 2)
        let version = try #require(try await catalog.secret(token, in: team)).version.id.text
        #expect(all[0].contains(#""webhook":"deploy""#) && all[0].contains(version))
        #expect(all[1].contains(#""outcome":"done","response_code":200"#))
        #expect(all.allSatisfy { $0.contains(#""destination":"receiver.example:443""#) })
        #expect(
            try await catalog.usage(of: token, in: team, since: Timestamp(milliseconds: 0)).map(\.automation) == [
                "deploy"
            ])
    }

    private func expectUnconfirmed() async throws {
        await #expect(throws: BrokerError.webhookUnconfirmed) { try await deliver() }
        await #expect(throws: BrokerError.webhookUnconfirmed) {
            try await relay.test(name, of: team, payload: nil, for: admin)
        }
    }

    @Test("a webhook that was made or changed delivers nothing, not even a test, until it is confirmed")
    func unconfirmed() async throws {
        let first = try webhook()
        try await set(first, confirmed: false)
        try await expectUnconfirmed()
        _ = try await catalog.confirm(name, in: team, url: first.url, revision: nil, by: admin.actor).get()
        #expect(try await deliver().status == 200)
        _ = try await catalog.replace(first, in: team, revision: nil, confirmed: false, by: admin.actor).get()
        try await expectUnconfirmed()
        #expect(await sender.sent.count == 1)
        #expect(try await trail().filter { $0.contains("webhook_unconfirmed") }.count == 4)
    }

    @Test("is for the webhook's own token only", arguments: Role.allCases)
    func forbidden(_ role: Role) async throws {
        try await set(webhook())
        let another = role == .relay ? WebhookName("another") : nil
        let other = Caller(
            actor: admin.actor, grant: try Grant(role, team: team, secrets: nil, webhook: another))
        await #expect(throws: BrokerError.forbidden) { try await deliver(as: other) }
        #expect(await sender.sent.isEmpty)
        #expect(try await trail().first?.contains("forbidden") == true)
    }

    @Test("a payload that does not fit is refused and nothing is sent")
    func mismatch() async throws {
        try await set(webhook(payload: ["/token", "/a/b"]))
        await #expect(throws: BrokerError.payloadMismatch([JSONPointer("/a/b")!])) { try await deliver() }
        #expect(await sender.sent.isEmpty)
    }

    @Test("a secret that is deleted and added again goes nowhere until an admin confirms it")
    func bornAgain() async throws {
        let first = try webhook()
        try await set(first)
        #expect(try await deliver().status == 200)
        try await writer.delete(token, in: team, force: true, by: admin)
        try await expectUnconfirmed()
        func confirm() async throws -> Result<WebhookRecord, WebhookRefusal> {
            try await catalog.confirm(name, in: team, url: first.url, revision: nil, by: admin.actor)
        }
        #expect(try await confirm() == .failure(.secretsMissing([token])))
        _ = try await writer.create(token, in: team, value: Secret(text: "another"), by: admin)
        try await expectUnconfirmed()
        #expect(await sender.sent.count == 1)
        _ = try await confirm().get()
        #expect(try await deliver().status == 200)
        #expect(await sender.sent.last?.body.shown == #"{"token":"another"}"#)
    }

    @Test("W&B's signature is asked for where the webhook says so, in either encoding, of the bytes as they came")
    func verified() async throws {
        try await set(webhook(payload: [], verify: token.text))
        let body = #"{"token":"${GITHUB_TOKEN}"}"#
        for signature in [nil, "", "hex(x)\(body)", "hex(\(value))\(body) ", "hex(\(value)){}"] {
            await #expect(throws: BrokerError.signatureInvalid) { try await deliver(body, signature: signature) }
        }
        #expect(await sender.sent.isEmpty)
        #expect(try await deliver(body, signature: "base64(\(value))\(body)").status == 200)
        #expect(try await deliver("{}", signature: "base64(\(value)){}").status == 200)
    }

    @Test("is not sent unsigned, nor taken unverified, for want of the key's value")
    func missingKeys() throws {
        let signed = try webhook(payload: [], signing: "SIGNING")
        let request = RelayRequest(body: Array("{}".utf8), signature: nil, tokenHashes: { [] })
        let nothing = FoundValues(all: [], warnings: [])
        #expect(throws: BrokerError.unknownVariable(["SIGNING"])) {
            try Delivery(of: request, to: signed, with: nothing, id: "req-1", signedBy: VisibleSigner())
        }
        #expect(throws: BrokerError.unknownVariable(["VERIFY"])) { try nothing.value(of: SecretName("VERIFY")!) }
    }

    @Test("without a record nothing is sent")
    func noRecord() async throws {
        try await set(webhook())
        let unrecorded = relay(audit: FullDisk())
        let request = RelayRequest(
            body: Array(#"{"token":"${GITHUB_TOKEN}"}"#.utf8), signature: nil, tokenHashes: { [] })
        await #expect(throws: BrokerError.auditUnavailable) {
            try await unrecorded.deliver(request, to: name, of: team, for: wandb)
        }
        #expect(await sender.sent.isEmpty)
    }

    @Test("says what became of it when the destination gives no answer", arguments: DeliveryError.allCases)
    func failure(_ error: DeliveryError) async throws {
        try await set(webhook())
        await sender.answer(.failure(error))
        let told: BrokerError =
            switch error {
            case .addressNotAllowed: .destinationNotAllowed(.address)
            case .overloaded: .overloaded
            case .nameUnknown, .notConnected, .tls, .timedOut, .noAnswer: .destinationUnreachable(error)
            }
        await #expect(throws: told) { try await deliver() }
        #expect(try await trail().last?.contains(#""outcome":"failed""#) == true)
    }

    @Test(
        "a redirect, and what is no answer's status, is refused",
        arguments: [301, 302, 303, 304, 307, 308, 100, 199, 600, 999])
    func redirect(_ status: Int) async throws {
        try await set(webhook())
        await sender.answer(.success(DeliveryAnswer(status: status, contentType: nil, body: nil)))
        await #expect(throws: BrokerError.destinationNotAllowed(.redirect)) { try await deliver() }
    }

    @Test("tells the status alone, unless the webhook answers with the body")
    func answers() async throws {
        try await set(webhook())
        await sender.answer(.success(DeliveryAnswer(status: 422, contentType: "text/plain", body: Secret(text: "why"))))
        let answer = try await deliver()
        #expect(answer.status == 422)
        guard case .none = answer.body else {
            Issue.record("a body came back")
            return
        }
    }

    @Test("the body comes back only when it, and its type, hold no value")
    func bodies() async throws {
        try await set(webhook(answer: .body))
        func body(_ text: String?, type: String? = "text/plain") async throws -> String? {
            await sender.answer(
                .success(DeliveryAnswer(status: 200, contentType: type, body: text.map(Secret.init(text:)))))
            guard case .passed(let body, _) = try await deliver().body else { return nil }
            return body.shown
        }
        #expect(try await body("fine") == "fine")
        #expect(try await body("you sent \(value)") == nil)
        #expect(try await body("fine", type: "text/plain; x=\(value)") == nil)
        #expect(try await body(nil) == nil)
        #expect(try await body("fine", type: nil) == "fine")
    }

    @Test("a test sends a sample, or the payload that is given, by the same rules")
    func test() async throws {
        try await set(webhook(payload: ["/client_payload/token"], verify: token.text))
        #expect(try await relay.test(name, of: team, payload: nil, for: admin).status == 200)
        #expect(await sender.sent.first?.body.shown.contains(#""client_payload":{"token":"\#(value)"}"#) == true)
        let given = RelayRequest(body: Array("{}".utf8), signature: nil, tokenHashes: { [] })
        await #expect(throws: BrokerError.self) { try await relay.test(name, of: team, payload: given, for: admin) }
        await #expect(throws: BrokerError.forbidden) { try await relay.test(name, of: team, payload: nil, for: wandb) }
        #expect(try await trail().first?.contains("webhook:test") == true)
    }

    @Test("a secret that a webhook names is not deleted without force, and the webhook is named")
    func inUse() async throws {
        try await set(webhook())
        await #expect(throws: BrokerError.secretInUse([], [name])) {
            try await writer.delete(token, in: team, force: false, by: admin)
        }
        try await writer.delete(token, in: team, force: true, by: admin)
        await #expect(throws: BrokerError.webhookUnconfirmed) { try await deliver() }
    }
}
