package import Broker

/// An IAM role that callers of STS may take on.
package struct AWSRole: Sendable {
    package let name: String
    /// What AssumeRole must bring along. Nil: nothing.
    package let externalID: String?
    /// The one token that AssumeRoleWithWebIdentity takes for it. Nil: none does.
    package let webIdentityToken: Secret?
    /// IAM's names. Nil allows all.
    package let allowedActions: Set<String>?

    package init(
        name: String, externalID: String? = nil, webIdentityToken: Secret? = nil, allowedActions: Set<String>? = nil
    ) {
        self.name = name
        self.externalID = externalID
        self.webIdentityToken = webIdentityToken
        self.allowedActions = allowedActions
    }
}
