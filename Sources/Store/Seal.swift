import Broker

/// A mark that a catalog was copied elsewhere and must no longer be opened.
struct Seal: Sendable, Hashable {
    /// Where the catalog went, without user and password.
    let successor: String

    static func read(_ db: any Session) throws -> Seal? {
        try db.row("SELECT successor FROM sealed", []).map { Seal(successor: try $0.text("successor")) }
    }

    func write(at now: Timestamp, _ db: any Session) throws {
        try db.run("DELETE FROM sealed", [])
        try db.run("INSERT INTO sealed (sealed_at, successor) VALUES (?, ?)", [now.milliseconds, successor])
    }

    static func remove(_ db: any Session) throws {
        try db.run("DELETE FROM sealed", [])
    }
}
