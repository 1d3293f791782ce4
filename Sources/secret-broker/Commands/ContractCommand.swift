import ArgumentParser
import Broker
import Providers
import Transport
import WireJSON

struct ContractCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contract", abstract: "Run the driver contract against a live store.",
        discussion: """
            Creates, reads and deletes some sixty secrets of its own, named ...-secret-broker-contract-..., and some of \
            odd names, and touches no other. Writes a dated report, as Markdown and as JSON, that holds no value. Exit \
            code 1 if a sentence of the contract does not hold.
            """)

    @OptionGroup var options: SettingOptions
    @Option(help: ArgumentHelp("Where the reports go, without .md and .json.", valueName: "path")) var report: String?

    func run() async throws {
        let settings = try options.settings()
        let http = try HTTPClient(.fromEnvironment(settings.environment))
        defer { http.shutDown() }
        let store = try Stores.open(settings, http).default
        let date = SystemTime.now()
        let path = self.report ?? "contract-\(store.kind)-\(date.rfc3339.prefix(10))"
        let (markdown, json) = ("\(path).md", "\(path).json")
        for file in [markdown, json] { try TextFile.requireWritable(file) }
        var results: [ContractCase.Result] = []
        for sentence in DriverContract.cases {
            let result = await sentence.run(on: store)
            results.append(result)
            let outcome = result.broken.map { "BROKEN: \($0.sentence)" } ?? "holds"
            Terminal.say("the driver \(result.sentence): \(outcome)")
        }
        let report = ContractReport(store: store, date: date, version: Version.text, results: results)
        try TextFile.replace(markdown, with: report.markdown)
        try TextFile.replace(json, with: report.json.text + "\n")
        Terminal.note("written: \(markdown) and \(json)")
        guard report.isKept else { throw Failure("the contract does not hold on this store: see \(markdown)") }
    }
}
