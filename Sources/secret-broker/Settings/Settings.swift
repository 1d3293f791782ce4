import API
import Broker
import Glibc
import Logging
import Store
import Transport

/// Everything that an operator can set, read once. What is absent has its default; what is malformed stops the start,
/// and all faults are reported together.
struct Settings {
    struct Listen: Equatable {
        var host: String
        var port: Int

        var isLoopback: Bool { LoopbackHost.isOne(host) }
        var urlHost: String { host.contains(":") ? "[\(host)]" : host }
    }

    /// The stores' URIs: the default store's first, then the others by name.
    let stores: [(name: StoreName, uri: String)]
    let teamStores: [TeamName: StoreName]
    let catalog: CatalogPlace
    let listen: Listen
    /// `SECRET_BROKER_INSECURE_LISTEN`: something in front of the broker does TLS.
    let isBehindProxy: Bool
    let tls: (certificate: String, key: String)?
    let values: Values.Settings
    /// How long the records of a sealed segment of the audit log stay before they may be pruned, and how that is written.
    let auditKeep: (text: String, duration: Duration)
    let logLevel: Logger.Level
    let logFormat: LogFormat
    let relay: RelaySettings
    /// The URL under which others reach this broker: `SECRET_BROKER_URL`.
    let publicURL: String?
    let environment: [String: String]
    /// The settings that this version does not know, each as a warning.
    let withoutEffect: [String]
    /// What is to be known of the others.
    private let ofOthers: [String]
    var warnings: [String] { withoutEffect + ofOthers }

    /// - Throws: `Failure` with every fault.
    init(_ source: SettingSource) throws {
        var faults: [String] = []
        func parse<Value>(_ name: String, _ wanted: String, _ read: (String) -> Value?, _ absent: Value) -> Value {
            guard let text = source[name] else { return absent }
            if let value = read(text) { return value }
            faults.append("\(SettingSource.prefix)\(name) must be \(wanted)")
            return absent
        }
        environment = source.environment
        listen = parse("LISTEN", "an address and port, such as 127.0.0.1:8480", Listen.init, Listen("127.0.0.1:8480")!)
        let lifetime = parse("CACHE_TTL", "a duration such as 5m, or 0", { Duration($0) }, .seconds(300))
        let stale = parse("CACHE_MAX_STALE", "a duration such as 1h, or 0", { Duration($0) }, .seconds(3600))
        values = Values.Settings(lifetime: lifetime, maximumStaleness: stale)
        auditKeep = parse(
            "AUDIT_KEEP", "a duration such as 400d", { text in Duration(text).map { (text, $0) } },
            ("400d", .seconds(400 * 86_400)))
        logLevel = parse(
            "LOG_LEVEL", "one of trace, debug, info, notice, warning, error", Logger.Level.init(rawValue:), .info)
        logFormat = parse("LOG_FORMAT", "text or json", LogFormat.init(rawValue:), .text)
        catalog = parse(
            "CATALOG", "sqlite:// and an absolute path, or a postgres:// URL", CatalogPlace.init,
            .file(path: "/var/lib/secret-broker/catalog.db"))
        isBehindProxy = parse("INSECURE_LISTEN", "true or false", Bool.init, false)
        tls = Self.tls(source, &faults)
        let rules = parse(
            "RELAY_ALLOW", "hosts, addresses and CIDR ranges with commas between", AddressRules.init(allowing:),
            AddressRules())
        let proxy = parse(
            "RELAY_PROXY", "http://host:port or https://host:port", { RelaySettings.proxy($0).map(Optional.some) }, nil)
        relay = RelaySettings(rules: rules, proxy: proxy)
        publicURL = parse("URL", "an http or https URL, such as https://broker.example", { Self.baseURL($0) }, nil)
        if !listen.isLoopback, tls == nil, !isBehindProxy {
            faults.append(
                "SECRET_BROKER_LISTEN is not a loopback address: set SECRET_BROKER_TLS_CERT and SECRET_BROKER_TLS_KEY, "
                    + "or SECRET_BROKER_INSECURE_LISTEN=true where something in front of the broker does TLS")
        }
        stores = Self.stores(source, &faults)
        teamStores = Self.teamStores(source, stores.map(\.name), &faults)
        #if !FaultInjection
        if source.environment.keys.contains(where: { $0.hasPrefix("SECRET_BROKER_FAULT_") }) {
            faults.append("SECRET_BROKER_FAULT_ settings are for test builds: take them away")
        }
        #endif
        withoutEffect = Self.withoutEffect(source)
        ofOthers = relay.warnings + catalog.warnings
        guard faults.isEmpty else { throw Failure(faults.joined(separator: "; ")) }
    }

    /// The URL without the slashes at its end; nil if it is none.
    private static func baseURL(_ text: String) -> String?? {
        guard text.hasPrefix("https://") || text.hasPrefix("http://"),
            text.utf8.allSatisfy({ $0.isVisible && !"\"<>\\".utf8.contains($0) })
        else { return nil }
        return String(text.reversed().drop { $0 == "/" }.reversed())
    }

    private static func tls(_ source: SettingSource, _ faults: inout [String]) -> (certificate: String, key: String)? {
        switch (source["TLS_CERT"], source["TLS_KEY"]) {
        case (nil, nil): return nil
        case (let certificate?, let key?): return (certificate, key)
        case (.some, nil), (nil, .some):
            faults.append("SECRET_BROKER_TLS_CERT and SECRET_BROKER_TLS_KEY are set together or not at all")
            return nil
        }
    }

    /// The stores' URIs. The default store's setting may also have W&B Server's name.
    private static func stores(_ source: SettingSource, _ faults: inout [String]) -> [(name: StoreName, uri: String)] {
        var stores: [(name: StoreName, uri: String)] = []
        if let uri = source["STORE"] ?? source.environment["GORILLA_CUSTOMER_SECRET_STORE_SOURCE"], !uri.isEmpty {
            stores.append((.default, uri))
        }
        for suffix in source.names(beginning: "STORE_").sorted() {
            guard let uri = source["STORE_" + suffix] else { continue }
            guard let name = StoreName(suffix.lowercased().replacing("_", with: "-")), name != .default else {
                faults.append(
                    "SECRET_BROKER_STORE_\(suffix) does not end in a store's name: "
                        + "write it with letters, digits and _, and not DEFAULT")
                continue
            }
            stores.append((name, uri))
        }
        return stores
    }

    private static func teamStores(
        _ source: SettingSource, _ known: [StoreName], _ faults: inout [String]
    ) -> [TeamName: StoreName] {
        var teams: [TeamName: StoreName] = [:]
        for pair in (source["TEAM_STORES"] ?? "").split(separator: ",") {
            let parts = pair.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let team = TeamName(parts[0]), let store = StoreName(parts[1]),
                known.contains(store), teams.updateValue(store, forKey: team) == nil
            else {
                faults.append(
                    "SECRET_BROKER_TEAM_STORES must be team=store,team=store, each team once, each store configured")
                continue
            }
        }
        return teams
    }

    /// The settings that this version does not know. Kubernetes sets variables of its own for a Service called
    /// secret-broker, which do not count.
    static func withoutEffect(_ source: SettingSource) -> [String] {
        source.names(beginning: "").filter { name in
            !SettingSource.names.contains(name) && name != "TOKEN" && !name.hasPrefix("STORE_")
                && !name.hasPrefix("FAULT_") && !name.hasPrefix("SERVICE_") && !name.hasPrefix("PORT")
        }.sorted().map { "SECRET_BROKER_\($0) is not a setting of this version and has no effect" }
    }
}

extension Settings.Listen {
    /// Reads `127.0.0.1:8480` or `[::1]:8480`.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, !host.contains("[") else { return nil }
        self.init(host: String(host), port: port)
    }
}
