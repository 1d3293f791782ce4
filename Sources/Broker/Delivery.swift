/// One request, ready to be sent to a webhook's destination.
package struct Delivery: Sendable {
    /// The limit for the whole delivery: looking up the name, connecting, sending, and the answer's last byte.
    package static let deadline: Duration = .seconds(15)
    /// The maximum size of an answer's body, in bytes. A larger one is not read.
    package static let maximumAnswerSize = 64 << 10
    /// The maximum size of a header's value, in bytes: with its name, it is still less than what is sent in one line.
    private static let maximumHeaderSize = 60 << 10

    /// The headers, in order. Some hold values.
    package let headers: [(name: String, value: Secret)]
    package let body: Secret
    /// The signature in the headers, if there is one.
    let signature: PayloadSignature?

    package init(headers: [(name: String, value: Secret)], body: Secret) {
        self.init(headers: headers, body: body, signature: nil)
    }

    private init(headers: [(name: String, value: Secret)], body: Secret, signature: PayloadSignature?) {
        self.headers = headers
        self.body = body
        self.signature = signature
    }
}

extension Delivery {
    private static let bearer = "Bearer "

    /// Puts the webhook's secrets where they belong in what W&B sent.
    ///
    /// - Parameter id: of the request, for a destination that wants to notice a repetition.
    /// - Throws: `payloadMismatch`, `headerInjection`, `unknownVariable` where a value is missing, and what rendering throws.
    init(
        of request: RelayRequest, to webhook: Webhook, with found: FoundValues, id: String,
        signedBy signer: any PayloadSigner
    ) throws(BrokerError) {
        let values = found.byName
        let body = try RelayBody(request.body, webhook.payloadSecrets).render(values)
        var headers: [(name: String, value: Secret)] = []
        for header in webhook.headers {
            headers.append((header.name, try Self.line(header.template, values)))
        }
        let configured = Set(headers.map { $0.name.lowercased() })
        let own =
            [
                ("Content-Type", "application/json"), ("User-Agent", "secret-broker"), ("Accept-Encoding", "identity"),
                ("Idempotency-Key", id),
            ] + (request.trace?.headers ?? [])
        for (name, text) in own where !configured.contains(name.lowercased()) {
            headers.append((name, Secret(text)))
        }
        if let name = webhook.accessToken {
            let template = try Template("\(Self.bearer)${\(name)}".utf8)
            headers.append(("Authorization", try Self.line(template, values)))
        }
        var signature: PayloadSignature?
        if let name = webhook.signingSecret {
            let made = try found.value(of: name).withBytes { key in
                body.withBytes { signer.signature(of: $0, key: key) }
            }
            headers.append(("X-Wandb-Signature", made.text(in: webhook.signatureEncoding)))
            signature = made
        }
        self.init(headers: headers, body: body, signature: signature)
    }

    private static func line(_ template: Template, _ values: [SecretName: Secret]) throws(BrokerError) -> Secret {
        var buffer = SecretBuffer(limit: ResolveRequest.maximumOutput)
        try template.render(into: &buffer, escape: .headerLine) { name in
            SecretName(name).flatMap { values[$0] }.map { .secret($0) }
        }
        guard buffer.byteCount <= maximumHeaderSize else {
            throw .invalidRequest("a header of the webhook would be longer than 60 KiB with its secrets in it")
        }
        return buffer.finish()
    }
}

/// What a destination answered. Untrusted.
package struct DeliveryAnswer: Sendable {
    package let status: Int
    package let contentType: String?
    /// Nil if the body is too large, or in an encoding that would have to be undone first.
    package let body: Secret?

    package init(status: Int, contentType: String?, body: Secret?) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}

package enum DeliveryError: Error, Sendable, Hashable, CaseIterable {
    /// One of the host's addresses may not be reached. Nothing was sent.
    case addressNotAllowed
    /// The host's name has no address, or could not be looked up in time. Nothing was sent.
    case nameUnknown
    /// No connection came about. Nothing was sent.
    case notConnected
    /// The destination could not be authenticated, or TLS did not come about. Nothing was sent.
    case tls
    /// The destination may have acted on the request, as with `noAnswer`.
    case timedOut
    /// The connection ended without a whole answer.
    case noAnswer
    /// Too much is under way. Nothing was sent.
    case overloaded
}

/// The way out to webhooks' destinations.
package protocol Sender: Sendable {
    /// Starts to look up where the URL leads, without waiting for the answer.
    func destination(of url: WebhookURL, for team: TeamName) -> any Destination
    /// Whether the URL spells out an address that nothing is sent to. Looks no name up.
    func refuses(_ url: WebhookURL) -> Bool
}

/// Where one delivery goes.
package protocol Destination: Sendable {
    /// Sends over TLS, to an address that was checked and may be reached, and follows no redirect. Tries once, and a
    /// second time only if no connection came about, or its handshake was lost.
    func send(_ delivery: Delivery) async throws(DeliveryError) -> DeliveryAnswer
}

/// The HMAC-SHA256 of a payload, as `X-Wandb-Signature` has it.
package struct PayloadSignature: Sendable {
    private let hex: Secret
    private let base64: Secret
    /// What shows the signature to whoever reads it: he could send the payload to a webhook that asks for a signature
    /// by the same key, or try keys until one makes the signature.
    let forms: [Secret]

    /// - Parameter hex: in lower case.
    package init(_ bytes: RawSpan, hex: String, base64: String) {
        self.hex = Secret(hex)
        self.base64 = Secret(base64)
        forms = [Secret(copying: bytes), self.hex, Secret(hex.uppercased()), self.base64]
    }

    func text(in encoding: Webhook.SignatureEncoding) -> Secret {
        switch encoding {
        case .hex: hex
        case .base64: base64
        }
    }
}

/// What the relay needs of cryptography.
package protocol PayloadSigner: Sendable {
    func signature(of payload: RawSpan, key: RawSpan) -> PayloadSignature
}
