import Broker
import Cryptography
import Foundation
import Simulator
import Support
import Transport

/// A simulated cloud, a catalog file, and brokers of the built program on it.
final class Installation: Sendable {
    let cloud: any SimulatedCloud
    let http = HTTPClient(testing: TransportSettings())
    let environment: [String: String]
    let admin: String
    let resolver: String
    private let folder: URL

    var catalog: String { folder.appendingPathComponent("catalog.db").path }

    /// - Parameters:
    ///   - query: of the store's URI, beyond what the cloud needs.
    ///   - mount: a folder for the catalog, which stays; nil: one of its own.
    ///   - catalog: the URL of one elsewhere than in a file.
    convenience init(
        on kind: CloudKind = .aws, query: String = "", mount: URL? = nil, catalog: String? = nil
    ) async throws {
        let cloud = try await kind.start(clock: TestCatalog.systemTime)
        try await self.init(on: cloud, query: query, mount: mount, catalog: catalog)
    }

    init(
        on cloud: any SimulatedCloud, query: String = "", mount: URL? = nil, catalog: String? = nil
    ) async throws {
        self.cloud = cloud
        let parent = mount ?? FileManager.default.temporaryDirectory
        folder = parent.appendingPathComponent("system-\(UUID().uuidString)")
        var environment = cloud.environment
        environment["SECRET_BROKER_STORE"] = cloud.storeURI + query
        environment["SECRET_BROKER_CATALOG"] =
            catalog ?? "sqlite://\(folder.appendingPathComponent("catalog.db").path)"
        self.environment = environment
        admin = try await Self.token(["--role", "admin"], environment)
        resolver = try await Self.token(["--role", "resolver", "--team", "research"], environment)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    static func token(_ options: [String], _ environment: [String: String]) async throws -> String {
        let made = try await BrokerBinary.run(
            ["token", "create", "--name", "test"] + options, environment: environment)
        guard made.status == 0 else { throw BrokerBinary.DidNotStart(description: made.errors) }
        return String(made.output.dropLast())
    }

    /// - Parameter wrapper: a command that runs it.
    func serve(_ more: [String: String] = [:], under wrapper: [String] = []) async throws -> BrokerBinary {
        try await BrokerBinary.serve(environment: environment.merging(more) { _, new in new }, under: wrapper)
    }

    func run(_ arguments: [String], input: String = "", _ more: [String: String] = [:]) async throws
        -> BrokerBinary.Finished
    {
        try await BrokerBinary.run(
            arguments, environment: environment.merging(more) { _, new in new }, input: input)
    }

    func asAdmin(_ broker: BrokerBinary) -> APIClient { APIClient(http, url: broker.url, token: admin) }
    func asResolver(_ broker: BrokerBinary) -> APIClient { APIClient(http, url: broker.url, token: resolver) }

    /// Removes an object behind the broker's back.
    func remove(_ object: String) async { await cloud.remove(object) }

    /// Runs SQL on the catalog's file, past the broker.
    func sql(_ statements: String) async throws -> String {
        let (status, output) = try await PythonEnvironment.run("sqlite_execute.py", [catalog, statements])
        guard status == 0 else { throw BrokerBinary.DidNotStart(description: "sqlite_execute.py failed") }
        return output
    }

    /// A client of the commands that talk to a running broker.
    func client(of broker: BrokerBinary, as token: String) -> [String: String] {
        ["SECRET_BROKER_URL": broker.url, "SECRET_BROKER_TOKEN": token]
    }

    /// A file beside the catalog.
    func write(_ text: String, to name: String) throws -> String {
        let file = folder.appendingPathComponent(name)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    /// Makes it the listener's, for which the settings are returned.
    func write(_ pair: CertifiedKey) throws -> [String: String] {
        [
            "SECRET_BROKER_TLS_CERT": try write(pair.certificate, to: "tls.crt"),
            "SECRET_BROKER_TLS_KEY": try write(pair.key.withPEM { Secret(copying: $0).shown }, to: "tls.key"),
        ]
    }

    func end() async {
        await cloud.stop()
        http.shutDown()
    }

    /// The names of the objects that are at the provider and not deleted.
    func objects() async -> Set<String> { await cloud.objectNames() }

    /// The cloud's names for the calls of a step.
    func callNames(of step: DriverStep) -> [String] { type(of: cloud).callNames(of: step) }
}
