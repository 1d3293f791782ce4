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
    /// The call fails with `TransportError.answerTooLarge`.
    case isRefused
    /// The answer is returned without a body; the connection ends.
    case losesItsBody
}

/// One HTTP request, and the bounds it is made within.
package struct HTTPCall: Sendable {
    package var method: String
    /// The URL, sent as it is: dots in the path and percent-encoding are not touched.
    package var url: String
    package var headers: [HTTPHeader]
    package var body: Secret?
    /// The limit for the whole call, from waiting for a connection to the answer's last byte.
    package var deadline: Duration
    /// The maximum size of the answer's body, in bytes.
    package var maximumAnswerSize: Int
    /// Whether a configured proxy applies to the call.
    package var mayUseProxy = true
    /// What happens to a larger answer.
    package var largeAnswer = LargeAnswer.isRefused
    /// Whether the call has a connection of its own, which ends with it: libcurl would repeat what a kept one loses.
    package var isSentOnce = false
    /// The only address that may be dialled, instead of looking up the host's name. A proxy is dialled all the same.
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
    /// The headers in order, their names as they came.
    package let headers: [(name: String, value: String)]
    package let body: Secret
    /// Whether the body was too large and has been left out.
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
