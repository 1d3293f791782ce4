import ArgumentParser
import Glibc
import Logging

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the broker.",
        discussion: "Settings come from flags, the environment (SECRET_BROKER_...) and --config, in that order.")

    @OptionGroup var options: SettingOptions
    @Option(help: ArgumentHelp("Written, whole, once the broker answers: its URL and process id.", valueName: "file"))
    var readyFile: String?

    /// Why it does not serve, or not any more, is the log's last line, in the log's format.
    func run() async throws {
        do {
            try await serve()
        } catch let failure as Failure {
            options.log().error("\(failure.sentence)")
            throw ExitCode.failure
        }
    }

    private func serve() async throws {
        let file = readyFile.map(ReadyFile.init)
        try file?.requireWritable()
        // There is nothing to read again: settings are those of the start, and a renewed certificate needs no signal.
        signal(SIGHUP, SIG_IGN)
        for warning in options.warnings { options.log().warning("settings", metadata: ["why": "\(warning)"]) }
        let broker = try await BrokerProcess(options.settings(isNoted: false))
        broker.tellOfNewCatalog()
        try await broker.run { url, _ in
            do {
                try file?.write(url: url)
            } catch let failure {
                options.log().error("\((failure as? Failure)?.sentence ?? "the ready file cannot be written")")
            }
        }
    }
}
