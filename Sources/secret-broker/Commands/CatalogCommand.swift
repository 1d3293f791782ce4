import ArgumentParser
import Broker
import Store

struct CatalogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog", abstract: "Back the catalog up, or move it to PostgreSQL.",
        subcommands: [Backup.self, Copy.self])

    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy the catalog to a new file, while brokers run on it.",
            discussion: """
                `-` is standard output, for a container, of which no file can be had otherwise: keep what comes only if \
                this ends with 0. The copy is made beside the catalog first, where it needs twice the catalog's room \
                for the while (of one in PostgreSQL: in $TMPDIR or /tmp).

                The copy holds no value: those are in the stores. To restore it, end every broker, remove the catalog's \
                -wal and -shm files, put the file in the catalog's place (or copy it to an empty database with `catalog \
                copy`), start a broker, make new tokens and confirm the webhooks again; then run `secret-broker \
                reconcile`, which names the secrets to rotate and lets the restored catalog purge.
                """)

        @OptionGroup var options: SettingOptions
        @Argument(help: "The file to make; - for standard output.") var file: String

        func run() async throws {
            let settings = try options.settings()
            guard file != "-" || !Terminal.isOutput else {
                throw Failure("a backup is not for a terminal: redirect it into a file")
            }
            let catalog = try Assembly.openCatalog(settings)
            defer { catalog.close() }
            if file == "-" {
                let copy = try TransientFile(near: settings.catalog)
                try await copy.afterwardsGone {
                    try await Self.backUp(catalog, to: copy.path)
                    try copy.handOver()
                }
            } else {
                try await Self.backUp(catalog, to: file)
            }
            Terminal.note(
                "backed up to \(file == "-" ? "standard output" : file); tokens and webhook confirmations in it are void "
                    + "until they are renewed")
        }

        private static func backUp(_ catalog: Catalog, to file: String) async throws {
            do throws(BackupError) {
                try await catalog.backUp(to: file)
            } catch {
                switch error {
                case .exists: throw Failure("\(file) exists, and is not overwritten: name another file")
                case .unreadable: throw Failure("this catalog cannot be read: see its disk or server; nothing was kept")
                case .failed: throw Failure("\(file) cannot be written: see its folder and the room on its disk")
                }
            }
        }
    }

    struct Copy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Move the catalog from its file to an empty PostgreSQL database.",
            discussion: """
                End every broker first. The file is sealed: it is not opened any more, so that no broker goes on with it. \
                The copy is one transaction, and its audit log is verified before this says that it is done. May be \
                interrupted and run again. Afterwards set SECRET_BROKER_CATALOG to the new place.
                """)

        @OptionGroup var options: SettingOptions
        @Option(help: ArgumentHelp("postgres://user@host/database, as libpq takes it.", valueName: "uri")) var to:
            String

        func validate() throws { _ = try target() }

        private func target() throws -> PostgreSQLURL {
            guard case .postgreSQL(let url) = CatalogPlace(to) else {
                throw ValidationError("--to is a postgres:// URL")
            }
            return url
        }

        func run() async throws {
            let settings = try options.settings()
            guard case .file(let path) = settings.catalog else {
                throw Failure("this catalog is in PostgreSQL already: copy it with pg_dump and pg_restore")
            }
            let url = try target()
            for warning in url.warnings + SettingOptions.warnings(of: url, in: "--to") {
                Terminal.note("warning: \(warning)")
            }
            let (source, target): (Catalog, Catalog)
            do throws(CatalogOpenError) {
                source = try Catalog.open(path: path, allowing: .none, clock: SystemTime.now, evenSealed: true)
                target = try Catalog.open(
                    url, logger: settings.logFormat.logger(settings.logLevel), clock: SystemTime.now)
            } catch {
                throw Failure(error.sentence)
            }
            defer {
                source.close()
                target.close()
            }
            do throws(MoveError) {
                let head = try await source.move(to: target, at: url.place)
                Terminal.say("copied to \(url.place) and verified: audit head \(head.seq):\(head.hash)")
                Terminal.note("\(path) is sealed: set SECRET_BROKER_CATALOG to the new place")
            } catch {
                throw Failure(error.sentence)
            }
        }
    }
}
