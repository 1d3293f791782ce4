import Broker

/// `https://host[:port]` that an operator configured, and nothing more: no user, path, query or backslash. What is
/// appended to it can neither change the host nor be taken for part of it.
struct BaseURL: Sendable, Hashable {
    /// The URL as it is written before a path: lower case, without a default port.
    let text: String
    /// The value for the `Host` header.
    let host: String
    /// The host without its port.
    let name: String

    /// Accepts a single slash at the end, and `http` for hosts for which `allowsPlainHTTP` says so: credentials and
    /// values pass through.
    init?(_ url: String, allowsPlainHTTP: (_ host: String) -> Bool = LoopbackHost.isOne) {
        let url = url.lowercased()
        guard let separator = url.firstRange(of: "://") else { return nil }
        let scheme = url[..<separator.lowerBound]
        var authority = url[separator.upperBound...]
        if authority.hasSuffix("/") { authority = authority.dropLast() }
        guard let (name, port) = Self.split(authority) else { return nil }
        let defaultPort: Int
        switch scheme {
        case "https": defaultPort = 443
        case "http" where allowsPlainHTTP(name): defaultPort = 80
        default: return nil
        }
        self.name = name
        host = port.map { $0 == defaultPort ? name : "\(name):\($0)" } ?? name
        text = "\(scheme)://\(host)"
    }

    /// Whether the host is in the domain.
    func isWithin(_ domain: String) -> Bool { name.hasSuffix("." + domain) }

    /// Reads a DNS name, an IPv4 address or a bracketed IPv6 address, and a port if there is one.
    private static func split(_ authority: Substring) -> (name: String, port: Int?)? {
        var name = authority
        var port: Int?
        if !authority.hasSuffix("]"), let colon = authority.lastIndex(of: ":") {
            let digits = authority[colon...].dropFirst()
            guard digits.utf8.allSatisfy(\.isDigit), let number = Int(digits), (1...65_535).contains(number)
            else { return nil }
            port = number
            name = authority[..<colon]
        }
        guard isName(name) || isBracketedAddress(name) else { return nil }
        return (String(name), port)
    }

    /// No underscores: no service of a cloud has one in its name, unlike the hosts of webhooks (`WebhookURL`).
    private static func isName(_ name: Substring) -> Bool {
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return name.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { $0.isLowercaseLetter || $0.isDigit || $0 == UInt8(ascii: "-") }
            }
    }

    private static func isBracketedAddress(_ name: Substring) -> Bool {
        guard name.hasPrefix("["), name.hasSuffix("]") else { return false }
        let address = name.dropFirst().dropLast().utf8
        return (2...45).contains(address.count) && address.allSatisfy("0123456789abcdef:.".utf8.contains)
    }
}

/// A service at a `BaseURL`, with its path and, if there is one, its query. For URLs in files.
struct ServiceURL: Sendable {
    let base: BaseURL
    /// The URL from the slash on, as it is sent.
    let target: String

    init(_ base: BaseURL, target: String) {
        self.base = base
        self.target = target
    }

    init?(_ url: String, allowsPlainHTTP: (_ host: String) -> Bool = LoopbackHost.isOne) {
        guard url.utf8.count <= 4096, let scheme = url.firstRange(of: "://"),
            let slash = url[scheme.upperBound...].firstIndex(of: "/"),
            let base = BaseURL(String(url[..<slash]), allowsPlainHTTP: allowsPlainHTTP)
        else { return nil }
        target = String(url[slash...])
        self.base = base
        guard target.utf8.allSatisfy({ $0.isVisible && !"#\\".utf8.contains($0) }) else { return nil }
    }

    var text: String { base.text + target }
}
