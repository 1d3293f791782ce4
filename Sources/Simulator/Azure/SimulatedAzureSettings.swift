package import Broker
package import Cryptography

/// What the simulated tenant and its vault are like at the start.
package struct SimulatedAzureSettings: Sendable {
    package var tenant = "11111111-2222-4333-8444-555555555555"
    package var identities: [AzureIdentity] = []
    /// Whom the metadata service gives tokens for. Nil: the machine has no identity.
    package var machineIdentity: AzureIdentity?
    /// Of what is deleted: 7 to 90.
    package var retentionDays = 90
    package var hasPurgeProtection = false
    /// How long the vault is busy with an object after it was deleted, recovered or purged.
    package var busyTime: Duration = .milliseconds(100)
    package var tokenLifetime: Duration = .seconds(3600)
    /// What the vault's challenge says a token must be for.
    package var resource = SimulatedAzureSettings.keyVault
    /// Nil: plain HTTP, which Azure's own clients do not send tokens over.
    package var authority: CertificateAuthority?
    package var clock: @Sendable () -> Timestamp

    package static let keyVault = "https://vault.azure.net"

    /// - Parameter clock: for tokens, assertions and deletions. Nil: the system's.
    package init(clock: (@Sendable () -> Timestamp)? = nil) {
        self.clock = clock ?? { .systemTime() }
    }
}

/// Somebody whom the tenant knows, with what proves it, and what the vault's access policy lets them do.
package struct AzureIdentity: Sendable {
    package let clientID: String
    package var secret: Secret?
    package var certificate: Certificate?
    /// As a cluster would have written it.
    package var federatedToken: Secret?
    /// As access policies name them: `get`, `list`, `set`, `delete`, `recover`, `purge`. Nil allows all.
    package var permissions: Set<String>?

    package init(
        clientID: String, secret: Secret? = nil, certificate: Certificate? = nil, federatedToken: Secret? = nil,
        permissions: Set<String>? = nil
    ) {
        self.clientID = clientID
        self.secret = secret
        self.certificate = certificate
        self.federatedToken = federatedToken
        self.permissions = permissions
    }

    /// With a client secret in Entra's shape.
    package static func random(permissions: Set<String>? = nil) -> AzureIdentity {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789~_-."
        let text = RandomText.of(40, alphabet)
        return AzureIdentity(
            clientID: RandomText.uuid(), secret: unsafe Secret(copying: text.utf8.span.bytes), permissions: permissions)
    }
}
