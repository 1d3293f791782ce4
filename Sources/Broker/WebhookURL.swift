/// Where a webhook delivers: `https://host[:port]/path?query`.
///
/// The grammar is narrower than RFC 3986, so that no two parsers can read one text as two hosts: printable ASCII
/// without `\`, `^`, quotes, brackets and braces; no user info, no fragment; the host is a DNS name without an empty
/// label, an IPv4 address as four decimal numbers, or an IPv6 address in brackets without a zone. The other numeric
/// spellings of an address, percent-encoding and non-ASCII names are refused; `xn--` names are names.
package struct WebhookURL: Hashable, Sendable, CustomStringConvertible {
    /// Host and port, as `host:443` or `[2001:db8::1]:443`: what may be told of a URL where its path and query may not, in
    /// which people put what should be a secret.
    package struct Authority: Hashable, Sendable {
        package let text: String

        /// - Parameter text: as it was recorded.
        package init(recorded text: String) { self.text = text }
    }

    package static let maximumLength = 2048

    package let text: String
    /// The host in lower case; an IPv6 address is without its brackets.
    package let host: String
    package let port: Int

    package init?(_ text: String) {
        let scheme = "https://"
        guard text.utf8.count <= Self.maximumLength, text.hasPrefix(scheme), text.utf8.allSatisfy(Self.isAllowed) else {
            return nil
        }
        let authority = text.dropFirst(scheme.utf8.count).prefix { $0 != "/" && $0 != "?" }
        guard let (host, port) = Self.split(authority.lowercased()), let number = Self.port(port) else { return nil }
        guard authority.hasPrefix("[") ? Self.mayBeIPv6(host) : Self.isHost(host) else { return nil }
        // Brackets are for addresses; in a path or query they are written percent-encoded.
        let rest = text.dropFirst(scheme.utf8.count + authority.utf8.count)
        guard !rest.utf8.contains(where: { "[]".utf8.contains($0) }) else { return nil }
        self.text = text
        self.host = host
        self.port = number
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        byte.isVisible && !"\"#<>\\^`{|}".utf8.contains(byte)
    }

    /// Splits the authority. The port is nil where there is none.
    private static func split(_ authority: String) -> (host: String, port: Substring?)? {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            let host = authority[authority.index(after: authority.startIndex)..<end]
            return (String(host), rest.isEmpty ? nil : rest.dropFirst())
        }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let host = parts.first else { return nil }
        return (String(host), parts.count == 2 ? parts[1] : nil)
    }

    private static func port(_ text: Substring?) -> Int? {
        guard let text else { return 443 }
        guard text.utf8.count <= 5, text.utf8.allSatisfy(\.isDigit), let port = Int(text) else { return nil }
        return (1...65_535).contains(port) ? port : nil
    }

    /// Whether the host looks like an IPv6 address. Whoever dials it finds out whether it is one.
    private static func mayBeIPv6(_ host: String) -> Bool {
        host.contains(":") && host.utf8.allSatisfy { $0.isDigit || "abcdef:.".utf8.contains($0) }
    }

    /// Underscores may be in the name of somebody's own host; those of the clouds' services (`BaseURL`) have none.
    private static func isHost(_ host: String) -> Bool {
        guard (1...253).contains(host.utf8.count) else { return false }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.allSatisfy(isLabel), let last = labels.last else { return false }
        // Some resolvers take a name that ends in a number for an address, in many spellings; one spelling is accepted.
        guard last.utf8.allSatisfy(\.isDigit) || last.hasPrefix("0x") else { return true }
        return labels.count == 4 && labels.allSatisfy { UInt8($0).map(String.init) == String($0) }
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
            && label.utf8.allSatisfy { $0.isLowercaseLetter || $0.isDigit || "-_".utf8.contains($0) }
    }

    package var description: String { text }
    package var authority: Authority {
        Authority(recorded: (host.contains(":") ? "[\(host)]" : host) + ":\(port)")
    }
}
