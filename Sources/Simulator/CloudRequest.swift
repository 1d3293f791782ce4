import Broker
import Cryptography
import HTTPTypes

/// A whole request as it arrived. Its body may hold a value.
struct CloudRequest: Sendable {
    let method: String
    /// The target in the request line, with the query.
    let target: String
    let authority: String?
    let headers: HTTPFields
    let body: Secret
    /// The client's certificate, verified by the server, where it asks for one.
    var clientCertificate: Certificate?

    var path: Substring { target.prefix { $0 != "?" } }

    /// Every value of a header, in order. `host` is what HTTP/1.1's Host said.
    func values(of name: String) -> [String] {
        if name == "host" { return authority.map { [$0] } ?? [] }
        guard let name = HTTPField.Name(name) else { return [] }
        return headers[values: name]
    }

    func header(_ name: String) -> String? { values(of: name).first }
}

struct CloudAnswer: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: Secret

    init(status: Int, headers: [(name: String, value: String)] = [], body: Secret) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Makes an answer of text that holds no value.
    init(status: Int, contentType: String, text: String) {
        self.init(
            status: status, headers: [("Content-Type", contentType)],
            body: Secret(text))
    }
}

/// How an answer reaches the client.
enum Delivery: Sendable {
    case whole(CloudAnswer)
    #if FaultInjection
    /// Sends the head and half of the body, or nothing where there is no body, and closes the connection.
    case half(CloudAnswer)
    /// Resets the connection and sends nothing.
    case reset
    #endif
}

extension Secret {
    /// The text of a simulated cloud's credential, which opens nothing else, to be put into an environment.
    var simulatedText: String { unwipedText }
}
