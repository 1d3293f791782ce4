/// Where a team's W&B automations deliver, and which of the team's secrets go there. It names secrets and holds none.
package struct Webhook: Hashable, Sendable {
    /// How much of the destination's answer W&B gets.
    package enum Answer: String, Sendable, CaseIterable { case status, body }

    /// The encoding of `X-Wandb-Signature`.
    package enum SignatureEncoding: String, Sendable, CaseIterable { case hex, base64 }

    package struct PayloadSecret: Hashable, Sendable {
        package let name: SecretName
        /// The leaf of W&B's payload that holds the secret's `${NAME}`.
        package let at: JSONPointer

        package init(name: SecretName, at: JSONPointer) {
            self.name = name
            self.at = at
        }
    }

    package static let maximumHeaders = 32
    package static let maximumSecrets = 100
    package static let maximumPayloadSecrets = 32
    /// The maximum of `size` of one that is made or changed. What the catalog has from before may be larger.
    package static let maximumSize = 16 << 10

    package let name: WebhookName
    package let url: WebhookURL
    /// The secret that goes into `Authorization: Bearer`.
    package let accessToken: SecretName?
    /// The key of `X-Wandb-Signature`.
    package let signingSecret: SecretName?
    package let signatureEncoding: SignatureEncoding
    package let headers: [WebhookHeader]
    package let payloadSecrets: [PayloadSecret]
    /// The key of the signature that W&B's own requests must have.
    package let verifyWith: SecretName?
    package let answer: Answer

    /// - Throws: `invalidRequest` when the parts do not belong together.
    package init(
        name: WebhookName, url: WebhookURL, accessToken: SecretName? = nil, signingSecret: SecretName? = nil,
        signatureEncoding: SignatureEncoding = .hex, headers: [WebhookHeader] = [],
        payloadSecrets: [PayloadSecret] = [], verifyWith: SecretName? = nil, answer: Answer = .status
    ) throws(BrokerError) {
        guard headers.count <= Self.maximumHeaders, payloadSecrets.count <= Self.maximumPayloadSecrets else {
            throw .invalidRequest("a webhook has at most 32 headers and 32 payload secrets")
        }
        guard Set(headers.map { $0.name.lowercased() }).count == headers.count else {
            throw .invalidRequest("a webhook has each header once, whatever its case")
        }
        guard Set(payloadSecrets.map(\.at)).count == payloadSecrets.count else {
            throw .invalidRequest("a pointer names the place of one secret")
        }
        func has(_ header: String) -> Bool { headers.contains { $0.name.lowercased() == header } }
        guard accessToken == nil || !has("authorization"), signingSecret == nil || !has("x-wandb-signature") else {
            throw .invalidRequest("Authorization is the access token's header, X-Wandb-Signature the signing secret's")
        }
        self.name = name
        self.url = url
        self.accessToken = accessToken
        self.signingSecret = signingSecret
        self.signatureEncoding = signatureEncoding
        self.headers = headers
        self.payloadSecrets = payloadSecrets
        self.verifyWith = verifyWith
        self.answer = answer
        guard secrets.count <= Self.maximumSecrets else {
            throw .invalidRequest("a webhook uses at most 100 secrets")
        }
    }

    /// The secrets that a delivery sends, in one form or another.
    package var sentSecrets: Set<SecretName> {
        var names = Set(payloadSecrets.map(\.name))
        for header in headers { names.formUnion(header.secrets) }
        for name in [accessToken, signingSecret] { if let name { names.insert(name) } }
        return names
    }

    /// The characters of its URL, headers and payload secrets, as the database counts them.
    package var size: Int {
        let texts = headers.flatMap { [$0.name, $0.value] } + payloadSecrets.flatMap { [$0.name.text, $0.at.text] }
        return texts.reduce(url.text.unicodeScalars.count) { $0 + $1.unicodeScalars.count }
    }

    package var secrets: Set<SecretName> { sentSecrets.union(verifyWith.map { [$0] } ?? []) }

    /// Asks of a webhook that is made or changed that whoever confirms it sees all of it, as it is: HTTP allows no control
    /// character in a header but the tab, and a format character could hide or turn what is beside it. One that the
    /// catalog has may be older than this rule.
    ///
    /// - Throws: `invalidRequest`.
    package func requireVisible() throws(BrokerError) {
        guard headers.allSatisfy({ $0.value.unicodeScalars.allSatisfy { $0 == "\t" || $0.isPrintable } }) else {
            throw .invalidRequest("a header's value is printable text: no control or invisible format characters")
        }
        guard payloadSecrets.allSatisfy({ $0.at.text.unicodeScalars.allSatisfy(\.isPrintable) }) else {
            throw .invalidRequest("a pointer is printable text: no control or invisible format characters")
        }
    }
}

/// A header of every delivery. Its value may hold secrets' `${NAME}`s.
package struct WebhookHeader: Hashable, Sendable {
    package static let maximumValueSize = 4096

    package let name: String
    /// The value as it was given.
    package let value: String
    let template: Template

    /// - Throws: `invalidRequest`; `headerInjection`.
    package init(_ name: String, _ value: String) throws(BrokerError) {
        guard (1...128).contains(name.utf8.count), name.utf8.allSatisfy(\.isTokenCharacter) else {
            throw .invalidRequest("a header's name is 1 to 128 letters, digits and -!#$%&'*+.^_`|~")
        }
        guard !Self.reserved.contains(name.lowercased()) else {
            throw .invalidRequest("a header that carries the message, or that the relay sets, is not configured")
        }
        guard value.utf8.count <= Self.maximumValueSize else {
            throw .invalidRequest("a header's value is at most 4096 bytes")
        }
        guard unsafe !Template.Escape.breaksHeader(value.utf8.span.bytes) else { throw .headerInjection(nil) }
        template = try Template(value.utf8)
        guard template.placeholders.allSatisfy({ SecretName($0) != nil && !WandbVariable.isVariable($0) }) else {
            throw .invalidRequest("a header's ${NAME} is a secret: W&B renders its variables in the payload only")
        }
        self.name = name
        self.value = value
    }

    package var secrets: Set<SecretName> { Set(template.placeholders.compactMap(SecretName.init)) }

    private static let reserved: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect",
        "proxy-authorization", "proxy-connection", "accept-encoding", "idempotency-key",
    ]
}

/// A webhook as the catalog has it.
package struct WebhookRecord: Hashable, Sendable {
    package let team: TeamName
    package let webhook: Webhook
    /// The current revision: new with every change of the webhook or of its confirmation, and never used again.
    package let revision: String
    /// Whether an admin has confirmed the webhook as it is. Only then do its secrets go anywhere.
    package let isConfirmed: Bool
    package let created: SecretRecord.Change
    package let updated: SecretRecord.Change

    package init(
        team: TeamName, webhook: Webhook, revision: String, isConfirmed: Bool, created: SecretRecord.Change,
        updated: SecretRecord.Change
    ) {
        self.team = team
        self.webhook = webhook
        self.revision = revision
        self.isConfirmed = isConfirmed
        self.created = created
        self.updated = updated
    }
}
