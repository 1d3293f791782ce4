package import Broker
package import Cryptography

/// The state of the simulated tenant and its vault at the start.
package struct SimulatedAzureSettings: Sendable {
    package var tenant = "11111111-2222-4333-8444-555555555555"
    package var identities: [AzureIdentity] = []
    /// The identity that the metadata service gives tokens for; nil if the machine has none.
    package var machineIdentity: AzureIdentity?
    /// How many days deleted objects are kept: 7 to 90.
    package var retentionDays = 90
    package var hasPurgeProtection = false
    /// How long the vault is busy with an object after it was deleted, recovered or purged.
    package var busyTime: Duration = .milliseconds(100)
    package var tokenLifetime: Duration = .seconds(3600)
    /// The resource that a token must be for, according to the vault's challenge.
    package var resource = SimulatedAzureSettings.keyVault
    /// The authority for TLS; nil for plain HTTP, over which Azure's own clients send no tokens.
    package var authority: CertificateAuthority?
    package var clock: @Sendable () -> Timestamp

    package static let keyVault = "https://vault.azure.net"

    /// - Parameter clock: the clock for tokens, assertions and deletions; nil: the system's.
    package init(clock: (@Sendable () -> Timestamp)? = nil) {
        self.clock = clock ?? { .systemTime() }
    }
}

/// Somebody whom the tenant knows, with their proofs, and what the vault's access policy lets them do.
package struct AzureIdentity: Sendable {
    package let clientID: String
    package var secret: Secret?
    package var certificate: Certificate?
    /// The token that a cluster would have written to a file.
    package var federatedToken: Secret?
    /// The access policy's permissions: `get`, `list`, `set`, `delete`, `recover`, `purge`. Nil allows all.
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

    /// Makes an identity with a client secret in Entra's format.
    package static func random(permissions: Set<String>? = nil) -> AzureIdentity {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789~_-."
        let text = RandomText.of(40, alphabet)
        return AzureIdentity(
            clientID: RandomText.uuid(), secret: Secret(text), permissions: permissions)
    }
}
