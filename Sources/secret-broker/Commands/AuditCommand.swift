import ArgumentParser
import Broker
import Store

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Export, prune and verify the audit log, from the catalog itself.",
        subcommands: [Export.self, Verify.self])

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the records, the oldest first, one JSON object a line, in W&B's audit field names.",
            discussion: """
                With --prune: print the records of the days that are older than SECRET_BROKER_AUDIT_KEEP (400d), and \
                remove them once the file that they are printed into has them on its disk; a pipe tells nothing of what \
                its reader does with them, and a terminal is refused. The log goes on from the last hash, and `audit verify --file` proves what was \
                printed.
                """)

        @OptionGroup var options: SettingOptions
        @Option(help: "Only this team's.") var team: String?
        @Option(help: "Only those after this number.") var after: Int64?
        @Flag(help: "Only the oldest, which are then removed.") var prune = false

        func validate() throws {
            guard !prune || (team == nil && after == nil) else {
                throw ValidationError("--prune takes the oldest records of all teams, and neither --team nor --after")
            }
            _ = try team.map(Typed.team)
        }

        func run() async throws {
            let settings = try options.settings()
            let team = try team.map { try Typed.team($0) }
            if prune, Terminal.isOutput {
                throw Failure("--prune prints the only copy: redirect it into a file")
            }
            let catalog = try Assembly.openCatalog(settings)
            defer { catalog.close() }
            if prune {
                let isAny = try await AuditPruning(catalog: catalog, keep: settings.auditKeep.duration).run()
                if !isAny { Terminal.note("nothing is older than \(settings.auditKeep.text)") }
            } else {
                try await AuditPages(catalog: catalog, team: team, after: after ?? 0).forEach { entry in
                    try Terminal.handOver(entry.json)
                }
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compute the log's hash chain again.",
            discussion: """
                The broker logs the head of the chain, as "audit head", at intervals. Given one that was kept outside, \
                this also finds records that were cut off at the end. With --file it proves what is sealed, all days \
                but the last one, and with --head the rest.
                """)

        @OptionGroup var options: SettingOptions
        @Option(help: ArgumentHelp("A head that was logged.", valueName: "seq:hash")) var head: String?
        @Option(help: ArgumentHelp("Verify what `export` printed, in place of the log.")) var file: String?

        func validate() throws { _ = try head.map(Self.auditHead) }

        func run() async throws {
            let kept = try head.map(Self.auditHead)
            let catalog = try Assembly.openCatalog(options.settings())
            defer { catalog.close() }
            let verdict: AuditVerdict
            if let file {
                let segments = try await Failure.fromCatalog { () async throws(CatalogError) in
                    try await catalog.auditSegments()
                }
                verdict = try ExportedAudit(path: file).verify(against: segments.map(\.end) + [kept].compactMap(\.self))
            } else {
                verdict = try await Failure.fromCatalog { () async throws(CatalogError) in
                    try await catalog.verifyAudit(against: kept)
                }
            }
            switch verdict {
            case .intact(let count, let head): Terminal.say("intact: \(count) records, head \(head.seq):\(head.hash)")
            case .changed(let seq): throw Failure("record \(seq) of the audit log was changed")
            case .missing(let seq): throw Failure("record \(seq) of the audit log is missing")
            case .reordered(let seq): throw Failure("record \(seq) of the audit log is not in its place")
            case .tailLost(let expected):
                throw Failure("the end of the audit log is missing: it should reach record \(expected.seq)")
            }
        }

        private static func auditHead(_ text: String) throws -> AuditHead {
            let parts = text.split(separator: ":")
            guard parts.count == 2, let seq = Int64(parts[0]), parts[1].count == 64 else {
                throw ValidationError("--head is a record's number, a colon and its hash, as the broker logged them")
            }
            return AuditHead(seq: seq, hash: String(parts[1]))
        }
    }
}
