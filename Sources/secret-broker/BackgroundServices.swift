import Broker
import Logging
import NIOCore
import ServiceLifecycle
import Store

/// Finishes what writes leave behind.
struct RecoveryService: Service {
    let recovery: Recovery
    let logger: Logger

    func run() async {
        await cancelWhenGracefulShutdown {
            await recovery.run { result in
                switch result {
                case .success(let report):
                    logger.info(
                        "journal",
                        metadata: [
                            "expired": "\(report.expired)", "purged": "\(report.purged)", "failed": "\(report.failed)",
                            "held": "\(report.held)",
                        ])
                case .failure(let error):
                    logger.error("the catalog cannot be used", metadata: ["why": "\(error)"])
                }
            }
        }
    }
}

/// Wipes values whose age is over.
struct WipingService: Service {
    let values: Values

    func run() async {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: .seconds(5))) != nil { await values.wipeExpired() }
        }
    }
}

/// Says in the catalog that this broker is alive and which stores it has, for `migrate`. Ends with the broker.
struct PresenceService: Service {
    private static let interval = Duration.seconds(10)
    static let lease = Duration.seconds(30)

    let broker: String
    let catalog: SQLiteCatalog
    let stores: [StoreName]
    let logger: Logger

    func run() async {
        await cancelWhenGracefulShutdown {
            repeat { await announce() } while (try? await Task.sleep(for: Self.interval)) != nil
        }
        try? await catalog.withdraw(broker)
    }

    private func announce() async {
        do throws(CatalogError) {
            try await catalog.announce(broker, stores: stores, lease: Self.lease)
        } catch {
            logger.error("the catalog cannot be used", metadata: ["why": "\(error)"])
        }
    }
}

/// Logs the audit log's head at intervals and at the end. Whoever keeps the logs elsewhere can tell with
/// `audit verify --head` that nothing was cut off.
struct AuditAnchorService: Service {
    let catalog: SQLiteCatalog
    let logger: Logger

    func run() async {
        let last = await cancelWhenGracefulShutdown {
            var last: AuditHead?
            repeat { last = await anchor(after: last) } while (try? await Task.sleep(for: .seconds(60))) != nil
            return last
        }
        _ = await anchor(after: last)
    }

    private func anchor(after last: AuditHead?) async -> AuditHead? {
        guard let head = try? await catalog.auditHead(), head != last else { return last }
        logger.info("audit head", metadata: ["seq": "\(head.seq)", "hash": "\(head.hash)"])
        return head
    }
}
