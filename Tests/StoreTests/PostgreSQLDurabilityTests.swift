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
        // Though the URL names it first, new connections go to the one that replaced it,
        try await withThrowingTaskGroup(of: [Bool].self) { group in
            for _ in 0..<8 {
                group.addTask { try await catalog.query("SELECT 1 AS one, pg_sleep(0.3)") { _ in true } }
            }
            for try await answer in group { #expect(answer == [true]) }
        }
        // and those that take the place of lost ones.
        for _ in 0..<3 {
            try await standby.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'secret-broker'")
            #expect(try await catalog.auditHead() == head)
        }
        try await catalog.append([use(after)])
        #expect(catalog.epoch == after)
    }

    /// The URL of an empty schema, whose server refuses with `code` whoever asks for its timeline.
    private func schema(withoutTimeline code: String) async throws -> String {
        let text = try await PostgreSQLServer.emptySchema()
        let schema = try #require(PostgreSQLURL(text)?.parameters["options"]?.split(separator: "=").last)
        try await PostgreSQLServer.shared.value.query(
            """
            CREATE FUNCTION \(schema).pg_walfile_name(pg_lsn) RETURNS text LANGUAGE plpgsql
                AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '\(code)'; END $$
            """)
        // Before the server's own function of that name.
        return text + "%2Cpg_catalog"
    }

    @Test("that knows no timeline is used without", arguments: ["42883", "42501", "0A000"])
    func noTimeline(code: String) async throws {
        let catalog = try Catalog.open(serverAt: try await schema(withoutTimeline: code))
        #expect(catalog.epoch == 0)
        try await catalog.append([AuditEvent(.backUp, .done, by: .alice, team: nil)])
    }

    @Test("that does not tell its timeline just now is not used", arguments: ["57014", "53200", "55000"])
    func untoldTimeline(code: String) async throws {
        let text = try await schema(withoutTimeline: code)
        let error = #expect(throws: CatalogOpenError.self) { try Catalog.open(serverAt: text) }
        #expect(error?.sentence.contains("the server does not tell its timeline") == true)
    }
}
