/// Numbers requests, for people who match an answer with a log line: 16 random hexadecimal digits.
enum RequestIDs {
    static func next() -> String {
        "req_" + String(UInt64.random(in: 1 << 60 ... .max), radix: 16)
    }
}
