import Broker

/// Decides which addresses a webhook may reach: public ones, and what the operator has opened. Pure. The ranges are
/// those of IANA's special-purpose registries, and the clouds' metadata services.
package struct AddressRules: Sendable {
    enum Kind: Sendable {
        case publicInternet
        /// An address for the operator's own hosts, which a name that the operator opened may have.
        case privateNetwork
        /// Metadata services, and link-local, multicast, reserved, documentation and transition ranges, which are
        /// opened by address only.
        case special
    }

    private var hosts: Set<String> = []
    private var ranges: [AddressRange] = []

    package init() {}

    /// - Parameter list: hosts, addresses and ranges, separated by commas. A host opens private addresses of that name
    ///   alone; an address or a range opens itself, whatever it is. Nil when an entry is none of these.
    package init?(allowing list: String) {
        for entry in list.split(separator: ",").map({ $0.lowercased() }) {
            if let range = AddressRange(entry) {
                ranges.append(range)
            } else if Self.isHost(entry) {
                hosts.insert(entry)
            } else {
                return nil
            }
        }
    }

    /// - Parameter host: the name that the address was found by, or the address itself.
    package func allows(_ address: IPAddress, of host: String) -> Bool {
        if ranges.contains(where: { $0.contains(address) }) { return true }
        return switch Self.kind(of: address) {
        case .publicInternet: true
        case .privateNetwork: hosts.contains(host)
        case .special: false
        }
    }

    static func kind(of address: IPAddress) -> Kind {
        if let inner = embedded(in: address) { return kind(of: inner) }
        if special.contains(where: { $0.contains(address) }) { return .special }
        if privateNetworks.contains(where: { $0.contains(address) }) { return .privateNetwork }
        // In IPv6, only the global unicast block is given out at all.
        return address.isIPv6 && !globalUnicast.contains(address) ? .special : .publicInternet
    }

    /// The IPv4 address that a mapped (`::ffff:0:0/96`) or translated (`64:ff9b::/96`) address stands for.
    private static func embedded(in address: IPAddress) -> IPAddress? {
        guard [mapped, translated].contains(where: { $0.contains(address) }) else { return nil }
        return IPAddress(bytes: Array(address.bytes.suffix(4)))
    }

    /// Wider than what a webhook's URL may have: a name that no URL has opens nothing.
    private static func isHost(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && !label.hasPrefix("-")
                && label.utf8.allSatisfy { byte in
                    byte.isDigit || byte.isLowercaseLetter || "-_".utf8.contains(byte)
                }
        } && !(text.split(separator: ".").last?.utf8.allSatisfy(\.isDigit) ?? true)
    }

    private static let mapped = AddressRange("::ffff:0:0/96")!
    private static let translated = AddressRange("64:ff9b::/96")!
    private static let globalUnicast = AddressRange("2000::/3")!

    private static let privateNetworks = [
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7",
    ].map { AddressRange($0)! }

    private static let special = [
        // Metadata: link-local for most; Azure's and Alibaba's, Oracle's, AWS's and Google's over IPv6.
        "169.254.0.0/16", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::/32", "fd20:ce::/32",
        // This network, protocol assignments, documentation, 6to4 relays, AS112, benchmarks, multicast, reserved.
        "0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        // Teredo and other assignments, documentation, 6to4, AS112, documentation again, local translation.
        "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "64:ff9b:1::/48",
    ].map { AddressRange($0)! }
}
