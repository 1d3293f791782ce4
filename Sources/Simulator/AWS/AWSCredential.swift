package import Broker

/// A key pair that the simulated account knows.
package struct AWSCredential: Sendable {
    package let accessKeyID: String
    package let secretAccessKey: Secret
    /// The session's token; nil for a long-term key, which is refused when it comes with a token.
    package let sessionToken: Secret?
    package let expires: Timestamp?
    /// The allowed actions by IAM's names, such as `secretsmanager:GetSecretValue`. Nil allows all.
    package let allowedActions: Set<String>?
    /// Who the key pair belongs to, as IAM writes it after the account: `user/broker`, `assumed-role/broker/i-1`.
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

    /// Makes a new random key pair in AWS's formats.
    ///
    /// - Parameter temporary: whether it has a session token.
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
