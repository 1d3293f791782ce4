import Cryptography
import NIOConcurrencyHelpers

/// Numbers requests, for people who match an answer with a log line: 16 hexadecimal digits that begin anywhere, and go
/// through all there are before one comes again.
enum RequestIDs {
    private static let last = NIOLockedValueBox(UInt64.random(in: .min ... .max))
    /// Odd, and such that those of one moment look nothing alike: 2 to the 64th by the golden ratio.
    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    static func next() -> String {
        let number = last.withLockedValue { last in
            last &+= step
            return last
        }
        return "req_" + Hex.encode((0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) })
    }
}
