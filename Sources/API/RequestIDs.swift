import Cryptography
import NIOConcurrencyHelpers

/// Numbers requests, for people who match an answer with a log line: 16 hexadecimal digits, from two of which nobody
/// can tell how many requests came in between.
enum RequestIDs {
    private static let last = NIOLockedValueBox(UInt64.random(in: .min ... .max))

    static func next() -> String {
        let number = last.withLockedValue { last in
            last &+= 1
            return last
        }
        // SipHash, with a key of the process's own.
        var hasher = Hasher()
        hasher.combine(number)
        return "req_" + Hex.encode(UInt64(bitPattern: Int64(hasher.finalize())))
    }
}
