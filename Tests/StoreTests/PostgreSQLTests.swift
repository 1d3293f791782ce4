import Broker
import Foundation
import Support
import Testing

@testable import Store

@Suite(
    "A server of PostgreSQL on which a catalog is opened", .enabled(if: PostgreSQLServer.programs != nil),
    .timeLimit(.minutes(5)))
struct PostgreSQLTests {
    @Test("that answers nothing is named, without the password")
    func unreachable() throws {
        let error = #expect(throws: CatalogOpenError.self) {
            try Catalog.open(serverAt: "postgres://u:s3cret@127.0.0.1:1/d")
        }
        #expect(error?.sentence.contains("postgres://127.0.0.1:1/d cannot be reached") == true)
        #expect(error?.sentence.contains("s3cret") == false)
        #expect(error?.sentence.contains("port 1 failed: Connection refused):") == true)
    }

    @Test("is not reached for what libpq says of each address, and not for what it asks")
    func why() {
        let message = "a failed: refused\n\tIs the server running?\nb failed: session is read-only\n"
        #expect(PostgreSQLConnection.why(message) == "a failed: refused; b failed: session is read-only")
        #expect(PostgreSQLConnection.why("") == "no answer in time")
    }

    @Test("that does not wait for its disk is refused")
    func notDurable() async throws {
        let server = try await PostgreSQLServer(options: ["fsync=off"])
        #expect(throws: CatalogOpenError.notDurable(place: "postgres://\(server.folder.path):\(server.port)/postgres"))
        {
            try Catalog.open(serverAt: server.url)
        }
    }

    @Test("with somebody else's tables is refused, and not touched")
    func notACatalog() async throws {
        let url = try await PostgreSQLServer.emptySchema()
        let schema = try #require(PostgreSQLURL(url)?.parameters["options"]?.split(separator: "=").last)
        let server = try await PostgreSQLServer.shared.value
        try await server.query("CREATE TABLE \(schema).theirs (x int)")
        #expect(throws: CatalogOpenError.self) { try Catalog.open(serverAt: url) }
        #expect(try await server.query("SELECT count(*) FROM pg_tables WHERE schemaname = '\(schema)'") == "1")
    }

    @Test("is looked at before a start without a change")
    func outlook() async throws {
        let text = try await PostgreSQLServer.emptySchema()
        let place = CatalogPlace.postgreSQL(try #require(PostgreSQLURL(text)))
        func outlook(_ identity: String) -> CatalogOutlook {
            Catalog.outlook(of: place, stores: [.default: identity], at: Timestamp(milliseconds: 0))
        }
        for _ in 1...2 { #expect(outlook("here") == .toBeMade) }
        let catalog = try Catalog.open(serverAt: text)
        try await catalog.registerStores([.default: "here"])
        try await catalog.perform(.fixture(.create))
        #expect(outlook("here") == .sound)
        #expect(outlook("there") == .mismatched(.moved(.default, from: "here", to: "there")))
        let schema = try #require(PostgreSQLURL(text)?.parameters["options"]?.split(separator: "=").last)
        let server = try await PostgreSQLServer.shared.value
        try await server.query("UPDATE \(schema).catalog SET oldest = 99")
        let known = PostgreSQLSchema.migrations.count
        #expect(outlook("here") == .notOpened(.newer(path: place.text, schema: known, known: known)))
    }

    @Test("without a catalog gets one only from a broker that is to serve")
    func missing() async throws {
        let url = try await PostgreSQLServer.emptySchema()
        #expect(throws: CatalogOpenError.self) { try Catalog.open(serverAt: url, allowing: .none) }
        _ = try Catalog.open(serverAt: url)
        _ = try Catalog.open(serverAt: url, allowing: .none)
    }

    @Test("that eight brokers open together while it is new gets one schema")
    func together() async throws {
        let url = try await PostgreSQLServer.emptySchema()
        try await withThrowingTaskGroup(of: Catalog.self) { group in
            for _ in 0..<8 { group.addTask { try Catalog.open(serverAt: url) } }
            for try await catalog in group { #expect(try await catalog.auditHead() == .start) }
        }
    }

    @Test("with an earlier program's schema is not opened by who only works on it")
    func earlier() async throws {
        let url = try await PostgreSQLServer.emptySchema()
        let catalog = try Catalog.open(serverAt: url)
        let known = PostgreSQLSchema.migrations.count
        try await catalog.write { db, _ in _ = try db.run("UPDATE catalog SET schema = ?", [known - 1]) }
        for preparation in [CatalogPreparation.none, .creation] {
            let error = #expect(throws: CatalogOpenError.self) {
                try Catalog.open(serverAt: url, allowing: preparation)
            }
            #expect(error?.sentence.contains("has schema \(known - 1)") == true)
        }
    }

    @Test("with a later program's schema is used if that says so, and refused if not")
    func rollingUpgrade() async throws {
        let url = try await PostgreSQLServer.emptySchema()
        let old = try Catalog.open(serverAt: url)
        func change(_ schema: Int, _ oldest: Int) async throws {
            try await old.write { db, _ in
                _ = try db.run("UPDATE catalog SET schema = ?, oldest = ?", [schema, oldest])
            }
        }
        let known = PostgreSQLSchema.migrations.count
        try await change(known + 1, known)
        #expect(try await Catalog.open(serverAt: url).auditHead() == .start)
        // The one that ran before goes on.
        try await old.append([AuditEvent(.backUp, .done, by: .alice, team: nil)])
        try await change(known + 1, known + 1)
        let error = #expect(throws: CatalogOpenError.self) { try Catalog.open(serverAt: url) }
        #expect(error?.sentence.contains("schema \(known + 1)") == true)
        // And the one that ran before writes no more.
        await #expect(throws: CatalogError.unavailable) {
            try await old.append([AuditEvent(.backUp, .done, by: .alice, team: nil)])
        }
    }
}
