/// The names and addresses of this machine, to which requests may go, or from which they may come, without TLS.
package enum LoopbackHost {
    /// Whether the host is `localhost`, `::1` with or without brackets, or one of 127.0.0.0/8 written as four numbers.
    /// Other names that begin with `127.` are not this machine. Leading zeros pass, which a webhook's host may not have:
    /// in whatever base the last three are read, the address is in 127.0.0.0/8.
    package static func isOne(_ host: String) -> Bool {
        if host.lowercased() == "localhost" || host == "::1" || host == "[::1]" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127"
            && numbers.allSatisfy { $0.utf8.allSatisfy(\.isDigit) && UInt8($0) != nil }
    }
}
