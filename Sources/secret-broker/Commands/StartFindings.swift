import Broker
import Store

/// What would stop a start before any store is asked, and what it would warn of. Only looks.
struct StartFindings {
    let settings: Settings
    let stores: Stores
    /// Of the settings, and of how they were given.
    let warnings: [String]

    func findings() -> [Finding] {
        warnings.map { Finding(.warning, code: "settings", message: $0) } + [catalog, disk, tls].compactMap(\.self)
    }

    private var catalog: Finding {
        let place = settings.catalog.text
        let identities = stores.all.mapValues(\.identity)
        func finding(_ severity: Finding.Severity, _ message: String, code: String = "catalog") -> Finding {
            Finding(severity, code: code, message: message)
        }
        return switch Catalog.outlook(of: settings.catalog, stores: identities, at: SystemTime.now()) {
        case .toBeMade: finding(.good, "there is no catalog at \(place) yet: the first start will make it")
        case .toBeMigrated(let schema, let known):
            finding(.good, "the catalog \(place) has schema \(schema): the start will bring it to \(known)")
        case .sound: finding(.good, "the catalog \(place) is sound, and its stores are as they are configured")
        case .notOpened(let error): finding(.failure, error.sentence)
        case .mismatched(let mismatch): finding(.failure, mismatch.sentence, code: "stores")
        }
    }

    /// Nil where the catalog's disk has room, or is not this machine's.
    private var disk: Finding? {
        guard let space = Catalog.space(of: settings.catalog) else { return nil }
        if space.missing > 0 {
            return Finding(
                .failure, code: "disk",
                message: "the disk of the catalog is full, or so nearly that it cannot be relied upon: "
                    + "free \(space.missing.mebibytes) MiB or enlarge it")
        }
        guard space.isScarce else { return nil }
        return Finding(
            .warning, code: "disk",
            message: "the disk of the catalog is nearly full, \(space.free >> 20) MiB are left: "
                + "free room or enlarge it, or prune the audit log")
    }

    /// Nil where the broker does no TLS.
    private var tls: Finding? {
        settings.tls.map { tls in
            do throws(Failure) {
                return finding(try TLSFiles(certificate: tls.certificate, key: tls.key).expires, of: tls.certificate)
            } catch {
                return Finding(.failure, code: "tls", message: error.sentence)
            }
        }
    }

    private func finding(_ end: Timestamp, of certificate: String) -> Finding {
        switch CertificateAge(until: end, at: SystemTime.now()) {
        case .good:
            Finding(
                .good, code: "tls",
                message: "the TLS certificate \(certificate) and its key can be used until \(end.rfc3339)")
        case .ending:
            Finding(
                .warning, code: "tls_ends",
                message: "the TLS certificate \(certificate) ends at \(end.rfc3339), in less than 14 days: renew it")
        case .ended:
            Finding(
                .failure, code: "tls_ended",
                message: "the TLS certificate \(certificate) ended at \(end.rfc3339), and clients refuse it: renew it")
        }
    }
}
