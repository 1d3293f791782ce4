package import Broker

/// The simulated account's state at the start.
package struct SimulatedAWSSettings: Sendable {
    package var region = "us-east-1"
    /// The account's id, twelve digits.
    package var account = "123456789012"
    package var credentials: [AWSCredential] = []
    package var roles: [AWSRole] = []
    /// The customer managed keys, by id or `alias/…`.
    package var keys: [String: KMSKeyState] = [:]
    package var consistency = Consistency.immediate
    /// How long a name stays taken after a forced deletion, during which its secret answers InvalidRequestException.
    package var forcedDeletionTime: Duration = .seconds(1)
    /// The role of the instance that IMDS stands for, and what its credentials may do (nil allows all).
    package var instanceRole = "secret-broker"
    package var instanceActions: Set<String>?
    package var instanceCredentialLifetime: Duration = .seconds(6 * 3600)
    /// The Authorization that the container endpoint (`/v2/credentials`, as with EKS Pod Identity) requires; nil if
    /// there is no such endpoint. It gives out the instance's credentials.
    package var containerToken: Secret?
    package var clock: @Sendable () -> Timestamp

    /// - Parameter clock: the clock for signatures, expiries and deletions; nil: the system's.
    package init(clock: (@Sendable () -> Timestamp)? = nil) {
        self.clock = clock ?? { .systemTime() }
    }
}
