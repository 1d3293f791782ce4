import ArgumentParser
import Store

struct CatalogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog", abstract: "Back the catalog up.", subcommands: [Backup.self])

    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy the catalog to a new file, while brokers run on it.",
            discussion: """
                The copy holds no value: those are in the stores. To restore it, end every broker, put the file in the \
                catalog's place, start a broker, make new tokens and confirm the webhooks again; then run `secret-broker \
                reconcile`, which names the secrets to rotate and lets the restored catalog purge.
                """)

        @OptionGroup var options: SettingOptions
        @Argument(help: "The file to make.") var file: String

        func run() async throws {
            let catalog = try Assembly.openCatalog(options.settings())
            defer { catalog.close() }
            do throws(BackupError) {
                try catalog.backUp(to: file)
            } catch {
                switch error {
                case .exists: throw Failure("\(file) exists, and is not overwritten: name another file")
                case .failed: throw Failure("\(file) cannot be written: see its folder and the room on its disk")
                }
            }
            Terminal.note(
                "backed up to \(file); tokens and webhook confirmations in it are void until they are renewed")
        }
    }
}
