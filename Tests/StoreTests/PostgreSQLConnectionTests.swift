import Broker
import Logging
import Support
import Testing

@testable import Store

@Suite("A server of PostgreSQL that is asked", .enabled(if: PostgreSQLServer.programs != nil), .timeLimit(.minutes(5)))
struct PostgreSQLConnectionTests {
    @Test("that was lost is refused at once, and used again when it is back")
    func lost() async throws {
        let server = try await PostgreSQLServer()
        let catalog = try Catalog.open(serverAt: server.url)
        try await catalog.registerStores([.default: "x"])
        try await server.stop(isAbrupt: true)
        await #expect(throws: CatalogError.unavailable) { try await catalog.auditHead() }
        let began = ContinuousClock.now
        for _ in 0..<100 { await #expect(throws: CatalogError.unavailable) { try await catalog.auditHead() } }
        #expect(await !catalog.canAppend())
        #expect(ContinuousClock.now - began < .seconds(1))
        try await server.start()
        try await catalog.untilWritable()
        try await catalog.perform(.fixture(.create))
    }

    @Test("that takes too long for one statement refuses that one, and goes on with all others")
    func slow() async throws {
        let catalog = try Catalog.open(serverAt: try await PostgreSQLServer.emptySchema())
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
        let catalog = try Catalog.open(serverAt: server.url)
        for _ in 0..<5 {
            try await server.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'secret-broker'")
            #expect(try await catalog.auditHead() == .start)
        }
    }

    @Test("is asked by a new connection where the one at hand was idle for long", arguments: [true, false])
    func longIdle(isLong: Bool) async throws {
        let url = try #require(PostgreSQLURL(try await PostgreSQLServer.shared.value.url))
        let pool = try PostgreSQLPool(
            url, first: PostgreSQLConnection(url).prepared(), limit: 1, idleLimit: isLong ? .zero : .seconds(60),
            logger: Logger(label: "test"))
        let now = Timestamp(milliseconds: 0)
        let engine = PostgreSQLEngine(pool, at: now, clock: { now }, reading: { $0 })
        defer { engine.close() }
        var processes: Set<Int64> = []
        for _ in 0..<3 {
            let rows = try await engine.query("SELECT pg_backend_pid() AS pid", [])
            processes.insert(try #require(rows.first).integer("pid"))
        }
        #expect(processes.count == (isLong ? 3 : 1))
    }

    @Test("that gives no more connections goes on with those that it gave")
    func fewConnections() async throws {
        let server = try await PostgreSQLServer()
        try await server.query("CREATE ROLE few LOGIN CONNECTION LIMIT 2; CREATE SCHEMA few AUTHORIZATION few")
        let catalog = try Catalog.open(
            serverAt: server.url.replacing("user=postgres", with: "user=few") + "&options=-csearch_path%3Dfew")
        let answers = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { (try? await catalog.query("SELECT 1 AS one, pg_sleep(0.3)") { _ in true }) == [true] }
            }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(answers.contains(true))
        for _ in 0..<5 { #expect(try await catalog.auditHead() == .start) }
    }

    @Test("is asked for many rows at once without either waiting for the other")
    func pipelined() async throws {
        let catalog = try Catalog.open(serverAt: try await PostgreSQLServer.emptySchema())
        let long = String(repeating: "x", count: 2000)
        // Many times what the socket takes.
        let events = (0..<2000).map { number in
            AuditEvent(
                .resolve, .done, by: Principal(tokenID: "t", name: long, address: nil, requestID: "r"), team: .research,
                subject: .secret(SecretName("S\(number)")!))
        }
        try await catalog.append(events)
        #expect(try await catalog.verifyAudit(against: nil) == .intact(of: catalog))
        #expect(try await catalog.auditHead().seq == 2000)
    }

    @Test("takes no text with a zero byte for a shorter one")
    func zeroByte() async throws {
        let catalog = try Catalog.open(serverAt: try await PostgreSQLServer.emptySchema())
        await #expect(throws: StoreMismatch.catalog(.damaged)) { try await catalog.registerStores([.default: "a\0b"]) }
        #expect(try await catalog.query("SELECT identity FROM store") { try $0.text("identity") }.isEmpty)
        try await catalog.registerStores([.default: "a"])
    }
}
