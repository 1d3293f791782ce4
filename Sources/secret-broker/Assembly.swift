import API
import Broker
import Logging
import Store
import Transport

/// The broker's parts, put together from its settings.
struct Assembly {
    let catalog: Catalog
    let http: HTTPClient
    let sender: RelaySender
    let stores: Stores
    let values: Values
    let recovery: Recovery
    let services: Services

    /// - Parameter broker: the id under which the catalog knows the broker that is about to serve; nil for a command.
    /// - Throws: `Failure` when the catalog or a store cannot be opened, or the catalog does not fit the stores;
    ///   `HTTPClientFault`.
    init(_ settings: Settings, announcing broker: String? = nil) async throws {
        let transport = TransportSettings.fromEnvironment(settings.environment)
        if let fault = transport.authoritiesFault { throw Failure(fault) }
        http = try HTTPClient(transport)
        sender = try RelaySender(settings.relay.transport(transport), rules: settings.relay.rules)
        stores = try Stores.open(settings, http)
        // A broker that is about to serve makes its catalog, or brings it forward; a command that works on one does not.
        catalog = try Self.openCatalog(settings, allowing: broker == nil ? .none : .upgrade)
        do throws(StoreMismatch) {
            try await catalog.registerStores(
                stores.all.mapValues(\.identity), announcing: broker.map { ($0, PresenceService.lease) })
        } catch {
            throw Failure(error.sentence)
        }
        let now: @Sendable () -> Timestamp = { [catalog] in catalog.now }
        let steps = try FaultSettings.steps(settings.environment)
        values = Values(stores: stores, settings: settings.values)
        recovery = Recovery(journal: catalog, stores: stores, steps: steps, now: now)
        let audit = AuditLog(catalog)
        let lookup = ValueLookup(catalog: catalog, values: values, now: now)
        services = Services(
            version: Version.text, catalog: catalog, audit: audit, auditReader: catalog,
            tokens: catalog, stores: stores, values: values,
            resolver: Resolver(lookup: lookup, audit: audit),
            writer: Writer(
                catalog: catalog, journal: catalog, audit: audit, stores: stores, values: values, recovery: recovery,
                steps: steps, now: now),
            webhooks: catalog,
            relay: Relay(
                webhooks: catalog, tokens: catalog, lookup: lookup, audit: audit, sender: sender,
                signer: WebhookSigner()),
            publicURL: settings.publicURL, space: { [catalog] in catalog.space }, now: now)
    }

    /// When the backup that the catalog was restored from was made; nil if there is none, or it has been taken over.
    func restoredFrom() async throws -> Timestamp? {
        do throws(CatalogError) {
            return try await catalog.restoredBackup()
        } catch {
            throw Failure(error)
        }
    }

    /// What the settings say of teams in vain, since a migration has sent their new versions elsewhere.
    func overruled(_ settings: Settings) async throws -> [String] {
        var sentences: [String] = []
        for (team, store) in settings.teamStores.sorted(by: { $0.key < $1.key }) {
            let assigned = try await Failure.fromCatalog { () async throws(CatalogError) in
                try await catalog.assignedStore(of: team)
            }
            guard let assigned, assigned != store else { continue }
            sentences.append(
                "SECRET_BROKER_TEAM_STORES says \(store) for \(team), whose new versions a migration has sent to "
                    + "\(assigned): `secret-broker migrate --team \(team) --to \(store)` moves them")
        }
        return sentences
    }

    static func openCatalog(
        _ settings: Settings, allowing preparation: CatalogPreparation = .none
    ) throws -> Catalog {
        do throws(CatalogOpenError) {
            return try Catalog.open(
                settings.catalog, allowing: preparation, logger: settings.logFormat.logger(settings.logLevel),
                clock: SystemTime.now)
        } catch {
            throw Failure(error.sentence)
        }
    }
}
