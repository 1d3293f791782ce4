import Broker
import Testing

@testable import Store

@Suite("An engine", .everyEngine)
struct EngineTests {
    private let fixture: CatalogFixture
    private var catalog: Catalog { fixture.catalog }

    init() async throws {
        fixture = try await CatalogFixture()
    }

    private func storeNames() async throws -> [String] {
        try await catalog.query("SELECT name FROM store ORDER BY name") { try $0.text("name") }
    }

    @Test("keeps nothing of a transaction that fails, and goes on")
    func rolledBack() async throws {
        let insert = "INSERT INTO store (name, identity) VALUES (?, ?)"
        for _ in 0..<30 {
            await #expect(throws: CatalogError.damaged) {
                try await catalog.write { db, _ in
                    try db.run(insert, ["other", "y"])
                    try db.run(insert, ["default", "y"])
                }
            }
            await #expect(throws: CatalogError.damaged) {
                try await catalog.write { db, _ in
                    try db.run(insert, each: [["other", "y"], ["default", "y"], ["third", "z"]])
                }
            }
            await #expect(throws: CatalogError.unavailable) {
                try await catalog.write { db, _ in
                    try db.run(insert, ["other", "y"])
                    throw CatalogError.unavailable
                }
            }
        }
        #expect(try await storeNames() == ["default"])
    }

    @Test("lets one write at a time, which sees all that was written before")
    func alone() async throws {
        let replicas = [catalog, try fixture.openAgain(), try fixture.openAgain()]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask {
                    try await replicas[number % 3].write { db, _ in
                        let row = try db.row("SELECT identity FROM store WHERE name = ?", ["default"])
                        let length = try row.orDamaged().text("identity").count
                        try db.run("UPDATE store SET identity = ?", [String(repeating: "x", count: length + 1)])
                    }
                }
            }
            try await group.waitForAll()
        }
        let lengths = try await replicas[1].query("SELECT identity FROM store") { try $0.text("identity").count }
        #expect(lengths == ["aws/eu-west-1/wandb".count + 60])
    }

    @Test("gives values back as they were, and tells how many rows were changed")
    func values() async throws {
        let text = "it's \"quoted\" \\ \u{1F512} ? $1 %s"
        let changes = try await catalog.write { db, _ in
            try db.run(
                "INSERT INTO broker (id, stores, seen_until) VALUES (?, ?, ?)",
                each: [["a", text, Int64.max], ["b", "", Int64.min], ["c", "x", 0]])
            return try [
                db.run("UPDATE broker SET seen_until = seen_until WHERE seen_until <= ?", [0]),
                db.run("DELETE FROM broker WHERE id = ?", ["c"]), db.run("DELETE FROM broker WHERE id = ?", ["d"]),
            ]
        }
        #expect(changes == [2, 1, 0])
        let rows = try await catalog.query("SELECT id, stores, seen_until FROM broker ORDER BY id") { row in
            "\(try row.text("id")) \(try row.text("stores")) \(try row.integer("seen_until"))"
        }
        #expect(rows == ["a \(text) \(Int64.max)", "b  \(Int64.min)"])
    }
}
