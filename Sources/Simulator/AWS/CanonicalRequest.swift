import Broker
import Cryptography

/// The form of a request that is hashed and signed. Path and query are always `/` and none: the services here have no
/// others, and the front turns the rest away first.
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

    /// Without blanks around it, and runs of them inside as one.
    private static func collapsed(_ value: String) -> String {
        value.split(separator: " ").joined(separator: " ")
    }
}
