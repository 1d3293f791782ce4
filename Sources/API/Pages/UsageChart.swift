import Broker

/// Uses per day over the last 30 days, as bars and as a table.
struct UsageChart {
    static let days = 30

    /// A bar, in the picture's own units: each day is 20 wide, the picture 100 high.
    struct Bar {
        let x: Int
        let y: Int
        let height: Int
        let date: String
        let count: String
    }

    let width = UsageChart.days * 20
    let bars: [Bar]
    let total: String
    let most: String
    let first: String
    let last: String
    let isEmpty: Bool
    /// The days with a use, latest first.
    let table: [Bar]

    static func firstDay(until now: Timestamp) -> Day { Day(of: now).adding(1 - days) }

    init(_ uses: [Day: Int], until now: Timestamp) {
        let days = (0..<Self.days).map { Self.firstDay(until: now).adding($0) }
        let counts = days.map { uses[$0] ?? 0 }
        let highest = counts.max() ?? 0
        bars = zip(days, counts).enumerated().map { index, day in
            // A day with a single use is still visible beside one with a thousand.
            let height = day.1 == 0 ? 0 : max(3, day.1 * 100 / highest)
            return Bar(
                x: index * 20 + 3, y: 100 - height, height: height, date: day.0.start.date,
                count: Self.uses(day.1))
        }
        table = bars.reversed().filter { $0.height > 0 }
        total = Self.uses(counts.reduce(0, +))
        most = "\(highest)"
        first = days[0].start.dayAndMonth
        last = days[Self.days - 1].start.dayAndMonth
        isEmpty = highest == 0
    }

    private static func uses(_ count: Int) -> String { count == 1 ? "1 use" : "\(count) uses" }
}
