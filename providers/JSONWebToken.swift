import Broker
import Cryptography
import WireJSON

/// A JSON Web Token that a client signs to prove who it is: RFC 7519, 7515, 7523.
enum JSONWebToken {
    /// - Parameters:
    ///   - header: the members beyond `alg` and `typ`.
    static func signed(
        _ claims: JSONObject, header: JSONObject = JSONObject(), by key: RSAPrivateKey, _ scheme: RSAScheme
    ) -> Secret {
        switch scheme {
        case .rs256: header.set("alg", "RS256")
        case .ps256: header.set("alg", "PS256")
        }
        header.set("typ", "JWT")
        let message = [header, claims].map { Base64.urlEncode(Array($0.text.utf8)) }.joined(separator: ".")
        let signature = unsafe key.sign(message.utf8.span.bytes, scheme)
        return Secret("\(message).\(Base64.urlEncode(signature))")
    }
}
