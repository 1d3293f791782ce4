import Broker
import CPostgreSQL
import Foundation

/// Where a catalog in PostgreSQL is: a URL as libpq takes it, with safe settings for what it does not say.
package struct PostgreSQLURL: Sendable, Hashable {
    /// What libpq connects with, including the password, where there is one.
    let parameters: [String: String]
    /// The place for messages, without user and password.
    package let place: String
    /// What the catalog's operator should know.
    package let warnings: [String]
    /// Whether the URL itself holds one.
    package let hasPassword: Bool

    /// Nil if the text is no URL that libpq understands.
    ///
    /// - Parameter environment: the variables from which libpq takes what the URL does not say.
    package init?(_ text: String, environment: [String: String] = ProcessInfo.processInfo.environment) {
        guard text.hasPrefix("postgres://") || text.hasPrefix("postgresql://"),
            var parameters = Self.parse(text)
        else { return nil }
        // An empty variable is as good as none.
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
        // Without a limit, or with a long one, a thread would wait for a host that answers nothing.
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
