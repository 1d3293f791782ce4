import Broker
import Glibc
import Providers
import Yams

/// Where settings come from: flags beat the environment, and the environment beats the file. All are text here;
/// `Settings` decides what they mean.
struct SettingSource {
    static let prefix = "SECRET_BROKER_"

    let flags: [String: String]
    let environment: [String: String]
    /// The settings in the file, by the names that they have in the environment.
    private let file: [String: String]

    /// - Parameter path: the path of a YAML file, with the environment's names in lower case and without their prefix,
    ///   and with `stores` and `team_stores` as maps.
    init(flags: [String: String], environment: [String: String], path: String?) throws {
        self.flags = flags
        self.environment = environment
        file = try path.map(Self.read) ?? [:]
    }

    subscript(name: String) -> String? {
        flags[name] ?? environment[Self.prefix + name].flatMap { $0.isEmpty ? nil : $0 } ?? file[name]
    }

    /// All names that begin with `prefix`, without it.
    func names(beginning prefix: String) -> Set<String> {
        let names = environment.keys.filter { $0.hasPrefix(Self.prefix) }.map {
            String($0.dropFirst(Self.prefix.count))
        }
        return Set((names + file.keys).filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) })
    }

    /// The names of all settings, except for named stores' and the token that the commands take.
    static let names: Set<String> = [
        "STORE", "TEAM_STORES", "CATALOG", "LISTEN", "INSECURE_LISTEN", "TLS_CERT", "TLS_KEY", "CACHE_TTL",
        "CACHE_MAX_STALE", "LOG_LEVEL", "LOG_FORMAT", "AUDIT_KEEP", "URL", "RELAY_ALLOW", "RELAY_PROXY",
    ]

    private static func read(_ path: String) throws -> [String: String] {
        guard let text = try? TextFile.read(path) else {
            throw Failure("the configuration file \(path) cannot be read: see that it is there and may be read")
        }
        guard let root = try? Yams.compose(yaml: text), let mapping = root.mapping else {
            throw Failure("the configuration file \(path) is not a YAML map of settings")
        }
        var settings: [String: String] = [:]
        var faults: [String] = []
        for (key, value) in mapping {
            let name = key.string?.uppercased() ?? ""
            switch (name, value) {
            case ("STORES", .mapping(let stores)):
                for (store, uri) in stores {
                    let name = store.string ?? ""
                    if let text = uri.scalar?.string {
                        settings["STORE_" + name.uppercased()] = text
                    } else {
                        faults.append("stores.\(name) in \(path) is not a store URI")
                    }
                }
            case ("TEAM_STORES", .mapping(let teams)):
                settings[name] = teams.map { "\($0.key.string ?? "")=\($0.value.string ?? "")" }.joined(separator: ",")
            case (let name, .scalar(let scalar)) where names.contains(name): settings[name] = scalar.string
            default: faults.append("\(key.string ?? "?") in \(path) is not a setting, or not of this form")
            }
        }
        guard faults.isEmpty else { throw Failure(faults.joined(separator: "; ")) }
        return settings
    }
}
