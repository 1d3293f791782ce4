import Broker
import Support
import Testing

@testable import Store

@Suite(
    "A server of PostgreSQL that is to keep what it says", .enabled(if: PostgreSQLServer.programs != nil),
    .timeLimit(.minutes(5)))
struct PostgreSQLDurabilityTests {
    @Test("makes no commit that waits for its disk or its standby a mere promise")
    func synchronous() async throws {
        let server = try await PostgreSQLServer(options: ["synchronous_commit=off", "statement_timeout=2000"])
        let catalog = try Catalog.open(serverAt: server.url)
        let settings = try await catalog.query(
            "SELECT current_setting('synchronous_commit') AS sync, current_setting('statement_timeout') AS time"
        ) { "\(try $0.text("sync")) \(try $0.text("time"))" }
        #expect(settings == ["on 3500ms"])
    }

    @Test("that stops waiting for its standby leaves a commit in doubt")
    func notReplicated() async throws {
        let server = try await PostgreSQLServer()
        let catalog = try Catalog.open(serverAt: server.url)
        try await server.set("synchronous_standby_names", "nobody")
        let appended = Task { try await catalog.append([AuditEvent(.backUp, .done, by: .alice, team: nil)]) }
        let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        try await eventually("a commit that waits for its standby") { try await server.query(cancel) == "t" }
        await #expect(throws: CatalogError.inDoubt) { try await appended.value }
    }

    @Test("that waits for its standby is told from one that can be written")
    func waiting() async throws {
        let server = try await PostgreSQLServer()
        let catalog = try Catalog.open(serverAt: server.url)
        #expect(await catalog.canAppend())
        try await server.set("synchronous_standby_names", "nobody")
        #expect(await !catalog.canAppend())
    }

    @Test("that was a standby is another epoch: what was read of its predecessor is not acted on, nor asked again")
    func promoted() async throws {
        let primary = try await PostgreSQLServer()
        let standby = try await PostgreSQLServer(copying: primary)
        let url = "postgres://postgres@127.0.0.1:\(primary.port),127.0.0.1:\(standby.port)/postgres"
        let catalog = try Catalog.open(serverAt: url)
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
        try await catalog.untilWritable()
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
}
