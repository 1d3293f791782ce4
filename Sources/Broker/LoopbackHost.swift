/// Which hosts are this machine, whatever it is called: where requests may go, or come from, without TLS.
package enum LoopbackHost {
    /// `localhost`, `::1` with or without brackets, and 127.0.0.0/8 written as four numbers. Not every name that begins
    /// with `127.`.
    package static func isOne(_ host: String) -> Bool {
        if host.lowercased() == "localhost" || host == "::1" || host == "[::1]" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127"
            && numbers.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8($0) != nil }
    }
}
