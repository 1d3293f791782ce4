import Broker
import CPostgreSQL
import Foundation

/// Where a catalog in PostgreSQL is: a URL as libpq takes it, with what it does not say set to what is safe.
package struct PostgreSQLURL: Sendable, Hashable {
    /// What libpq connects by, in its order; the password, where there is one, among it.
    let parameters: [String: String]
    /// Where it is, for messages: without user and password.
    package let place: String
    /// What its operator should know.
    package let warnings: [String]
    /// Whether the URL itself holds one.
    package let hasPassword: Bool

    /// Nil: it is no URL that libpq understands.
    ///
    /// - Parameter environment: libpq takes from it what the URL does not say.
    package init?(_ text: String, environment: [String: String] = ProcessInfo.processInfo.environment) {
        guard text.hasPrefix("postgres://") || text.hasPrefix("postgresql://"),
            var parameters = Self.parse(text)
        else { return nil }
        // An empty one is as good as none.
        let environment = environment.filter { !$0.value.isEmpty }
        hasPassword = parameters["password"] != nil
        func told(_ name: String, _ variable: String) -> String? { parameters[name] ?? environment[variable] }
        func list(_ text: String?) -> [String] { (text ?? "").split(separator: ",").map(String.init) }
        let (names, addresses) = (list(told("host", "PGHOST")), list(told("hostaddr", "PGHOSTADDR")))
        let hosts = names.isEmpty ? addresses : names
        // What a service's file says is not looked up here.
        let isNear =
            told("service", "PGSERVICE") == nil
            && (names + addresses).allSatisfy {
                $0.hasPrefix("/") || LoopbackHost.isOne($0)
            }
        // Only a server that can be written may answer: of several hosts, the one that is primary now.
        let defaults = [
            "target_session_attrs": "read-write",
            "sslmode": environment["PGSSLMODE"] ?? (isNear ? "prefer" : "verify-full"),
            "connect_timeout": "3", "tcp_user_timeout": "5000", "application_name": "secret-broker",
        ]
        parameters.merge(defaults) { own, _ in own }
        // Without an end, or with a late one, a thread would wait for a host that answers nothing.
        if !(1...10).contains(Int(parameters["connect_timeout"] ?? "") ?? 0) { parameters["connect_timeout"] = "10" }
        self.parameters = parameters
        // One port for all hosts, or one for each.
        let ports = (parameters["port"] ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let places = hosts.enumerated().map { index, host in
            let port = ports.count == 1 ? ports[0] : index < ports.count ? ports[index] : ""
            return port.isEmpty ? host : "\(host):\(port)"
        }
        place = "postgres://\(places.joined(separator: ","))/\(parameters["dbname"] ?? "")"
        let isVerified = isNear || parameters["sslmode"] == "verify-full"
        warnings =
            isVerified
            ? []
            : [
                "the catalog is connected to with sslmode=\(parameters["sslmode"] ?? ""); who answers in the "
                    + "database's place is not found out: use verify-full with sslrootcert"
            ]
    }

    private static func parse(_ text: String) -> [String: String]? {
        guard let options = unsafe PQconninfoParse(text, nil) else { return nil }
        defer { unsafe PQconninfoFree(options) }
        var parameters: [String: String] = [:]
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                unsafe parameters[String(cString: keyword)] = String(cString: value)
            }
            unsafe option += 1
        }
        return parameters
    }
}
