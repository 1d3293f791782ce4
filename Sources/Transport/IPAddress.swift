// `sockaddr` comes from one or the other.
import CCurl
import Glibc

/// An IPv4 or IPv6 address.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// The 4 or 16 bytes, in network order.
    package let bytes: [UInt8]

    package var isIPv6: Bool { bytes.count == 16 }

    /// Reads four decimal numbers, or an IPv6 address without brackets and zone; no other spelling.
    package init?(_ text: String) {
        // C stops reading at a zero byte.
        guard !text.utf8.contains(0) else { return nil }
        let isIPv6 = text.utf8.contains(UInt8(ascii: ":"))
        var bytes = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
        guard unsafe inet_pton(isIPv6 ? AF_INET6 : AF_INET, text, &bytes) == 1 else { return nil }
        self.bytes = bytes
    }

    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads a `sockaddr_in` or `sockaddr_in6`. Nil for any other.
    init?(_ socketAddress: UnsafeRawPointer?) {
        guard let socketAddress = unsafe socketAddress else { return nil }
        switch Int32(unsafe socketAddress.loadUnaligned(as: sockaddr.self).sa_family) {
        case AF_INET:
            let address = unsafe socketAddress.loadUnaligned(as: sockaddr_in.self).sin_addr
            bytes = unsafe withUnsafeBytes(of: address) { unsafe Array($0) }
        case AF_INET6:
            let address = unsafe socketAddress.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            bytes = unsafe withUnsafeBytes(of: address) { unsafe Array($0) }
        default: return nil
        }
    }

    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = isIPv6 ? AF_INET6 : AF_INET
        guard unsafe inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// The addresses that begin with the same bits: `10.0.0.0/8`, `fc00::/7`, or one address alone.
package struct AddressRange: Hashable, Sendable {
    private let first: IPAddress
    private let length: Int

    /// Nil if the text is no address or range, or a range whose address has bits beyond its length.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(String(parts[0])) else { return nil }
        let bits = address.bytes.count * 8
        var length = bits
        if parts.count == 2 {
            guard let number = UInt8(parts[1]), String(number) == parts[1], number <= bits else { return nil }
            length = Int(number)
        }
        first = address
        self.length = length
        for bit in length..<bits where address.bytes[bit / 8] >> (7 - bit % 8) & 1 == 1 { return nil }
    }

    package func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == first.bytes.count else { return false }
        let whole = length / 8
        guard address.bytes[..<whole] == first.bytes[..<whole] else { return false }
        guard length % 8 > 0 else { return true }
        return (address.bytes[whole] ^ first.bytes[whole]) >> (8 - length % 8) == 0
    }
}
