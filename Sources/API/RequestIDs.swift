/// Numbers requests, for people who match an answer with a log line: 64 random bits in hexadecimal.
enum RequestIDs {
    static func next() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return "req_" + String(repeating: "0", count: 16 - digits.count) + digits
    }
}
