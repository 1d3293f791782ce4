import Broker

/// A moment as people say it, and exactly.
struct HumanTime {
    /// `just now`, `5 minutes ago`, and after a day the date as W&B's pages show it: `Tue Nov 07 2023`.
    let text: String
    /// The value for the page's `datetime`.
    let machine: String
    let exact: String

    init(_ moment: Timestamp, now: Timestamp) {
        machine = moment.rfc3339
        exact = "\(moment.date), \(moment.clock) UTC"
        let minutes = now.since(moment).components.seconds / 60
        switch minutes {
        case ..<1: text = "just now"
        case 1: text = "1 minute ago"
        case 2..<60: text = "\(minutes) minutes ago"
        case 60..<120: text = "1 hour ago"
        case 120..<1440: text = "\(minutes / 60) hours ago"
        default: text = moment.date
        }
    }
}

extension Timestamp {
    /// The date in UTC: `Tue Nov 07 2023`.
    var date: String {
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let weekday = ((Day(of: self).number % 7) + 7) % 7
        return "\(weekdays[weekday]) \(dayAndMonth) \(calendar.year)"
    }

    /// The day and month: `Nov 07`.
    var dayAndMonth: String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(months[calendar.month - 1]) \(Self.twoDigits(calendar.day))"
    }

    var clock: String {
        [calendar.hour, calendar.minute, calendar.second].map(Self.twoDigits).joined(separator: ":")
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
