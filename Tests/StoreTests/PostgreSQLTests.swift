import Broker
import Foundation
import Logging
import Support
import Testing

@testable import Store

@Suite("The URL of a catalog in PostgreSQL")
struct PostgreSQLURLTests {
    @Test(
        "that is none is refused", arguments: ["", "postgres", "mysql://h/d", "postgres://h/d?no_such=1", "sqlite://x"])
    func refused(text: String) {
        #expect(PostgreSQLURL(text) == nil)
    }

    @Test("says where, and neither who nor by which password")
    func place() throws {
        let url = try #require(PostgreSQLURL("postgres://user:s3cret@a.example,b.example:5433/broker"))
        #expect(url.place == "postgres://a.example,b.example:5433/broker")
        #expect(url.parameters["password"] == "s3cret")
    }

    @Test("goes to the server that can be written, and elsewhere than here only when it proves who it is")
    func defaults() throws {
        let far = try #require(PostgreSQLURL("postgresql://db.example/broker"))
        #expect(far.parameters["target_session_attrs"] == "read-write")
        #expect(far.parameters["sslmode"] == "verify-full")
        #expect(far.warnings.isEmpty)
        for near in ["postgres://127.0.0.1/d", "postgres://localhost/d", "postgres:///d?host=/run/postgresql"] {
            #expect(PostgreSQLURL(near)?.parameters["sslmode"] == "prefer")
        }
    }

    @Test(
        "that leaves the server to libpq's environment goes by that",
        arguments: [
            (["PGHOST": "db.example"], "verify-full", 0), (["PGHOSTADDR": "192.0.2.1"], "verify-full", 0),
            (["PGSERVICE": "broker"], "verify-full", 0), (["PGSSLMODE": "verify-full"], "verify-full", 0),
            (["PGHOST": "db.example", "PGSSLMODE": "require"], "require", 1),
            (["PGHOST": "/run/postgresql"], "prefer", 0), ([:], "prefer", 0), (["PGSSLMODE": ""], "prefer", 0),
        ] as [([String: String], String, Int)])
    func environment(_ environment: [String: String], mode: String, warnings: Int) throws {
        let url = try #require(PostgreSQLURL("postgres:///broker", environment: environment))
        #expect(url.parameters["sslmode"] == mode)
        #expect(url.warnings.count == warnings)
        let own = try #require(PostgreSQLURL("postgres://127.0.0.1/broker?sslmode=disable", environment: environment))
        #expect(own.parameters["sslmode"] == "disable")
    }

    @Test("with a weaker mode than that warns", arguments: ["require", "prefer", "disable", "verify-ca"])
    func weak(mode: String) throws {
        let url = try #require(PostgreSQLURL("postgres://db.example/broker?sslmode=\(mode)"))
        #expect(url.parameters["sslmode"] == mode)
        #expect(url.warnings.count == 1)
    }

    @Test("numbers the places of values in their order")
    func numbered() {
        #expect(PostgreSQLConnection.numbered("a = ? AND b IN (?, ?)") == "a = $1 AND b IN ($2, $3)")
        #expect(PostgreSQLConnection.numbered("none") == "none")
    }
}

@Suite("A server of PostgreSQL", .enabled(if: PostgreSQLServer.programs != nil), .timeLimit(.minutes(5)))
struct PostgreSQLTests {
    private let clock = ManualClock()

    private func open(_ text: String, allowing preparation: CatalogPreparation = .upgrade) throws -> Catalog {
        try Catalog.open(
            #require(PostgreSQLURL(text)), allowing: preparation, logger: Logger(label: "test"),
            clock: { [clock] in clock.now })
    }

    /// Waits for what the pool does in the background.
    private func untilWritable(_ catalog: Catalog) async throws {
        try await eventually("the catalog can be written") { await catalog.canAppend() }
    }

    @Test("that answers nothing is named, without the password")
    func unreachable() throws {
        let error = #expect(throws: CatalogOpenError.self) { try open("postgres://u:s3cret@127.0.0.1:1/d") }
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
            try open(server.url)
        }
    }

    @Test("with somebody else's tables is refused, and not touched")
    func notACatalog() async throws {
        let url = try await PostgreSQLServer.emptySchema()
        let schema = try #require(PostgreSQLURL(url)?.parameters["options"]?.split(separator: "=").last)
        let server = try await PostgreSQLServer.shared.value
        try await server.query("CREATE TABLE \(schema).theirs (x int)")
        #expect(throws: CatalogOpenError.self) { try open(url) }
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
        let catalog = try open(text)
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
        #expect(throws: CatalogOpenError.self) { try open(url, allowing: .none) }
        _ = try open(url)
        _ = try open(url, allowing: .none)
    }

    @Test("that eight brokers open together while it is new gets one schema")
    func together() async throws {
        let url = try await PostgreSQLServer.emptySchema()
        try await withThrowingTaskGroup(of: Catalog.self) { group in
            for _ in 0..<8 { group.addTask { try open(url) } }
            for try await catalog in group { #expect(try await catalog.auditHead() == .start) }
        }
    }

    @Test("with a later program's schema is used if that says so, and refused if not")
    func rollingUpgrade() async throws {
        let url = try await PostgreSQLServer.emptySchema()
        let old = try open(url)
        func change(_ schema: Int, _ oldest: Int) async throws {
            try await old.write { db, _ in
                _ = try db.run("UPDATE catalog SET schema = ?, oldest = ?", [schema, oldest])
            }
        }
        let known = PostgreSQLSchema.migrations.count
        try await change(known + 1, known)
        #expect(try await open(url).auditHead() == .start)
        // The one that ran before goes on.
        try await old.append([AuditEvent(.backUp, .done, by: .alice, team: nil)])
        try await change(known + 1, known + 1)
        let error = #expect(throws: CatalogOpenError.self) { try open(url) }
        #expect(error?.sentence.contains("schema \(known + 1)") == true)
        // And the one that ran before writes no more.
        await #expect(throws: CatalogError.unavailable) {
            try await old.append([AuditEvent(.backUp, .done, by: .alice, team: nil)])
        }
    }

    @Test("makes no commit that waits for its disk or its standby a mere promise")
    func synchronous() async throws {
        let server = try await PostgreSQLServer(options: ["synchronous_commit=off", "statement_timeout=2000"])
        let catalog = try open(server.url)
        let settings = try await catalog.query(
            "SELECT current_setting('synchronous_commit') AS sync, current_setting('statement_timeout') AS time"
        ) { "\(try $0.text("sync")) \(try $0.text("time"))" }
        #expect(settings == ["on 3500ms"])
    }

    @Test("that stops waiting for its standby leaves a commit in doubt")
    func notReplicated() async throws {
        let server = try await PostgreSQLServer()
        let catalog = try open(server.url)
        try await server.set("synchronous_standby_names", "nobody")
        let appended = Task { try await catalog.append([AuditEvent(.backUp, .done, by: .alice, team: nil)]) }
        let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        try await eventually("a commit that waits for its standby") { try await server.query(cancel) == "t" }
        await #expect(throws: CatalogError.inDoubt) { try await appended.value }
    }

    @Test("that was lost is refused at once, and used again when it is back")
    func lost() async throws {
        let server = try await PostgreSQLServer()
        let catalog = try open(server.url)
        try await catalog.registerStores([.default: "x"])
        try await server.stop(isAbrupt: true)
        await #expect(throws: CatalogError.unavailable) { try await catalog.auditHead() }
        let began = ContinuousClock.now
        for _ in 0..<100 { await #expect(throws: CatalogError.unavailable) { try await catalog.auditHead() } }
        #expect(await !catalog.canAppend())
        #expect(ContinuousClock.now - began < .seconds(1))
        try await server.start()
        try await untilWritable(catalog)
        try await catalog.perform(.fixture(.create))
    }

    @Test("that takes too long for one statement refuses that one, and goes on with all others")
    func slow() async throws {
        let catalog = try open(try await PostgreSQLServer.emptySchema())
        let slow = Task { try await catalog.query("SELECT 1 AS one, pg_sleep(30)") { _ in true } }
        let others = Task<Int, any Error> {
            var count = 0
            while !Task.isCancelled {
                _ = try await catalog.auditHead()
                count += 1
            }
            return count
        }
        defer { others.cancel() }
        await #expect(throws: CatalogError.unavailable) { try await slow.value }
        for _ in 0..<100 { #expect(try await catalog.auditHead() == .start) }
        others.cancel()
        let count = try await others.value
        #expect(count > 100)
    }

    @Test("that ended idle connections is asked by new ones, and nobody is refused")
    func idleEnded() async throws {
        let server = try await PostgreSQLServer()
        let catalog = try open(server.url)
        for _ in 0..<5 {
            try await server.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'secret-broker'")
            #expect(try await catalog.auditHead() == .start)
        }
    }

    @Test("that gives no more connections goes on with those that it gave")
    func fewConnections() async throws {
        let server = try await PostgreSQLServer()
        try await server.query("CREATE ROLE few LOGIN CONNECTION LIMIT 2; CREATE SCHEMA few AUTHORIZATION few")
        let catalog = try open(server.url.replacing("user=postgres", with: "user=few") + "&options=-csearch_path%3Dfew")
        let answers = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { (try? await catalog.query("SELECT 1 AS one, pg_sleep(0.3)") { _ in true }) == [true] }
            }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(answers.contains(true))
        for _ in 0..<5 { #expect(try await catalog.auditHead() == .start) }
    }

    @Test("that was a standby is another epoch: what was read of its predecessor is not acted on, nor asked again")
    func promoted() async throws {
        let primary = try await PostgreSQLServer()
        let standby = try await PostgreSQLServer(copying: primary)
        let url = "postgres://postgres@127.0.0.1:\(primary.port),127.0.0.1:\(standby.port)/postgres"
        let catalog = try open(url)
        try await catalog.registerStores([.default: "x"])
        let before = try #require(catalog.epoch)
        func use(_ epoch: Int?) -> AuditEvent {
            AuditEvent(
                .resolve, .done,
                by: Principal(tokenID: "t", name: "n", address: nil, requestID: "r", basis: .asked(epoch: epoch)),
                team: .research)
        }
        try await catalog.append([use(before)])
        try await primary.stop(isAbrupt: true)
        try await standby.promote()
        try await untilWritable(catalog)
        let after = try #require(catalog.epoch)
        #expect(after > before)
        await #expect(throws: CatalogError.outdated) { try await catalog.append([use(before)]) }
        try await catalog.append([use(after)])
        // What leaves no value needs no look: a write that began before is decided by the journal.
        try await catalog.append([AuditEvent(.backUp, .done, by: use(before).actor, team: nil)])
        let head = try await catalog.auditHead()
        // The old one is back, and takes itself for the primary.
        try await primary.start()
        for _ in 0..<20 { #expect(try await catalog.auditHead() == head) }
    }

    @Test("that waits for its standby is told from one that can be written")
    func waiting() async throws {
        let server = try await PostgreSQLServer()
        let catalog = try open(server.url)
        #expect(await catalog.canAppend())
        try await server.set("synchronous_standby_names", "nobody")
        #expect(await !catalog.canAppend())
    }

    @Test("takes no text with a zero byte for a shorter one")
    func zeroByte() async throws {
        let catalog = try open(try await PostgreSQLServer.emptySchema())
        await #expect(throws: StoreMismatch.catalog(.damaged)) { try await catalog.registerStores([.default: "a\0b"]) }
        #expect(try await catalog.query("SELECT identity FROM store") { try $0.text("identity") }.isEmpty)
        try await catalog.registerStores([.default: "a"])
    }

    @Test("is asked for many rows at once without either waiting for the other")
    func pipelined() async throws {
        let catalog = try open(try await PostgreSQLServer.emptySchema())
        let long = String(repeating: "x", count: 2000)
        let events = (0..<5000).map { number in
            AuditEvent(
                .resolve, .done, by: Principal(tokenID: "t", name: long, address: nil, requestID: "r"), team: .research,
                subject: .secret(SecretName("S\(number)")!))
        }
        try await catalog.append(events)
        #expect(try await catalog.verifyAudit() == .intact(of: catalog))
        #expect(try await catalog.auditHead().seq == 5000)
    }
}
