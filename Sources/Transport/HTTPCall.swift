package import Broker

/// A header of a request. Its value may be a credential, or hold a secret's value.
package struct HTTPHeader: Sendable {
    package enum Value: Sendable {
        case text(String)
        case secret(Secret)
    }

    package let name: String
    package let value: Value

    package init(_ name: String, _ text: String) {
        self.name = name
        value = .text(text)
    }

    package init(_ name: String, secret: Secret) {
        self.name = name
        value = .secret(secret)
    }
}

package enum LargeAnswer: Sendable {
    /// `TransportError.answerTooLarge`.
    case isRefused
    /// The answer is good, without a body; the connection ends.
    case losesItsBody
}

/// One HTTP request, and the bounds it is made within.
package struct HTTPCall: Sendable {
    package var method: String
    /// Sent as it stands: dots in the path and percent-encoding are not touched.
    package var url: String
    package var headers: [HTTPHeader]
    package var body: Secret?
    /// For the whole call, from waiting for a connection to the answer's last byte.
    package var deadline: Duration
    /// Of the answer's body, in bytes.
    package var maximumAnswerSize: Int
    /// Whether a proxy that is set applies to it.
    package var mayUseProxy = true
    /// What becomes of a larger one.
    package var largeAnswer = LargeAnswer.isRefused
    /// Over a connection of its own, which ends with it: what is lost with a kept connection libcurl would send once more.
    package var isSentOnce = false
    /// The only address that may be dialled, in the place of looking the host's name up. A proxy is dialled all the same.
    package var address: IPAddress?

    package init(
        _ method: String, _ url: String, headers: [HTTPHeader] = [], body: Secret? = nil,
        deadline: Duration = .seconds(10), maximumAnswerSize: Int = 1 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadline = deadline
        self.maximumAnswerSize = maximumAnswerSize
    }
}

/// A whole answer. A redirect is an answer like any other: none is followed.
package struct HTTPAnswer: Sendable {
    package let status: Int
    /// In order, names as they came.
    package let headers: [(name: String, value: String)]
    package let body: Secret
    /// Whether the body was too large, and is left out.
    package let hasLostItsBody: Bool

    package init(
        status: Int, headers: [(name: String, value: String)], body: Secret, hasLostItsBody: Bool = false
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.hasLostItsBody = hasLostItsBody
    }

    /// The first header of this name, in any case.
    package func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}
