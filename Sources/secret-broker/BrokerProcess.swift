import API
import Broker
import CWipe
import Glibc
import Logging
import NIOCore
import ServiceLifecycle
import Store
import Transport
import UnixSignals

/// A broker that serves until it is told to end.
struct BrokerProcess {
    /// The id under which the catalog knows this process.
    private let id = "broker-\(getpid())-\(UInt32.random(in: .min ... .max))"
    private let settings: Settings
    private let assembly: Assembly
    private let logger: Logger
    /// What an operator chooses another address with.
    private let addressOption: String

    init(_ settings: Settings, addressOption: String = "SECRET_BROKER_LISTEN") async throws {
        self.settings = settings
        self.addressOption = addressOption
        assembly = try await Assembly(settings, announcing: id)
        let logger = settings.logFormat.logger(settings.logLevel)
        self.logger = logger
        if !cwipe_lock_memory() {
            logger.warning(
                "memory is not locked: values may be written to swap",
                metadata: [
                    "what_to_do": "LimitMEMLOCK=infinity, ulimit -l unlimited or CAP_IPC_LOCK, or turn swap off"
                ])
        }
        if let backedUp = try await assembly.restoredFrom() {
            logger.warning(
                "this catalog was restored from a backup: it purges nothing until `secret-broker reconcile` has run",
                metadata: ["backed_up_at": "\(backedUp.rfc3339)"])
        }
        logger.info("catalog", metadata: ["catalog": "\(settings.catalog.text)"])
        for warning in settings.warnings + (try await assembly.overruled(settings)) {
            logger.warning("settings", metadata: ["why": "\(warning)"])
        }
        for store in assembly.stores.all.values {
            logger.info(
                "store",
                metadata: [
                    "store": "\(store.name)", "provider": "\(store.kind)", "location": "\(store.identity)",
                    "key": "\(store.key)", "signs_in_by": "\(store.signIn)",
                ])
            for warning in store.warnings {
                logger.warning(
                    "store warning",
                    metadata: [
                        "store": "\(store.name)", "code": "\(warning.code)", "why": "\(warning.message)",
                        "docs": "\(warning.docs)",
                    ])
            }
        }
    }

    /// For who did not expect one: a path that was mistyped, or a volume that is not there, makes an empty catalog.
    func tellOfNewCatalog() {
        guard assembly.catalog.isNew else { return }
        logger.warning(
            "made a new catalog, with no secret and no token in it: set SECRET_BROKER_CATALOG if there is one elsewhere",
            metadata: ["catalog": "\(settings.catalog.text)"])
    }

    /// Serves until SIGTERM or SIGINT; then what is under way is finished and the audit log's head is logged.
    /// - Parameter ready: called once requests are answered, with the broker's URL.
    func run(beside others: [any Service] = [], ready: @escaping @Sendable (String, Assembly) async -> Void)
        async throws
    {
        let scheme = settings.tls == nil ? "http" : "https"
        let host = settings.listen.urlHost
        let tls = try settings.tls.map { try TLSFiles(certificate: $0.certificate, key: $0.key) }
        let server = try APIServer(assembly.services, logger: logger).application(
            host: settings.listen.host, port: settings.listen.port,
            security: tls.map { files in .tls(files.configuration) { files.expires } } ?? .plain,
            isBehindProxy: settings.isBehindProxy
        ) { [assembly, logger] port in
            let url = "\(scheme)://\(host):\(port)"
            logger.info("listening", metadata: ["url": "\(url)"])
            await ready(url, assembly)
        }
        // They end in the order from the last to the first: the log's head once nobody appends to it any more.
        let services: [any Service] =
            [AuditHeadService(catalog: assembly.catalog, audit: assembly.services.audit, logger: logger)]
            + others + (tls.map { [TLSReloadService(files: $0, logger: logger)] } ?? []) + [
                RecoveryService(recovery: assembly.recovery, catalog: assembly.catalog, logger: logger),
                WipingService(values: assembly.values),
                PresenceService(
                    broker: id, catalog: assembly.catalog, stores: assembly.stores.all.mapValues(\.identity),
                    logger: logger),
                UseCountingService(catalog: assembly.catalog, logger: logger),
                DiskSpaceService(catalog: assembly.catalog, logger: logger),
                StoreHealthService(stores: assembly.stores, logger: logger), server,
            ]
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        // Less time than a systemd unit and a pod are given.
        configuration.maximumGracefulShutdownDuration = .seconds(25)
        let group = ServiceGroup(configuration: configuration)
        do {
            try await group.run()
        } catch let error as Failure {
            throw error
        } catch let error {
            throw Failure(explain(error))
        }
        assembly.catalog.close()
        assembly.http.shutDown()
        assembly.sender.shutDown()
        logger.info("ended")
    }

    /// The service group's own lines describe the services themselves, which is of no use to an operator at any level.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = .error
        return quiet
    }

    private func explain(_ error: any Error) -> String {
        let address = "\(settings.listen.urlHost):\(settings.listen.port)"
        guard let code = (error as? IOError)?.errnoCode else {
            return "the broker ended because of an error of its own"
        }
        switch code {
        case EADDRINUSE:
            return "\(address) is in use: end what listens there, or set \(addressOption) to another address"
        case EACCES: return "\(address) may not be listened on by this user: choose a port above 1023"
        case EADDRNOTAVAIL:
            return "\(address) is not an address of this machine: set \(addressOption) to one that is"
        default: return "\(address) cannot be listened on (error \(code))"
        }
    }
}
