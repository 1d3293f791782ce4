import WireJSON

/// A list for people, or the same as JSON for scripts.
struct Table {
    private let titles: [String]
    private let rows: [[String]]

    init(_ titles: [String], _ rows: [[String]]) {
        self.titles = titles
        self.rows = rows
    }

    /// - Parameter objects: printed in place of the rows, one JSON object a line.
    func print(asJSON objects: [JSONObject]?) {
        if let objects {
            for object in objects { Terminal.say(object.text) }
            return
        }
        let all = [titles] + rows
        let widths = titles.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        for row in all {
            let cells = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            Terminal.say(line)
        }
    }
}
