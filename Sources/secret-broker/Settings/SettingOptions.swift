import ArgumentParser
import Foundation
import Logging
import Store

/// The flags that stand for settings, for every command that reads settings.
struct SettingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A YAML file of settings.", valueName: "file"))
    var config: String?
    @Option(help: ArgumentHelp("The default store's URI (SECRET_BROKER_STORE).", valueName: "uri"))
    var store: String?
    @Option(help: ArgumentHelp("The catalog, sqlite:///path (SECRET_BROKER_CATALOG).", valueName: "uri"))
    var catalog: String?
    @Option(help: ArgumentHelp("Address and port (SECRET_BROKER_LISTEN).", valueName: "address"))
    var listen: String?
    @Option(help: ArgumentHelp("PEM file of the certificate chain (SECRET_BROKER_TLS_CERT).", valueName: "file"))
    var tlsCert: String?
    @Option(help: ArgumentHelp("PEM file of the private key (SECRET_BROKER_TLS_KEY).", valueName: "file"))
    var tlsKey: String?
    @Option(help: ArgumentHelp("How long a fetched value is kept (SECRET_BROKER_CACHE_TTL).", valueName: "duration"))
    var cacheTtl: String?
    @Option(
        help: ArgumentHelp(
            "How much longer it may serve while the store is down (SECRET_BROKER_CACHE_MAX_STALE).",
            valueName: "duration"))
    var cacheMaxStale: String?
    @Option(help: ArgumentHelp("trace, debug, info, notice, warning or error.", valueName: "level"))
    var logLevel: String?

    /// What is wrong with where settings were given.
    var warnings: [String] {
        guard let catalog, case .postgreSQL(let url)? = CatalogPlace(catalog) else { return [] }
        return Self.warnings(of: url, in: "--catalog")
    }

    static func warnings(of url: PostgreSQLURL, in option: String) -> [String] {
        guard url.hasPassword else { return [] }
        return [
            "the password in \(option) can be seen by everybody on this machine, in the list of processes: "
                + "set PGPASSWORD, or PGPASSFILE and a file such as ~/.pgpass, instead"
        ]
    }

    /// - Parameter isNoted: whether standard error gets the warnings, and is told of settings without effect; otherwise
    ///   a broker's log has them, or what `check` finds.
    func settings(_ changes: [String: String] = [:], isNoted: Bool = true) throws -> Settings {
        func note(_ warnings: [String]) {
            if isNoted { for warning in warnings { Terminal.note("warning: \(warning)") } }
        }
        note(warnings)
        var flags = [
            "STORE": store, "CATALOG": catalog, "LISTEN": listen, "TLS_CERT": tlsCert, "TLS_KEY": tlsKey,
            "CACHE_TTL": cacheTtl, "CACHE_MAX_STALE": cacheMaxStale, "LOG_LEVEL": logLevel,
        ].compactMapValues { $0 }
        flags.merge(changes) { chosen, _ in chosen }
        let settings = try Settings(source(flags, path: config))
        note(settings.withoutEffect)
        return settings
    }

    /// The log, for what is wrong with the settings themselves: in the format that they ask for, as far as they can be
    /// read.
    func log() -> Logger {
        let source = (try? source([:], path: config)) ?? (try? source([:], path: nil))
        return (source?["LOG_FORMAT"].flatMap(LogFormat.init(rawValue:)) ?? .text).logger(.info)
    }

    private func source(_ flags: [String: String], path: String?) throws -> SettingSource {
        try SettingSource(flags: flags, environment: ProcessInfo.processInfo.environment, path: path)
    }
}
