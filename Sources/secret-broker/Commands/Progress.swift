import Glibc

/// The progress of long work, on one line of standard error, where that is a terminal.
struct Progress {
    private static let width = 30

    private let total: Int
    private let isShown = isatty(STDERR_FILENO) == 1
    private var done = 0

    init(of total: Int) {
        self.total = total
    }

    mutating func advance() {
        done = min(done + 1, total)
        guard isShown, total > 0 else { return }
        let filled = Self.width * done / total
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
        Terminal.show("\r[\(bar)] \(done) of \(total)")
    }

    /// Makes room for a line of another kind.
    func clear() {
        if isShown, done > 0 { Terminal.show("\r" + String(repeating: " ", count: Self.width + 24) + "\r") }
    }
}
