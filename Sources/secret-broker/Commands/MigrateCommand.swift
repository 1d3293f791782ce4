import API
import ArgumentParser
import Broker
import Store
import Transport

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Move a team's secrets to another store.",
        discussion: """
            The store is one that is configured (SECRET_BROKER_STORE_<NAME>), here and at every broker that runs on the \
            catalog. From the start the team's new versions go there; then its secrets are moved one by one, each by a \
            write of its own, so that none is without a value at any moment. May be interrupted and run again.
            """)

    @OptionGroup var options: SettingOptions
    @Option(help: "Whose secrets.") var team: String
    @Option(help: ArgumentHelp("The name of the store they go to.", valueName: "store")) var to: String
    @Flag(help: "Only say what would be moved.") var dryRun = false

    func validate() throws { _ = try Typed.team(team) }

    func run() async throws {
        let team = try Typed.team(team)
        let assembly = try await Assembly(options.settings())
        defer {
            assembly.catalog.close()
            assembly.http.shutDown()
        }
        guard let target = StoreName(to).flatMap(assembly.stores.store(named:)) else {
            let names = assembly.stores.all.keys.sorted().map(\.text).joined(separator: ", ")
            throw Failure("there is no store \(to) in the settings: there is \(names)")
        }
        try await requireKnown(team, assembly.catalog)
        for warning in target.warnings { Terminal.note("warning: \(warning.message) (\(warning.code))") }
        let migration = Migration(
            of: team, to: target, among: assembly.stores, secrets: assembly.catalog, assignments: assembly.catalog,
            recovery: assembly.recovery, writer: assembly.services.writer)
        if dryRun { try await tell(migration, team, target) } else { try await move(migration, team, target) }
    }

    /// Of a team that was mistyped nothing would be moved, and that is what a success looks like.
    private func requireKnown(_ team: TeamName, _ catalog: Catalog) async throws {
        let isKnown = try await Failure.fromCatalog { () async throws(CatalogError) in
            try await catalog.isKnown(team)
        }
        guard isKnown else {
            throw Failure("the catalog knows no team \(team), by a secret, webhook or token: see how it is spelled")
        }
    }

    private func tell(_ migration: Migration, _ team: TeamName, _ target: SecretStore) async throws {
        let records = try await Failure.fromCatalog { () async throws(CatalogError) in try await migration.remaining() }
        for record in records {
            Terminal.say("would move \(team)/\(record.name) from \(record.version.store) to \(target.name)")
        }
        let count = records.count.counted("secret of \(team) is", "secrets of \(team) are")
        Terminal.say("\(count) not in \(target.name)")
    }

    private func move(_ migration: Migration, _ team: TeamName, _ target: SecretStore) async throws {
        let shell = Principal.operatorsShell(requestID: "migrate")
        let all = try await Failure.fromCatalog { () async throws(CatalogError) in try await migration.remaining() }
        var progress = Progress(of: all.count)
        var (moved, failed) = (0, 0)
        do throws(Migration.Refusal) {
            try await migration.run(by: Caller(actor: shell, grant: .admin(nil))) { step in
                let record = step.record
                defer { progress.advance() }
                progress.clear()
                if let error = step.error {
                    failed += 1
                    Terminal.note(
                        "not moved: \(team)/\(record.name), still in \(record.version.store): \(reason(error))")
                } else {
                    moved += 1
                    Terminal.say("moved \(team)/\(record.name) from \(record.version.store) to \(target.name)")
                }
            }
        } catch {
            switch error {
            case .storeUnknown(let broker):
                throw Failure(
                    "the broker \(broker) runs on this catalog and has no store \(target.name): give it "
                        + "\(target.name.variable) and start it again, then run this again")
            case .tooLarge(let names, let limit):
                throw Failure(
                    "the store \(target.name) takes values of at most \(limit) bytes, and these are larger, so nothing "
                        + "was moved: \(names.map(\.text).joined(separator: ", "))")
            case .catalog(let error): throw Failure(error)
            }
        }
        progress.clear()
        let count = moved.counted("secret of \(team) is", "secrets of \(team) are")
        Terminal.say("\(count) moved; its new versions go to \(target.name)")
        guard failed == 0 else {
            throw Failure(
                failed.counted(
                    "secret could not be moved and serves from where it is",
                    "secrets could not be moved and serve from where they are") + ": run this again")
        }
    }

    /// The error's code, and of a store's error which call it was and what the store answered.
    private func reason(_ error: BrokerError) -> String {
        guard case .provider(let failure, let store) = error else { return error.code.rawValue }
        return "\(error.code.rawValue) (\(store): \(failure.identifiers()))"
    }
}
