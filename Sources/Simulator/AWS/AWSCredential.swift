package import Broker
import Cryptography

/// A key pair that the simulated account knows.
package struct AWSCredential: Sendable {
    package let accessKeyID: String
    package let secretAccessKey: Secret
    /// Nil: a long-term key, which is refused when it comes with a token.
    package let sessionToken: Secret?
    package let expires: Timestamp?
    /// IAM's names, such as `secretsmanager:GetSecretValue`. Nil allows all.
    package let allowedActions: Set<String>?
    /// Who it belongs to, as IAM writes it behind the account: `user/broker`, `assumed-role/broker/i-1`.
    package let principal: String

    package init(
        accessKeyID: String, secretAccessKey: Secret, sessionToken: Secret? = nil, expires: Timestamp? = nil,
        allowedActions: Set<String>? = nil, principal: String = "user/broker"
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expires = expires
        self.allowedActions = allowedActions
        self.principal = principal
    }

    /// Makes a new key pair at random, in AWS's shapes.
    ///
    /// - Parameter temporary: with a session token.
    package static func random(
        temporary: Bool = false, expires: Timestamp? = nil, allowedActions: Set<String>? = nil,
        principal: String = "user/broker"
    ) -> AWSCredential {
        AWSCredential(
            accessKeyID: (temporary ? "ASIA" : "AKIA") + RandomText.of(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
            secretAccessKey: RandomText.secret(40), sessionToken: temporary ? RandomText.secret(356) : nil,
            expires: expires, allowedActions: allowedActions, principal: principal)
    }
}

enum RandomText {
    private static let alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

    static func alphanumeric(_ length: Int) -> String { of(length, alphanumeric) }

    static func of(_ length: Int, _ alphabet: String) -> String {
        let alphabet = Array(alphabet.utf8)
        var random = SecureRandom()
        return String(
            decoding: (0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] },
            as: UTF8.self)
    }

    static func secret(_ length: Int) -> Secret {
        unsafe Secret(copying: of(length, alphanumeric + "+/").utf8.span.bytes)
    }

    /// A version 4 UUID.
    static func uuid() -> String {
        var bytes = SecureRandom().bytes(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        let groups = [0..<4, 4..<6, 6..<8, 8..<10, 10..<16]
        return groups.map { Hex.encode(Array(bytes[$0])) }.joined(separator: "-")
    }
}
