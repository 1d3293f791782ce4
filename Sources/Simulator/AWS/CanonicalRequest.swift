import Broker
import Cryptography

/// The form of a request that is hashed and signed. The path is always `/` and the query empty: the services here have
/// no others, and the front end refuses the rest first.
struct CanonicalRequest {
    let text: String

    init(_ request: CloudRequest, signedHeaders: [String]) {
        let headers = signedHeaders.map { name in
            let values = request.values(of: name).map(Self.collapsed).joined(separator: ",")
            return "\(name):\(values)\n"
        }
        let body = Hex.encode(request.body.withBytes { SHA256.hash($0) })
        text =
            "\(request.method)\n/\n\n\(headers.joined())\n\(signedHeaders.joined(separator: ";"))\n\(body)"
    }

    /// The value without blanks around it, and with each run of them inside as one.
    private static func collapsed(_ value: String) -> String {
        value.split(separator: " ").joined(separator: " ")
    }
}
