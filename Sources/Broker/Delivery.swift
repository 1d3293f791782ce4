/// One request to a webhook's destination, ready to be sent.
package struct Delivery: Sendable {
    /// For all of it: looking the name up, connecting, sending, the answer's last byte.
    package static let deadline: Duration = .seconds(15)
    /// Of an answer's body, in bytes. A larger one is not read.
    package static let maximumAnswerSize = 64 << 10

    package let url: WebhookURL
    /// In order. Some hold values.
    package let headers: [(name: String, value: Secret)]
    package let body: Secret

    package init(url: WebhookURL, headers: [(name: String, value: Secret)], body: Secret) {
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// What a destination answered. Untrusted.
package struct DeliveryAnswer: Sendable {
    package let status: Int
    package let contentType: String?
    /// Nil: too large, or in an encoding that would have to be undone first.
    package let body: Secret?

    package init(status: Int, contentType: String?, body: Secret?) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}

package enum DeliveryError: Error, Sendable, Hashable, CaseIterable {
    /// One of the host's addresses is none that may be reached. Nothing was sent.
    case addressNotAllowed
    /// The host has no address. Nothing was sent.
    case nameUnknown
    /// Nothing was sent.
    case notConnected
    /// The destination could not be authenticated: nothing was sent; or TLS broke.
    case tls
    /// It may have acted on the request, as with the next.
    case timedOut
    /// The connection ended without a whole answer.
    case noAnswer
    /// Too much is under way. Nothing was sent.
    case overloaded
}

/// The way out to webhooks' destinations.
package protocol Sender: Sendable {
    /// Sends to an address that may be reached, and was checked, over TLS, and follows no redirect. It is tried once; a
    /// second time only where no connection came about.
    func send(_ delivery: Delivery) async throws(DeliveryError) -> DeliveryAnswer
}

/// What the relay needs of cryptography.
package protocol PayloadSigner: Sendable {
    /// HMAC-SHA256, as `X-Wandb-Signature` has it.
    func signature(of payload: RawSpan, key: RawSpan, in encoding: Webhook.SignatureEncoding) -> String
}
