/// A moment of wall-clock time, in milliseconds since 1970-01-01T00:00:00Z. The rules take it by parameter.
package struct Timestamp: Hashable, Comparable, Sendable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    package func adding(_ duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        return Timestamp(milliseconds: milliseconds + seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }

    /// How long ago `earlier` was; negative if it is in the future.
    package func since(_ earlier: Timestamp) -> Duration {
        .milliseconds(milliseconds - earlier.milliseconds)
    }
}

extension Timestamp {
    /// The calendar fields in UTC.
    package var calendar: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, millisecond: Int) {
        let dayLength: Int64 = 86_400_000
        let days = Int((milliseconds >= 0 ? milliseconds : milliseconds - (dayLength - 1)) / dayLength)
        let inDay = Int(milliseconds - Int64(days) * dayLength)
        // Days are counted from 0000-03-01, so that a leap day is a year's last day; 146,097 days are 400 years.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1,
            inDay / 3_600_000, inDay / 60_000 % 60, inDay / 1000 % 60, inDay % 1000
        )
    }

    /// RFC 3339 in UTC with milliseconds: `2026-11-22T23:35:13.000Z`.
    package var rfc3339: String {
        let c = calendar
        return "\(padded(c.year, 4))-\(padded(c.month, 2))-\(padded(c.day, 2))"
            + "T\(padded(c.hour, 2)):\(padded(c.minute, 2)):\(padded(c.second, 2)).\(padded(c.millisecond, 3))Z"
    }

    /// ISO 8601's basic form, as AWS's signatures spell it: `20261122T233513Z`.
    package var basicISO8601: String {
        let c = calendar
        return padded(c.year, 4) + padded(c.month, 2) + padded(c.day, 2) + "T"
            + padded(c.hour, 2) + padded(c.minute, 2) + padded(c.second, 2) + "Z"
    }

    /// Reads RFC 3339 in UTC (`Z` only), with or without a fraction. Nil for anything else.
    package init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[range] {
                guard byte.isDigit else { return nil }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            return value
        }
        func has(_ character: Unicode.Scalar, at index: Int) -> Bool {
            index < bytes.count && bytes[index] == UInt8(ascii: character)
        }
        guard let year = number(0..<4), has("-", at: 4), let month = number(5..<7), has("-", at: 7),
            let day = number(8..<10), has("T", at: 10), let hour = number(11..<13), has(":", at: 13),
            let minute = number(14..<16), has(":", at: 16), let second = number(17..<19),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var fraction = 0
        var end = 19
        if has(".", at: 19) {
            end = 20
            while end < bytes.count, let digit = number(end..<end + 1) {
                if end < 23 { fraction = fraction * 10 + digit }
                end += 1
            }
            guard end > 20 else { return nil }
            for _ in min(end, 23)..<23 { fraction *= 10 }
        }
        guard has("Z", at: end), end + 1 == bytes.count else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        let seconds = Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        self.init(milliseconds: seconds * 1000 + Int64(fraction))
        guard calendar.day == day, calendar.month == month else { return nil }
    }
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
