import Broker
import Foundation
import Logging
import ServiceLifecycle
import Store
import Support
import Transport

@testable import API

/// A broker's pages over HTTP on loopback, with a catalog of their own and a clock that the test moves.
final class PagesWorld: Sendable {
    let catalog: TestCatalog
    let provider: ScriptedProvider
    let clock: ManualClock
    let port: Int
    let logged: LoggedLines
    private let client: APIClient

    private init(
        _ catalog: TestCatalog, _ provider: ScriptedProvider, _ clock: ManualClock, _ port: Int, _ logged: LoggedLines,
        _ client: APIClient
    ) {
        self.logged = logged
        self.port = port
        self.catalog = catalog
        self.provider = provider
        self.clock = clock
        self.client = client
    }

    /// Lends it to `body`.
    static func run(
        sender: RelaySender? = nil,
        bodyDeadline: Duration = .seconds(30), isBehindProxy: Bool = false,
        bodyRoom: Int = 64 << 20, writes timing: Writer.Timing = Writer.Timing(),
        _ body: @escaping @Sendable (PagesWorld) async throws -> Void
    ) async throws {
        let clock = ManualClock()
        let catalog = try TestCatalog(clock: { clock.timestamp })
        let provider = ScriptedProvider()
        let services = try await services(catalog, provider, clock, sender: sender, writes: timing)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let logged = LoggedLines()
        let server = try APIServer(services, logger: Logger(label: "test") { _ in logged.handler() })
            .application(
                host: "127.0.0.1", port: 0, security: .plain, isBehindProxy: isBehindProxy, bodyDeadline: bodyDeadline,
                bodyRoom: bodyRoom
            ) { port.yield($0) }
        let serving = ServiceGroup(services: [server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { port.finish() }
                try await serving.run()
            }
            for await port in ports {
                let http = try HTTPClient(TransportSettings())
                let client = APIClient(http, url: "http://127.0.0.1:\(port)", token: nil)
                let world = PagesWorld(catalog, provider, clock, port, logged, client)
                let outcome: Result<Void, any Error>
                do { outcome = .success(try await body(world)) } catch { outcome = .failure(error) }
                http.shutDown()
                // Cancelled, the server would drop a connection that it has just accepted, which ends the process.
                await serving.triggerGracefulShutdown()
                try await group.waitForAll()
                return try outcome.get()
            }
            try await group.waitForAll()
            throw NotServed()
        }
    }

    /// A broker's parts, over a catalog and a provider.
    static func services(
        _ catalog: TestCatalog, _ provider: ScriptedProvider, _ clock: ManualClock,
        sender: RelaySender? = nil, writes timing: Writer.Timing = Writer.Timing()
    ) async throws -> Services {
        let stores = Stores(default: .scripted(provider))
        try await catalog.catalog.registerStores(stores.all.mapValues(\.identity))
        let store = catalog.catalog
        let now: @Sendable () -> Timestamp = { clock.timestamp }
        let values = Values(stores: stores, settings: Values.Settings())
        let recovery = Recovery(journal: store, stores: stores, now: now)
        let lookup = ValueLookup(catalog: store, values: values, now: now)
        let audit = AuditLog(store)
        return Services(
            version: "test", catalog: store, audit: audit, auditReader: store, tokens: store,
            stores: stores, values: values, resolver: Resolver(lookup: lookup, audit: audit),
            writer: Writer(
                catalog: store, journal: store, audit: store, stores: stores, values: values, recovery: recovery,
                timing: timing, now: now),
            webhooks: store,
            relay: Relay(
                webhooks: store, tokens: store, lookup: lookup, audit: audit,
                sender: try sender ?? RelaySender(TransportSettings(), rules: AddressRules()),
                signer: WebhookSigner()),
            publicURL: nil, space: { nil }, now: now)
    }

    func send(
        _ method: String, _ path: String, _ headers: [HTTPHeader], body: String? = nil
    ) async throws -> APIClient.Answer {
        try await client.call(method, path, body, headers: headers)
    }

    func token(
        _ role: Role, team: String? = "research", name: String = "alice", lasting: Duration? = nil
    ) async throws -> (id: String, text: String) {
        let (text, hash) = TokenText.generate()
        let hook = role == .relay ? try await webhook(of: team) : nil
        let token = Token(
            id: TokenText.generateID(), name: name,
            grant: try Grant(role, team: team.flatMap(TeamName.init), secrets: nil, webhook: hook),
            created: clock.timestamp, expires: lasting.map { clock.timestamp.adding($0) }, mintedBy: nil)
        _ = try await catalog.catalog.add(token, hash: hash, by: .operatorsShell(requestID: "test"))
        return (token.id, text.shown)
    }

    /// One for a relay token to deliver to.
    private func webhook(of team: String?) async throws -> WebhookName? {
        guard let team = team.flatMap(TeamName.init), let name = WebhookName("hook"),
            let url = WebhookURL("https://hooks.example.com/")
        else { return nil }
        let webhook = try Webhook(name: name, url: url)
        _ = try await catalog.catalog.add(
            webhook, to: team, confirmed: false, by: .operatorsShell(requestID: "test"))
        return name
    }

    func signedIn(_ role: Role, team: String? = "research", name: String = "alice") async throws -> Person {
        let person = Person(world: self)
        let answer = try await person.signIn(try await token(role, team: team, name: name).text)
        guard answer.status == 303, person.cookie != nil else { throw NotSignedIn() }
        return person
    }

    struct NotServed: Error {}
    struct NotSignedIn: Error {}

    /// What somebody used, as the log has it.
    func use(_ names: String..., by automation: String = "deploy-bot", in team: String = "research") async throws {
        let actor = Principal(tokenID: "tok_robot", name: automation, address: nil, requestID: "req_robot")
        try await catalog.catalog.append([
            AuditEvent(
                .resolve, .done, by: actor, team: TeamName(team),
                subject: .secrets(names.map { .init(name: SecretName($0)!, version: nil) }))
        ])
    }

    /// The value that a secret has at the provider.
    func value(of name: String, in team: String = "research") async throws -> String? {
        let found = try await catalog.catalog.secret(SecretName(name)!, in: TeamName(team)!)
        guard let version = found?.version else { return nil }
        return try await provider.read(version.reference, at: version.pin).shown
    }

    func names(in team: String = "research") async throws -> [String] {
        try await catalog.catalog.secrets(in: TeamName(team)!).map(\.name.text)
    }
}
