package import Broker

/// How calls leave this machine. Nothing is taken from the environment but what `fromEnvironment` names.
package struct TransportSettings: Sendable {
    package enum PlainHTTP: Sendable {
        case never
        /// Allowed to loopback and link-local addresses and the clouds' metadata hosts, which do not leave the machine.
        case loopbackAndLinkLocal
    }

    /// A proxy for https; nil for none. Loopback and link-local addresses are never proxied.
    package var proxy: String?
    /// Hosts and domains that are not proxied, separated by commas; `*` for all.
    package var noProxy = ""
    /// A PEM file of CAs that replaces the system's.
    package var caFile: String?
    /// The CAs of servers, in place of all others; those still vouch for a proxy.
    package var serverCA: PEM?
    /// The certificate that the broker shows to servers that ask for one.
    package var clientCertificate: ClientCertificate?
    package var plainHTTP = PlainHTTP.loopbackAndLinkLocal
    package var connectTimeout: Duration = .seconds(3)
    package var maximumConnectionsPerHost = 64
    /// The number of calls that may be under way or waiting for a connection.
    package var maximumCalls = 4096

    package init() {}

    /// Reads `HTTPS_PROXY`, `NO_PROXY` (either also in lower case) and `SSL_CERT_FILE`.
    package static func fromEnvironment(_ environment: [String: String]) -> TransportSettings {
        func value(_ names: String...) -> String? {
            names.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        var settings = TransportSettings()
        settings.proxy = value("HTTPS_PROXY", "https_proxy")
        settings.noProxy = value("NO_PROXY", "no_proxy") ?? ""
        settings.caFile = value("SSL_CERT_FILE")
        return settings
    }
}

extension TransportSettings {
    /// Whether `proxy` is for this host, to say whose failure one is. What decides is libcurl, by the same words: in
    /// `noProxy` a domain is for all names below it as well.
    func hasProxy(for host: String) -> Bool {
        guard proxy != nil else { return false }
        let address = IPAddress(host.filter { $0 != "[" && $0 != "]" })
        return !noProxy.lowercased().split { $0 == "," || $0 == " " }.contains { entry in
            if entry == "*" { return true }
            if let address { return AddressRange(String(entry))?.contains(address) ?? false }
            let domain = entry.drop { $0 == "." }
            return host == domain || host.hasSuffix(".\(domain)")
        }
    }
}

/// Certificates or a key. A file that was renewed is taken up by the next connection, without a restart.
package enum PEM: Sendable {
    case file(String)
    case text(Secret)
}

package struct ClientCertificate: Sendable {
    package let chain: PEM
    package let key: PEM

    package init(chain: PEM, key: PEM) {
        self.chain = chain
        self.key = key
    }
}
