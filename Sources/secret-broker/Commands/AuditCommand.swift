import ArgumentParser
import Broker
import Store

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Export and verify the audit log, from the catalog itself.",
        subcommands: [Export.self, Verify.self])

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the records, the oldest first, one JSON object a line, in W&B's audit field names.")

        @OptionGroup var options: SettingOptions
        @Option(help: "Only this team's.") var team: String?
        @Option(help: "Only those after this number.") var after: Int64 = 0

        func run() async throws {
            let team = try team.map { try Typed.team($0) }
            let catalog = try Assembly.openCatalog(options.settings())
            defer { catalog.close() }
            var last = after
            while true {
                let page = try await Failure.fromCatalog { [last] () async throws(CatalogError) in
                    try await catalog.auditRecords(team: team, after: last, limit: 1000)
                }
                guard let end = page.last else { return }
                for entry in page { Terminal.say(entry.json) }
                last = end.seq
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compute the log's hash chain again.",
            discussion: """
                The broker logs the head of the chain, as "audit head", at intervals. Given one that was kept outside, \
                this also finds records that were cut off at the end.
                """)

        @OptionGroup var options: SettingOptions
        @Option(help: ArgumentHelp("A head that was logged.", valueName: "seq:hash")) var head: String?

        func run() async throws {
            let anchor = try head.map(Self.anchor)
            let catalog = try Assembly.openCatalog(options.settings())
            defer { catalog.close() }
            let verdict = try await Failure.fromCatalog { () async throws(CatalogError) in
                try await catalog.verifyAudit(anchor: anchor)
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

        private static func anchor(_ text: String) throws -> AuditHead {
            let parts = text.split(separator: ":")
            guard parts.count == 2, let seq = Int64(parts[0]), parts[1].count == 64 else {
                throw ValidationError("--head is a record's number, a colon and its hash, as the broker logged them")
            }
            return AuditHead(seq: seq, hash: String(parts[1]))
        }
    }
}
