import ArgumentParser
import Broker
import Foundation
import Simulator

struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev", abstract: "Try the broker: the real one, against a simulated cloud on this machine.",
        discussion: "Catalog and cloud are new at each start, and gone at the end.")

    enum Cloud: String, ExpressibleByArgument, CaseIterable {
        case aws
    }

    @Option(help: "The cloud to simulate.") var provider = Cloud.aws
    @Option(help: ArgumentHelp("Address and port.", valueName: "address")) var listen = "127.0.0.1:8480"
    @Option(help: ArgumentHelp("trace, debug, info, notice, warning or error.", valueName: "level"))
    var logLevel = "notice"
    @Option(help: ArgumentHelp("Written, whole, once the broker answers: URL, tokens, team.", valueName: "file"))
    var readyFile: String?

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("secret-broker-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let cloud = try await SimulatedCloud.start(provider)
        let settings = try Settings(
            SettingSource(
                flags: [
                    "STORE": cloud.store, "CATALOG": "sqlite://\(folder.path)/catalog.db", "LISTEN": listen,
                    "LOG_LEVEL": logLevel,
                ], environment: cloud.environment, path: nil))
        try await BrokerProcess(settings).run(beside: [cloud.service]) { url, assembly in
            do {
                try await greet(url, assembly, store: cloud.store)
            } catch let failure {
                Terminal.complain((failure as? Failure)?.sentence ?? "the first tokens cannot be made")
            }
        }
    }

    private func greet(_ url: String, _ assembly: Assembly, store: String) async throws {
        let team = TeamName("research")
        let mint = TokenMint(catalog: assembly.catalog)
        let admin = try await mint.make(TokenRequest(name: "you", role: .admin, scope: Scope(), expires: nil))
        let resolver = try await mint.make(
            TokenRequest(name: "demo-automation", role: .resolver, scope: Scope(team: team), expires: nil))
        let tour = Tour(url: url, admin: admin.text, resolver: resolver.text)
        if let readyFile {
            try ReadyFile(path: readyFile).write(
                url: url,
                more: [
                    ("admin_token", tour.text(admin.text)), ("resolver_token", tour.text(resolver.text)),
                    ("team", "research"), ("store", store),
                ])
        }
        tour.print()
    }
}
