/// What W&B sent to a webhook's relay.
package struct RelayRequest: Sendable {
    /// A JSON text that a strict parser has accepted.
    package let body: [UInt8]
    /// The `X-Wandb-Signature` header, if there was one.
    package let signature: String?
    /// Finds the hashes of the texts in the body that have the form of a broker token, those of `maximumTokens` + 1 at
    /// most. It is asked once it is known that the request may be delivered: to hash is work.
    package let tokenHashes: @Sendable () -> [TokenHash]
    /// The maximum number of such texts, since each costs a look-up in the catalog.
    package static let maximumTokens = 16
    package let trace: TraceContext?

    package init(
        body: [UInt8], signature: String?, tokenHashes: @escaping @Sendable () -> [TokenHash],
        trace: TraceContext? = nil
    ) {
        self.trace = trace
        self.body = body
        self.signature = signature
        self.tokenHashes = tokenHashes
    }
}

/// The answer to W&B.
package struct RelayAnswer: Sendable {
    package enum Body: Sendable {
        /// The webhook answers with the status alone.
        case none
        /// The body may hold a value, or the signature that was sent, or was not searched. Which of these is not told,
        /// since that would tell something of the value.
        case withheld
        /// The body, which holds neither.
        case passed(Secret, contentType: String?)
    }

    package let status: Int
    package let body: Body
}

/// Puts a webhook's secrets into W&B's payload and sends it to the webhook's URL: policy, webhook, values, audit,
/// sending, audit, answer, in that order.
package struct Relay: Sendable {
    private let webhooks: any Webhooks
    private let tokens: any Tokens
    private let lookup: ValueLookup
    private let audit: any AuditSink
    private let sender: any Sender
    private let signer: any PayloadSigner
    private let places = RelayPlaces()

    package init(
        webhooks: any Webhooks, tokens: any Tokens, lookup: ValueLookup, audit: any AuditSink, sender: any Sender,
        signer: any PayloadSigner
    ) {
        self.webhooks = webhooks
        self.tokens = tokens
        self.lookup = lookup
        self.audit = audit
        self.sender = sender
        self.signer = signer
    }

    /// Whether the URL spells out an address that no delivery may go to.
    package func refuses(_ url: WebhookURL) -> Bool { sender.refuses(url) }

    /// Delivers what W&B sent. Runs to its end whatever becomes of W&B's request, so that the outcome is on record.
    package func deliver(
        _ request: RelayRequest, to name: WebhookName, of team: TeamName, for caller: Caller
    ) async throws(BrokerError) -> RelayAnswer {
        let use = Use(action: .relay, webhook: name, team: team, actor: caller.actor)
        return try await toItsEnd { () async throws(BrokerError) in
            try await run(use, allowing: { () throws(BrokerError) in try caller.require(.relay(team, name)) }) {
                (webhook) async throws(BrokerError) in
                let found = try await lookup.find(webhook.secrets.sorted(), in: team, by: caller.actor.basis)
                if let name = webhook.verifyWith { try verify(request, with: found.value(of: name)) }
                return (request, found)
            }
        }
    }

    /// Delivers the caller's payload, or a sample, as if W&B had sent it, but without a signature of W&B's.
    package func test(
        _ name: WebhookName, of team: TeamName, payload: RelayRequest?, for caller: Caller
    ) async throws(BrokerError) -> RelayAnswer {
        let use = Use(action: .testWebhook, webhook: name, team: team, actor: caller.actor)
        return try await toItsEnd { () async throws(BrokerError) in
            try await run(use, allowing: { () throws(BrokerError) in try caller.require(.writeWebhooks(team)) }) {
                (webhook) async throws(BrokerError) in
                let sample = RelayRequest(
                    body: SamplePayload.payload(for: webhook), signature: nil, tokenHashes: { [] })
                let names = webhook.sentSecrets.sorted()
                return (payload ?? sample, try await lookup.find(names, in: team, by: caller.actor.basis))
            }
        }
    }
}

extension Relay {
    /// One delivery, for the audit log.
    private struct Use: Sendable {
        let action: AuditEvent.Action
        let webhook: WebhookName
        let team: TeamName
        let actor: Principal
        /// Once the webhook has been looked up.
        var destination: WebhookURL.Authority?
        var isOnRecord = false

        func event(_ outcome: AuditEvent.Outcome, _ subject: AuditEvent.Subject = .secrets([])) -> AuditEvent {
            AuditEvent(
                action, outcome, by: actor, team: team, subject: subject, webhook: webhook, destination: destination,
                endsAttempt: isOnRecord)
        }

        /// The same use, once its attempt is on record: its outcome is recorded whatever has changed since.
        var onRecord: Use {
            let actor = Principal(
                tokenID: actor.tokenID, name: actor.name, address: actor.address, requestID: actor.requestID)
            return Use(
                action: action, webhook: webhook, team: team, actor: actor, destination: destination, isOnRecord: true)
        }
    }

    private func toItsEnd(
        _ work: @escaping @Sendable () async throws(BrokerError) -> RelayAnswer
    ) async throws(BrokerError) -> RelayAnswer {
        let task = Task.immediate { () async -> Result<RelayAnswer, BrokerError> in
            do throws(BrokerError) {
                return .success(try await work())
            } catch {
                return .failure(error)
            }
        }
        return try await task.value.get()
    }

    private func run(
        _ use: Use, allowing policy: () throws(BrokerError) -> Void,
        _ read: (Webhook) async throws(BrokerError) -> (RelayRequest, FoundValues)
    ) async throws(BrokerError) -> RelayAnswer {
        var use = use
        let webhook: Webhook
        let destination: any Destination
        let delivery: Delivery
        let found: FoundValues
        do throws(BrokerError) {
            try policy()
            webhook = try await confirmed(&use)
            guard places.enter(use.team, webhook.url) else { throw .overloaded }
            destination = sender.destination(of: webhook.url, for: use.team)
        } catch {
            throw try await recorded(error, use)
        }
        defer { places.leave(use.team, webhook.url) }
        do throws(BrokerError) {
            let request: RelayRequest
            (request, found) = try await read(webhook)
            try await refuseTokens(in: request)
            delivery = try Delivery(
                of: request, to: webhook, with: found, id: use.actor.requestID, signedBy: signer)
            try await audit.record(use.event(.attempted, found.subject))
        } catch {
            throw try await recorded(error, use)
        }
        return try await send(delivery, to: destination, webhook, found, use.onRecord)
    }

    /// What is not confirmed is refused, with the place that it would deliver to on record.
    private func confirmed(_ use: inout Use) async throws(BrokerError) -> Webhook {
        guard let record = try await present(use) else { throw .webhookNotFound }
        use.destination = record.webhook.url.authority
        guard record.isConfirmed else { throw .webhookUnconfirmed }
        return record.webhook
    }

    private func present(_ use: Use) async throws(BrokerError) -> WebhookRecord? {
        if case .remembered(let state) = use.actor.basis,
            let record = webhooks.remembered(use.webhook, in: use.team, as: state)
        {
            return record
        }
        do throws(CatalogError) {
            return try await webhooks.webhook(use.webhook, in: use.team)
        } catch {
            throw .auditUnavailable
        }
    }

    /// Takes hexadecimal or Base64: W&B's documentation has the one in one place, the other in another.
    private func verify(_ request: RelayRequest, with key: Secret) throws(BrokerError) {
        guard let given = request.signature else { throw .signatureInvalid }
        let expected = key.withBytes { unsafe signer.signature(of: request.body.span.bytes, key: $0) }
        let isValid = Webhook.SignatureEncoding.allCases.contains { encoding in
            Secret(encoding == .hex ? given.lowercased() : given).matches(expected.text(in: encoding))
        }
        guard isValid else { throw .signatureInvalid }
    }

    /// Refuses a payload that holds a broker token: W&B renders a webhook's access token, here the relay's own, where
    /// somebody writes `${ACCESS_TOKEN}`.
    private func refuseTokens(in request: RelayRequest) async throws(BrokerError) {
        let hashes = request.tokenHashes()
        guard hashes.count <= RelayRequest.maximumTokens else {
            throw .invalidRequest("a payload holds at most 16 texts of the form of a broker token")
        }
        for hash in Set(hashes) {
            let token: Token?
            do throws(CatalogError) {
                token = try await tokens.token(hashed: hash)
            } catch {
                throw .auditUnavailable
            }
            if token != nil { throw .tokenInPayload }
        }
    }

    private func send(
        _ delivery: Delivery, to destination: any Destination, _ webhook: Webhook, _ found: FoundValues, _ use: Use
    ) async throws(BrokerError) -> RelayAnswer {
        let answer: DeliveryAnswer
        do throws(DeliveryError) {
            answer = try await destination.send(delivery)
        } catch {
            let error = BrokerError(error)
            // The attempt is on record. W&B must not repeat what may have arrived because its outcome was not recorded.
            try? await audit.record(use.event(.failed(code: error.code.rawValue)))
            throw error
        }
        try? await audit.record(use.event(.answered(status: answer.status)))
        // No status is passed on that would make the caller follow, or wait for, something that does not exist.
        guard (200..<300).contains(answer.status) || (400..<600).contains(answer.status) else {
            throw .destinationNotAllowed(.redirect)
        }
        let sent = found.all.map(\.secret) + (delivery.signature?.forms ?? [])
        return RelayAnswer(status: answer.status, body: Self.body(of: answer, webhook, withholding: sent))
    }

    private static func body(
        of answer: DeliveryAnswer, _ webhook: Webhook, withholding secrets: [Secret]
    ) -> RelayAnswer.Body {
        guard webhook.answer == .body else { return .none }
        let disclosure = Disclosure(of: secrets)
        let type = answer.contentType ?? ""
        guard let body = answer.body, !disclosure.mayBe(in: body),
            !disclosure.mayBe(in: Secret(type))
        else { return .withheld }
        return .passed(body, contentType: answer.contentType)
    }

    /// Records a use that was refused before anything was sent.
    /// - Returns: the error that the caller throws.
    private func recorded(_ error: BrokerError, _ use: Use) async throws(BrokerError) -> BrokerError {
        if error != .auditUnavailable, error != .outdated {
            try await audit.record(use.event(.failed(code: error.code.rawValue)))
        }
        return error
    }
}

extension BrokerError {
    fileprivate init(_ error: DeliveryError) {
        switch error {
        case .addressNotAllowed: self = .destinationNotAllowed(.address)
        case .overloaded: self = .overloaded
        case .nameUnknown, .notConnected, .tls, .timedOut, .noAnswer: self = .destinationUnreachable(error)
        }
    }
}
