package import Broker

/// An IAM role that callers of STS may take on.
package struct AWSRole: Sendable {
    package let name: String
    /// The external id that AssumeRole must give; nil if it need not.
    package let externalID: String?
    /// The only token that AssumeRoleWithWebIdentity accepts for the role; nil if it accepts none.
    package let webIdentity: WebIdentity?
    /// The longest session that the role allows, in seconds: an hour, unless IAM is told otherwise.
    package let maximumSession: Int
    /// The allowed actions by IAM's names. Nil allows all.
    package let allowedActions: Set<String>?

    package init(
        name: String, externalID: String? = nil, webIdentity: WebIdentity? = nil, maximumSession: Int = 3600,
        allowedActions: Set<String>? = nil
    ) {
        self.name = name
        self.externalID = externalID
        self.webIdentity = webIdentity
        self.maximumSession = maximumSession
        self.allowedActions = allowedActions
    }
}

/// A token that an identity provider has given out, and what it says.
package struct WebIdentity: Sendable {
    package let token: Secret
    package let audience: String
    package let expires: Timestamp?

    package init(_ token: Secret, audience: String = "sts.amazonaws.com", expires: Timestamp? = nil) {
        self.token = token
        self.audience = audience
        self.expires = expires
    }
}
