import ArgumentParser
import Broker
import Foundation
import Simulator

struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev", abstract: "Try the broker: the real one, against a simulated cloud on this machine.",
        discussion: "Catalog and cloud are new at each start, and gone at the end.")

    @Option(help: "The cloud to simulate.") var provider = CloudKind.aws
    @Option(help: ArgumentHelp("Address and port.", valueName: "address")) var listen = "127.0.0.1:8480"
    @Option(help: ArgumentHelp("trace, debug, info, notice, warning or error.", valueName: "level"))
    var logLevel = "notice"
    @Option(help: ArgumentHelp("Written, whole, once the broker answers: URL, tokens, team.", valueName: "file"))
    var readyFile: String?

    func run() async throws {
        try readyFile.map(ReadyFile.init)?.requireWritable()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("secret-broker-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let cloud = try await provider.start(clock: SystemTime.now)
        let settings = try Settings(
            SettingSource(
                flags: [
                    "STORE": cloud.storeURI, "CATALOG": "sqlite://\(folder.path)/catalog.db", "LISTEN": listen,
                    "LOG_LEVEL": logLevel,
                ], environment: environment(of: cloud), path: nil))
        try await BrokerProcess(settings, addressOption: "--listen").run(beside: [cloud]) { url, assembly in
            do {
                try await greet(url, assembly, store: cloud.storeURI)
            } catch let failure {
                Terminal.complain((failure as? Failure)?.sentence ?? "the first tokens cannot be made")
            }
        }
    }

    /// The cloud's own environment, and of the process's only what has nothing to do with clouds and stores.
    private func environment(of cloud: any SimulatedCloud) -> [String: String] {
        let foreign = ["AWS_", "GOOGLE_", "AZURE_", "GCE_", "KUBE", "GORILLA_", "SECRET_BROKER_STORE", "HTTPS_PROXY"]
        return ProcessInfo.processInfo.environment.filter { name, _ in
            name != "SECRET_BROKER_TEAM_STORES" && !foreign.contains { name.hasPrefix($0) }
        }.merging(cloud.environment) { _, own in own }
    }

    private func greet(_ url: String, _ assembly: Assembly, store: String) async throws {
        let team = TeamName("research")!
        let mint = TokenMint(catalog: assembly.catalog)
        let admin = try await mint.make(TokenRequest(name: TokenName("you"), grant: .admin(nil), expires: nil))
        let resolver = try await mint.make(
            TokenRequest(name: TokenName("demo-automation"), grant: .resolver(team, secrets: nil), expires: nil))
        let tour = Tour(cloud: provider.name, url: url, admin: admin.text, resolver: resolver.text)
        if let readyFile {
            try ReadyFile(path: readyFile).write(
                url: url,
                more: [
                    ("admin_token", tour.admin.unwipedText), ("resolver_token", tour.resolver.unwipedText),
                    ("team", "research"), ("store", store),
                ])
        }
        tour.print()
    }
}

extension CloudKind: ExpressibleByArgument {}
