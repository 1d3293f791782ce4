import Broker
import CPostgreSQL
import Foundation

/// Where a catalog in PostgreSQL is: a URL as libpq takes it, with safe settings for what it does not say.
package struct PostgreSQLURL: Sendable, Hashable {
    /// What libpq connects with, including the password, where there is one.
    private(set) var parameters: [String: String]
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
            // Keeps an idle connection known to the network, and finds out when it no longer is.
            "keepalives_idle": "30", "keepalives_interval": "5", "keepalives_count": "3",
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

    /// One URL for each of several servers; none if there is but one.
    ///
    /// - Parameter used: what libpq connected with, since other places than the URL may name the servers.
    func servers(among used: [String: String]) -> [PostgreSQLURL] {
        let lists = ["host", "hostaddr", "port"].map { name in
            let list = (used[name] ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            return (name: name, list: list)
        }
        let count = lists.map { $0.list.count }.max() ?? 0
        guard count > 1 else { return [] }
        return (0..<count).map { index in
            var server = self
            // One port for all, or one for each.
            for (name, list) in lists { server.parameters[name] = index < list.count ? list[index] : list[0] }
            return server
        }
    }

    private static func parse(_ text: String) -> [String: String]? {
        unsafe parameters(of: PQconninfoParse(text, nil))
    }

    /// Those of libpq's options that have a value. Frees the options.
    static func parameters(of options: UnsafeMutablePointer<PQconninfoOption>?) -> [String: String]? {
        guard let options = unsafe options else { return nil }
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
