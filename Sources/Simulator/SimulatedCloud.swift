package import Broker
package import ServiceLifecycle

/// A cloud on loopback, as seen by `dev` and the tests that run on every cloud. At its start it is new and empty, and
/// has one identity, which may do all that its driver needs.
package protocol SimulatedCloud: Service {
    /// The scheme, host and port.
    var endpoint: String { get }
    /// The URI by which a broker uses it as a store.
    var storeURI: String { get }
    /// The variables that sign a broker in. Files that they name are removed with the cloud.
    var environment: [String: String] { get }

    /// The names of the objects that exist and are not deleted, not even softly.
    func objectNames() async -> Set<String>
    /// Whether anything that the cloud keeps holds this value, even if it is softly deleted.
    func holds(_ value: Secret) async -> Bool
    /// Deletes an object behind the broker's back.
    func remove(_ object: String) async
    /// Gives an object a new current version behind the broker's back or, if there are no versions, puts another object
    /// under the same name.
    func replace(_ object: String, with value: Secret) async
    /// The number of calls that arrived since the start, refused ones included, by the cloud's names for them.
    func calls() async -> [String: Int]
    /// Closes the port and every connection. Held requests are dropped.
    func stop() async

    /// The cloud's names for the calls that each step of a driver makes, in order.
    static func callNames(of step: DriverStep) -> [String]
    #if FaultInjection
    var faults: Faults { get }
    #endif
}

package enum DriverStep: Sendable, CaseIterable { case create, read, purge }

extension SimulatedCloud {
    /// Serves until the service group shuts down or the task is cancelled, then stops.
    package func run() async throws {
        try? await gracefulShutdown()
        await stop()
    }
}

/// The clouds that can be simulated, by the names of their providers.
package enum CloudKind: String, Sendable, CaseIterable {
    case aws
    case google
    case azure
    case kubernetes

    /// The name as people write it.
    package var name: String {
        switch self {
        case .aws: "AWS"
        case .google: "Google Cloud"
        case .azure: "Azure"
        case .kubernetes: "Kubernetes cluster"
        }
    }

    /// - Throws: the system's error, if it gives no port.
    package func start(clock: @escaping @Sendable () -> Timestamp) async throws -> any SimulatedCloud {
        switch self {
        case .aws: try await AWSSimulator.startNew(clock: clock)
        case .google: try await GoogleSimulator.startNew(clock: clock)
        case .azure: try await AzureSimulator.startNew(clock: clock)
        case .kubernetes: try await KubernetesSimulator.startNew(clock: clock)
        }
    }
}
