package import Broker
package import Cryptography

/// The simulated project's state at the start.
package struct SimulatedGoogleSettings: Sendable {
    package var project = "acme-project"
    /// The number that Google writes in the names that it answers.
    package var projectNumber = "123456789012"
    package var accounts: [GoogleAccount] = []
    /// The workload identity pool; nil if there is none.
    package var federation: GoogleFederation?
    /// The keys of Cloud KMS, by resource name.
    package var keys: [String: KMSKeyState] = [:]
    package var consistency = Consistency.immediate
    /// The lifetime of what the token services and the metadata server give out.
    package var tokenLifetime: Duration = .seconds(3600)
    /// The scopes of the machine that the metadata server belongs to. It runs as the first account.
    package var machineScopes = [GoogleScope.cloudPlatform]
    package var clock: @Sendable () -> Timestamp

    /// - Parameter clock: the clock for tokens and dates; nil: the system's.
    package init(clock: (@Sendable () -> Timestamp)? = nil) {
        self.clock = clock ?? { .systemTime() }
    }
}

package enum GoogleScope {
    package static let cloudPlatform = "https://www.googleapis.com/auth/cloud-platform"
    package static let iam = "https://www.googleapis.com/auth/iam"
}

/// A service account with its only key.
package struct GoogleAccount: Sendable {
    package let email: String
    package let keyID: String
    package let key: RSAPrivateKey
    /// The allowed permissions by IAM's names, such as `secretmanager.versions.access`. Nil allows all.
    package let allowedPermissions: Set<String>?

    package init(
        email: String = "broker@acme-project.iam.gserviceaccount.com", key: RSAPrivateKey = RSAPrivateKey(),
        allowedPermissions: Set<String>? = nil
    ) {
        self.email = email
        self.key = key
        self.allowedPermissions = allowedPermissions
        keyID = RandomText.of(40, "0123456789abcdef")
    }

    /// The key's file, as IAM gives it out once.
    ///
    /// - Parameter tokenURI: nil for Google's own.
    package func keyFile(tokenURI: String? = nil) -> Secret {
        let file = GoogleKeyFile(account: self, tokenURI: tokenURI ?? "https://oauth2.googleapis.com/token")
        return file.content
    }
}

/// A workload identity pool that accepts one token.
package struct GoogleFederation: Sendable {
    package let audience: String
    package let subjectToken: Secret
    package let subjectTokenType: String
    /// The permissions of the federated identity itself. Nil allows all.
    package let allowedPermissions: Set<String>?
    /// The account that the identity may act as.
    package let account: String?

    package init(
        subjectToken: Secret, allowedPermissions: Set<String>? = nil, account: String? = nil,
        audience: String =
            "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/pool/providers/oidc",
        subjectTokenType: String = "urn:ietf:params:oauth:token-type:jwt"
    ) {
        self.subjectToken = subjectToken
        self.allowedPermissions = allowedPermissions
        self.account = account
        self.audience = audience
        self.subjectTokenType = subjectTokenType
    }
}
