extension Duration {
    /// Reads `90d`, `5m`, `1h`, `30s`, `250ms` or `0`: a whole number and its unit, at most ten years.
    package init?(_ text: String) {
        guard text != "0" else {
            self = .zero
            return
        }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), digits.utf8.count <= 12 else { return nil }
        let milliseconds: Int64? =
            switch text.dropFirst(digits.count) {
            case "ms": 1
            case "s": 1000
            case "m": 60_000
            case "h": 3_600_000
            case "d": 86_400_000
            default: nil
            }
        guard let milliseconds, number <= 3653 * 86_400_000 / milliseconds else { return nil }
        self = .milliseconds(number * milliseconds)
    }
}

extension Timestamp {
    /// Reads a future time, or how far away it is: `2027-01-31T00:00:00Z`, `90d`.
    package init?(toCome text: String, after now: Timestamp) {
        guard let moment = Timestamp(rfc3339: text) ?? Duration(text).map({ now.adding($0) }), moment > now else {
            return nil
        }
        self = moment
    }
}
