import API
import Broker
import Logging
import Providers
import Store
import Transport

/// The broker's parts, put together from its settings.
struct Assembly {
    let catalog: SQLiteCatalog
    let http: HTTPClient
    let sender: RelaySender
    let stores: Stores
    let values: Values
    let recovery: Recovery
    let services: Services

    /// - Throws: `Failure` when the catalog or a store cannot be opened, or the one does not fit the other.
    init(_ settings: Settings) throws {
        let transport = TransportSettings.fromEnvironment(settings.environment)
        http = HTTPClient(transport)
        sender = RelaySender(settings.relay.transport(transport), rules: settings.relay.rules)
        stores = try Self.openStores(settings, http)
        catalog = try Self.openCatalog(settings)
        do throws(StoreMismatch) {
            try catalog.registerStores(stores.all.mapValues(\.identity))
        } catch {
            throw Failure(error.sentence)
        }
        let now = SystemTime.now
        let steps = try FaultSettings.steps(settings.environment)
        values = Values(stores: stores, settings: settings.values)
        recovery = Recovery(journal: catalog, stores: stores, steps: steps, now: now)
        let audit = AuditLog(catalog)
        let lookup = ValueLookup(catalog: catalog, values: values, now: now)
        services = Services(
            version: Version.text, catalog: catalog, journal: catalog, auditSink: audit, auditReader: catalog,
            tokens: catalog, stores: stores,
            resolver: Resolver(lookup: lookup, audit: audit),
            writer: Writer(
                catalog: catalog, journal: catalog, audit: audit, stores: stores, values: values, recovery: recovery,
                steps: steps, now: now),
            webhooks: catalog,
            relay: Relay(
                webhooks: catalog, tokens: catalog, lookup: lookup, audit: audit, sender: sender,
                signer: WebhookSigner()),
            publicURL: settings.publicURL, now: now)
    }

    static func openCatalog(_ settings: Settings) throws -> SQLiteCatalog {
        do throws(CatalogOpenError) {
            return try SQLiteCatalog.open(path: settings.catalogPath, clock: SystemTime.now)
        } catch {
            throw Failure(error.sentence)
        }
    }

    private static func openStores(_ settings: Settings, _ http: HTTPClient) throws -> Stores {
        guard let first = settings.stores.first, first.name == .default else {
            throw Failure(
                "no store is configured: set SECRET_BROKER_STORE, for example "
                    + "aws-secretmanager://wandb?namespace=wandb&region=us-east-1, or try `secret-broker dev`")
        }
        let surroundings = Surroundings(environment: settings.environment, http: http, now: SystemTime.now)
        var opened: [SecretStore] = []
        var faults: [String] = []
        for (name, uri) in settings.stores {
            do {
                opened.append(try open(uri, as: name, in: surroundings))
            } catch let error as StoreURIError {
                faults.append(error.sentence)
            } catch let error as StoreSettingError {
                faults += error.faults.map { "store \(name): \($0)" }
            }
        }
        guard faults.isEmpty else { throw Failure(faults.joined(separator: " ")) }
        return Stores(default: opened[0], others: Array(opened.dropFirst()), teams: settings.teamStores)
    }

    private static func open(_ text: String, as name: StoreName, in surroundings: Surroundings) throws -> SecretStore {
        let setting = name == .default ? "SECRET_BROKER_STORE" : "SECRET_BROKER_STORE_\(name.text.uppercased())"
        let uri = try StoreURI(text, setting: setting)
        guard uri.scheme != "noop" else {
            throw Failure("\(setting) is noop://: secrets are off, and there is nothing to serve")
        }
        return try Registry.open(uri, as: name, in: surroundings)
    }
}
