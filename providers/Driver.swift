package import Broker
package import Transport

/// A kind of store that the broker can open. One line of `Registry` adds it.
package protocol Driver: Provider {
    /// The provider's name in answers and metrics: `aws`.
    static var kind: String { get }

    /// The schemes that its store URIs begin with. The first is the recommended one.
    static var schemes: [String] { get }

    /// Reads the settings and makes the store. Makes no call: whether a store works is for `check` to find out.
    ///
    /// - Throws: every fault of the settings at once.
    static func open(
        _ uri: StoreURI, as name: StoreName, in surroundings: Surroundings
    ) throws(StoreSettingError) -> SecretStore
}

/// What a driver gets from the process it runs in.
package struct Surroundings: Sendable {
    package let environment: [String: String]
    package let http: HTTPClient
    package let now: @Sendable () -> Timestamp

    package init(environment: [String: String], http: HTTPClient, now: @escaping @Sendable () -> Timestamp) {
        self.environment = environment
        self.http = http
        self.now = now
    }
}

/// Why a store cannot be opened with its settings.
package struct StoreSettingError: Error, Sendable, Equatable {
    package let store: StoreName
    /// One clause each: which setting, what is wrong with it, what to do.
    package let faults: [String]

    package init(_ store: StoreName, faults: [String]) {
        self.store = store
        self.faults = faults
    }
}

/// The query of a store URI, with each key at most once and no key that the driver does not know.
struct StoreParameters {
    private var values: [String: String] = [:]

    init(_ uri: StoreURI, known: [String], faults: inout [String]) {
        for parameter in uri.query {
            if !known.contains(parameter.key) {
                let setting = Self.isWord(parameter.key) ? "the setting \(parameter.key)" : "a setting"
                faults.append(
                    "the store URI has \(setting), which \(uri.scheme) does not know: it takes"
                        + " \(known.joined(separator: ", "))")
            } else if values.updateValue(parameter.value, forKey: parameter.key) != nil {
                faults.append("\(parameter.key) is set twice in the store URI: keep one")
            }
        }
    }

    /// What may be repeated: the shape of a setting's name, and not that of a credential in its place.
    private static func isWord(_ key: String) -> Bool {
        key.utf8.count <= 20 && key.utf8.allSatisfy { $0.isLowercaseLetter || "_-".utf8.contains($0) }
    }

    /// Nil as well for one that is set to nothing.
    subscript(key: String) -> String? {
        values[key].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The namespace, where the URI's host is one. W&B's own form has it twice, in the host and in the query.
    func namespace(of uri: StoreURI, faults: inout [String]) -> String {
        let namespace = self["namespace"] ?? uri.host
        if !uri.host.isEmpty && namespace != uri.host {
            faults.append("namespace and the store URI's host differ: write the same namespace in both")
        }
        return namespace
    }
}

/// Reads a variable that is on or off. Absent and empty mean off; anything else but `true` or `false` is a fault.
func flag(_ variable: String, in environment: [String: String], faults: inout [String]) -> Bool {
    switch (environment[variable] ?? "").lowercased() {
    case "", "false": return false
    case "true": return true
    default:
        faults.append("\(variable) is neither true nor false: set one of them, or unset it")
        return false
    }
}
