import Broker
import Cryptography
import HTTPTypes

/// A request as it came in, whole. Its body may hold a value.
struct CloudRequest: Sendable {
    let method: String
    /// As in the request line, with the query.
    let target: String
    let authority: String?
    let headers: HTTPFields
    let body: Secret
    /// Verified by the server, where it asks for one.
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

    /// For text that holds no value.
    init(status: Int, contentType: String, text: String) {
        self.init(
            status: status, headers: [("Content-Type", contentType)],
            body: unsafe Secret(copying: text.utf8.span.bytes))
    }
}

/// How an answer reaches the client.
enum Delivery: Sendable {
    case whole(CloudAnswer)
    #if FaultInjection
    /// The head, half of the body, and the connection closes.
    case half(CloudAnswer)
    /// The connection is reset and nothing is sent.
    case reset
    #endif
}

extension Secret {
    /// For a credential of a simulated cloud, which opens nothing else, to be put into an environment.
    var simulatedText: String {
        withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }
    }
}
