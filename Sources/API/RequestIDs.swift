import Cryptography

/// Numbers requests, for people who match an answer with a log line: 64 random bits in hexadecimal.
enum RequestIDs {
    static func next() -> String {
        let random = UInt64.random(in: .min ... .max)
        return "req_" + Hex.encode((0..<8).map { UInt8(truncatingIfNeeded: random >> ($0 * 8)) })
    }
}
