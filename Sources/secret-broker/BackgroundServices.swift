import API
import Broker
import Logging
import NIOCore
import ServiceLifecycle
import Store

extension Catalog {
    /// Logs what failed, unless the catalog itself has said why.
    fileprivate func tell(_ error: CatalogError, to logger: Logger) {
        guard trouble == nil else { return }
        logger.error("the catalog cannot be used", metadata: ["why": "\(error)"])
    }
}

/// Finishes what writes leave behind.
struct RecoveryService: Service {
    let recovery: Recovery
    let catalog: Catalog
    let logger: Logger
    private let lines = LineLimit()

    init(recovery: Recovery, catalog: Catalog, logger: Logger) {
        self.recovery = recovery
        self.catalog = catalog
        self.logger = logger
    }

    func run() async {
        await cancelWhenGracefulShutdown {
            await recovery.run { result in
                switch result {
                case .success(let report):
                    for failure in report.failures { tell(failure) }
                    logger.info(
                        "journal",
                        metadata: [
                            "expired": "\(report.expired)", "purged": "\(report.purged)", "failed": "\(report.failed)",
                            "held": "\(report.held)",
                        ])
                case .failure(let error):
                    // What is given up because the broker ends says nothing about the catalog.
                    guard !Task.isCancelled else { return }
                    catalog.tell(error, to: logger)
                }
            }
        }
    }
}

extension RecoveryService {
    /// Names an object that the store refuses to purge, or is busy with. That a store does not answer, or throttles, says
    /// nothing of the object.
    private func tell(_ failure: Recovery.Failure) {
        guard !failure.error.isTransient || failure.error.kind == .busy, let leftOut = lines.admit() else { return }
        var metadata = failure.error.metadata(at: failure.store)
        metadata["object"] = "\(failure.reference)"
        if leftOut > 0 { metadata["not_logged_before"] = "\(leftOut)" }
        logger.warning("an object could not be purged, and is tried again", metadata: metadata)
    }
}

/// Wipes values that are too old.
struct WipingService: Service {
    let values: Values

    func run() async {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: .seconds(5))) != nil { values.wipeExpired() }
        }
    }
}

/// Says in the catalog that this broker is alive and which stores it has, and where. Ends with the broker; and ends the
/// broker when that was not heard for so long that another has been let in with other stores.
struct PresenceService: Service {
    private static let interval = Duration.seconds(10)
    static let lease = Duration.seconds(30)

    let broker: String
    let catalog: Catalog
    /// `SecretStore.identity` by name.
    let stores: [StoreName: String]
    let logger: Logger

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            repeat { try await announce() } while (try? await Task.sleep(for: Self.interval)) != nil
        }
        try? await catalog.withdraw(broker)
    }

    private func announce() async throws(Failure) {
        do throws(StoreMismatch) {
            try await catalog.announce(broker, stores: stores, lease: Self.lease)
        } catch .catalog(let error) {
            guard !Task.isCancelled else { return }
            catalog.tell(error, to: logger)
        } catch {
            throw Failure(error.sentence)
        }
    }
}

/// Keeps the tables of uses in step with the audit log.
struct UseCountingService: Service {
    let catalog: Catalog
    let logger: Logger

    func run() async {
        await cancelWhenGracefulShutdown {
            var isFailing = false
            repeat {
                isFailing = await count(wasFailing: isFailing)
            } while (try? await Task.sleep(for: .seconds(1))) != nil
        }
        _ = await count(wasFailing: false)
    }

    /// Counts what is new. What fails is counted the next time, and reported once.
    ///
    /// - Returns: whether it failed.
    private func count(wasFailing: Bool) async -> Bool {
        do throws(CatalogError) {
            try await catalog.countUses()
            return false
        } catch {
            if !wasFailing, !Task.isCancelled {
                logger.error(
                    "who used which secret is not kept up to date, though the audit log has it",
                    metadata: ["why": "\(catalog.trouble?.sentence ?? "\(error)")"])
            }
            return true
        }
    }
}

/// Logs the audit log's head at intervals and at the end, and once an hour shows it in a metric. Whoever keeps either
/// elsewhere can tell with `audit verify --head` that nothing was cut off.
struct AuditHeadService: Service {
    private static let logged = Duration.seconds(60)
    private static let shown = Duration.seconds(3600)

    let catalog: Catalog
    let audit: AuditLog
    let logger: Logger

    func run() async {
        let last = await cancelWhenGracefulShutdown {
            var last: AuditHead?
            var due = ContinuousClock.now
            repeat {
                last = await log(after: last)
                if let last, .now >= due {
                    audit.announce(last)
                    due = .now + Self.shown
                }
            } while (try? await Task.sleep(for: Self.logged)) != nil
            return last
        }
        _ = await log(after: last)
    }

    /// Logs the head if it is not the one that was logged last, and returns it.
    private func log(after last: AuditHead?) async -> AuditHead? {
        guard let head = try? await catalog.auditHead(), head != last else { return last }
        logger.info("audit head", metadata: ["seq": "\(head.seq)", "hash": "\(head.hash)"])
        return head
    }
}

/// Warns while the catalog's disk is nearly full: when it is, nothing can be recorded, and so nothing is done.
struct DiskSpaceService: Service {
    private static let interval = Duration.seconds(60)

    let catalog: Catalog
    let logger: Logger

    func run() async {
        await cancelWhenGracefulShutdown {
            repeat { warn() } while (try? await Task.sleep(for: Self.interval)) != nil
        }
    }

    private func warn() {
        guard let space = catalog.space, space.isScarce else { return }
        logger.warning(
            "the disk of the catalog is nearly full: enlarge it, or prune the audit log while there is room to write",
            metadata: ["free_bytes": "\(space.free)", "catalog_bytes": "\(space.used)"])
    }
}

/// Reports once of each kind of call that a store is left alone because it does not answer, and once that it is not any
/// more.
struct StoreHealthService: Service {
    private static let interval = Duration.seconds(1)

    let stores: Stores
    let logger: Logger

    func run() async {
        await cancelWhenGracefulShutdown {
            var leftAlone: [StoreName: [StoreOperation]] = [:]
            repeat {
                for (name, store) in stores.all {
                    leftAlone[name] = await look(at: store, before: leftAlone[name, default: []])
                }
            } while (try? await Task.sleep(for: Self.interval)) != nil
        }
    }

    private func look(at store: SecretStore, before: [StoreOperation]) async -> [StoreOperation] {
        let health = await store.provider.health
        if health.leftAlone.isEmpty, !before.isEmpty {
            logger.notice("the store is no longer left alone", metadata: ["store": "\(store.name)"])
        } else if !health.leftAlone.allSatisfy(before.contains) {
            logger.warning(
                "the store does not answer and is left alone, but for a call now and then",
                metadata: [
                    "store": "\(store.name)", "calls": "\(health.leftAlone.map(\.rawValue).joined(separator: ","))",
                    "why": "\(health.lastFailure?.kind.rawValue ?? "unknown")",
                ])
        }
        return health.leftAlone
    }
}
