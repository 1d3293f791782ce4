/// A calendar day in UTC, as days since 1970-01-01.
package struct Day: Hashable, Comparable, Sendable {
    package let number: Int

    package init(number: Int) {
        self.number = number
    }

    package init(of moment: Timestamp) {
        // Rounds down, also before 1970.
        let length: Int64 = 86_400_000
        let milliseconds = moment.milliseconds
        number = Int((milliseconds >= 0 ? milliseconds : milliseconds - (length - 1)) / length)
    }

    package var start: Timestamp { Timestamp(milliseconds: Int64(number) * 86_400_000) }

    package func adding(_ days: Int) -> Day { Day(number: number + days) }

    package static func < (left: Day, right: Day) -> Bool { left.number < right.number }
}
