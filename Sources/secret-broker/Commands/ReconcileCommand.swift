import ArgumentParser
import Broker
import Store
import Transport

struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile", abstract: "Finish what interrupted writes left behind, and report drift.",
        discussion: "May run beside a broker: it waits for the writes under way, and disturbs none.")

    @OptionGroup var options: SettingOptions
    @Flag(help: "Only say what there is to do.") var dryRun = false

    func run() async throws {
        let assembly = try await Assembly(options.settings())
        defer {
            assembly.catalog.close()
            assembly.http.shutDown()
        }
        try await takeOver(assembly.catalog)
        let last = dryRun ? Recovery.Report() : try await finish(assembly)
        let depth = try await Failure.fromCatalog { () async throws(CatalogError) in
            try await assembly.catalog.journalDepth()
        }
        Terminal.say(
            "journal: \(depth.writing) under way, \(depth.purging) to purge, \(depth.repeating) to purge once more, "
                + "\(depth.held) held by their store")
        for failure in last.failures {
            Terminal.say("not purged: \(failure.store) \(failure.reference): \(failure.error.identifiers())")
        }
        let (changed, superseded, unread) = try await reportDrift(assembly)
        guard last.failed == 0 else {
            throw Failure(
                last.failed.counted("object", "objects")
                    + " could not be purged; the broker goes on trying: see what the store answered")
        }
        guard changed == 0 else {
            throw Failure(
                changed.counted("secret was", "secrets were") + " changed in the store: rotate what `secret list` marks"
                    + (superseded == 0 ? "" : ", but adopt again what is said to be adopted"))
        }
        guard superseded == 0 else {
            throw Failure(
                superseded.counted("adopted secret has", "adopted secrets have")
                    + " a newer version in the store: adopt \(superseded == 1 ? "it" : "each") again")
        }
        guard unread == 0 else {
            throw Failure(unread.counted("secret", "secrets") + " could not be looked at: see to the store")
        }
    }

    /// Lets a restored catalog purge: before that, it purges nothing.
    private func takeOver(_ catalog: Catalog) async throws {
        let backedUp = try await Failure.fromCatalog { () async throws(CatalogError) in
            try await catalog.restoredBackup()
        }
        guard let backedUp else { return }
        Terminal.note(
            "this catalog was restored from a backup of \(backedUp.rfc3339); of objects that were made since then it "
                + "knows nothing, and they stay in their store: look there for what no secret names")
        guard !dryRun else { return Terminal.note("it purges nothing until `reconcile` runs without --dry-run") }
        try await Failure.fromCatalog { () async throws(CatalogError) in try await catalog.takeOver() }
    }

    private func finish(_ assembly: Assembly) async throws -> Recovery.Report {
        try await Failure.fromCatalog { () async throws(CatalogError) in
            try await assembly.recovery.finish { report in
                Terminal.say(
                    report.expired.counted("interrupted write", "interrupted writes") + " ended, "
                        + report.purged.counted("object", "objects") + " purged, "
                        + "\(report.failed) not yet")
            }
        }
    }

    /// - Returns: how many secrets are mended by a rotation, how many by adopting them again, and how many could not be
    ///   looked at.
    private func reportDrift(_ assembly: Assembly) async throws -> (changed: Int, superseded: Int, unread: Int) {
        var counts = (changed: 0, superseded: 0, unread: 0)
        try await Failure.fromCatalog { () async throws(CatalogError) in
            let search = DriftSearch(assembly.catalog, assembly.stores, log: dryRun ? nil : assembly.catalog)
            try await search.run { record, finding in
                let secret = "\(record.team)/\(record.name) version \(record.version.id)"
                switch finding {
                case .drifted(.superseded) where !record.version.isOwned:
                    counts.superseded += 1
                    Terminal.say("drift: \(secret): superseded, adopted from \(record.version.reference)")
                case .drifted(let drift):
                    counts.changed += 1
                    Terminal.say("drift: \(secret): \(drift.rawValue)")
                case .unread(let kind):
                    counts.unread += 1
                    Terminal.say("not read: \(secret): \(kind.rawValue)")
                }
            }
        }
        return counts
    }
}
