import Broker
import Foundation
import Simulator
import Store
import Support
import Testing
import Transport

/// Several brokers of the built program on one real PostgreSQL.
@Suite("Replicas", .enabled(if: PostgreSQLServer.programs != nil), .timeLimit(.minutes(10)))
struct ReplicaTests {
    /// On a catalog of its own in the server that all tests share.
    private func installation(on cloud: CloudKind = .aws) async throws -> Installation {
        try await Installation(on: cloud, catalog: try await PostgreSQLServer.emptySchema())
    }

    @Test("what one answered, each of the others sees at once", arguments: CloudKind.allCases)
    func visible(_ cloud: CloudKind) async throws {
        let place = try await installation(on: cloud)
        let (one, other) = (try await place.serve(), try await place.serve())
        #expect(try await place.asAdmin(one).add("KEY", "0").status == 201)
        for number in 1...20 {
            let (writer, reader) = number % 2 == 0 ? (one, other) : (other, one)
            #expect(try await place.asAdmin(writer).rotate("KEY", "\(number)").status == 200)
            #expect(try await place.asResolver(reader).resolve("KEY").resolved == "\(number)")
        }
        #expect(try await place.asAdmin(one).delete("KEY").status == 204)
        #expect(try await place.asResolver(other).resolve("KEY").code == "unknown_variable")
        let listed = try await place.run(["token", "list", "--json"]).output
        for id in listed.matches(of: /"id": ?"([^"]+)"/).map(\.1) {
            #expect(try await place.run(["token", "revoke", String(id)]).status == 0)
        }
        for broker in [one, other] { #expect(try await place.asAdmin(broker).resolve("KEY").status == 401) }
        for broker in [one, other] { #expect(await broker.end() == 0) }
        #expect(try await place.run(["audit", "verify"]).status == 0)
        await place.end()
    }

    @Test("a write whose broker is killed at any step is finished by another one", arguments: KillTests.points)
    func killed(_ point: KillTests.Point) async throws {
        let place = try await installation()
        let other = try await place.serve()
        if point.kind != .create { #expect(try await place.asAdmin(other).add("KEY", "old").status == 201) }
        let broker = try await place.serve(point.setting)
        let admin = place.asAdmin(broker)
        let answer: Int? =
            switch point.kind {
            case .create: try? await admin.add("KEY", "new").status
            case .rotate: try? await admin.rotate("KEY", "new").status
            case .delete: try? await admin.delete("KEY").status
            }
        // A step of recovery can be the other one's.
        if point.step != .purge, point.step != .advance { #expect(await broker.ended() == -9) }
        // Undecided for as long as its lease lasts: 10 s, and the next pass after that.
        let value = try await eventually("the write is decided, and leaves no orphan", within: .seconds(40)) {
            let value = try await place.asResolver(other).resolve("KEY").resolved
            let isSettled = await place.objects().count == (value == nil ? 0 : 1)
            return isSettled ? .some(value) : nil
        }
        let acknowledged = answer.map { (200..<300).contains($0) } ?? false
        switch point.kind {
        case .create: #expect(acknowledged ? value == "new" : value == nil || value == "new")
        case .rotate: #expect(acknowledged ? value == "new" : value == "old" || value == "new")
        case .delete: #expect(acknowledged ? value == nil : value == nil || value == "old")
        }
        let next =
            value == nil
            ? try await place.asAdmin(other).add("KEY", "next") : try await place.asAdmin(other).rotate("KEY", "next")
        #expect((200..<300).contains(next.status), "\(next.body)")
        _ = await broker.end()
        #expect(await other.end() == 0)
        #expect(try await place.run(["audit", "verify"]).status == 0)
        await place.end()
    }

    @Test("connections that are cut in the middle of transactions lose no answered write")
    func cutConnections() async throws {
        let server = try await PostgreSQLServer()
        let run = try await LoadRun(on: .aws, catalog: server.url, brokers: 2)
        let end = ContinuousClock.now + .seconds(6)
        async let resolved = run.resolve(until: end, connections: 8)
        async let rotated: Void = run.rotate(until: end, pause: .milliseconds(5))
        while ContinuousClock.now < end {
            try await server.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'secret-broker'")
            try await Task.sleep(for: .milliseconds(150))
        }
        let counts = try await resolved
        try await rotated
        try await expectSound(run, counts)
        await run.end()
    }

    @Test(
        "while the database is stopped, resolves are refused at once; when it is back, all goes on",
        arguments: [true, false])
    func restarted(isAbrupt: Bool) async throws {
        let server = try await PostgreSQLServer()
        let place = try await Installation(catalog: server.url)
        let broker = try await place.serve()
        #expect(try await place.asAdmin(broker).add("KEY", "v").status == 201)
        #expect(try await place.asResolver(broker).resolve("KEY").resolved == "v")
        try await server.stop(isAbrupt: isAbrupt)
        _ = try await place.asResolver(broker).resolve("KEY")
        var times: [Duration] = []
        for _ in 0..<5 {
            let began = ContinuousClock.now
            let refused = try await place.asResolver(broker).resolve("KEY")
            #expect(refused.status == 503)
            #expect(refused.code == "audit_unavailable")
            #expect(refused.header("Retry-After") != nil)
            times.append(.now - began)
        }
        // One that waited would take four seconds.
        #expect(times.sorted()[2] < .seconds(3))
        let ready = try await place.asAdmin(broker).call("GET", "/readyz")
        #expect(ready.status == 503)
        #expect(ready.body.contains(#""catalog":"unavailable""#), "\(ready.body)")
        #expect(await broker.logs("the catalog is out of reach"))
        try await server.start()
        let value = try await eventually("the broker resolves again", within: .seconds(10)) {
            try await place.asResolver(broker).resolve("KEY").resolved
        }
        #expect(value == "v")
        #expect(try await place.asAdmin(broker).rotate("KEY", "w").status == 200)
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test(
        "a broker whose network to the database is cut for ten seconds refuses, and then goes on; the other one serves")
    func cutNetwork() async throws {
        let server = try await PostgreSQLServer()
        let forwarder = try await TCPForwarder(to: server.port)
        let place = try await Installation(catalog: server.loopbackURL)
        let near = try await place.serve()
        let far = try await place.serve(
            ["SECRET_BROKER_CATALOG": "postgres://postgres@127.0.0.1:\(forwarder.port)/postgres"])
        #expect(try await place.asAdmin(near).add("KEY", "0").status == 201)
        #expect(try await place.asResolver(far).resolve("KEY").resolved == "0")
        forwarder.cut()
        async let unanswered = place.asAdmin(far).rotate("KEY", "lost")
        try await Task.sleep(for: .seconds(1))
        // Its lock, if it has one, is not kept for longer than the database waits for it.
        try await eventually("the other broker rotates", within: .seconds(12)) {
            try await place.asAdmin(near).rotate("KEY", "1").status == 200
        }
        #expect(try await unanswered.status != 200)
        var times: [Duration] = []
        for _ in 0..<5 {
            let began = ContinuousClock.now
            #expect(try await place.asResolver(far).resolve("KEY").status == 503)
            times.append(.now - began)
            #expect(try await place.asResolver(near).resolve("KEY").resolved == "1")
        }
        #expect(times.sorted()[2] < .seconds(3))
        forwarder.mend()
        let value = try await eventually("the broker that was cut off resolves again", within: .seconds(20)) {
            try await place.asResolver(far).resolve("KEY").resolved
        }
        #expect(value == "1")
        for broker in [near, far] { #expect(await broker.end() == 0) }
        #expect(try await place.run(["reconcile"]).status == 0)
        #expect(await place.objects().count == 1)
        #expect(try await place.run(["audit", "verify"]).status == 0)
        await place.end()
    }

    @Test("a standby that is promoted, with synchronous replication, has every answered write, and none is stale")
    func promoted() async throws {
        let primary = try await PostgreSQLServer(options: ["wal_level=replica"])
        let standby = try await PostgreSQLServer(copying: primary)
        let url = "postgres://postgres@127.0.0.1:\(primary.port),127.0.0.1:\(standby.port)/postgres"
        let run = try await LoadRun(on: .aws, catalog: url, brokers: 2)
        let end = ContinuousClock.now + .seconds(10)
        async let resolved = run.resolve(until: end, connections: 8)
        async let rotated: Void = run.rotate(until: end, pause: .milliseconds(5))
        try await eventually("the primary has answered rotates of each secret") {
            run.total.done >= 4 * LoadRun.names.count
        }
        try await primary.stop(isAbrupt: true)
        try await standby.promote()
        let counts = try await resolved
        try await rotated
        #expect(counts.done > 0)
        let before = run.total.done
        try await eventually("a rotate at the new primary", within: .seconds(10)) {
            try await run.place.asAdmin(run.present).rotate(LoadRun.names[0], "\(run.marker)0").status == 200
        }
        #expect(before > 0)
        try await expectSound(run, counts, ignoring: LoadRun.names[0])
        await run.end()
    }

    @Test("a change of a webhook or a token of which nobody knows whether it took effect gets no answer at all")
    func inDoubt() async throws {
        let server = try await PostgreSQLServer()
        let place = try await Installation(on: .aws, catalog: server.url)
        let broker = try await place.serve()
        let admin = place.asAdmin(broker)
        let webhook = "/v1/teams/research/webhooks/hook"
        let url = "https://hooks.example.com/"
        let created = try await admin.call(
            "POST", "/v1/teams/research/webhooks", #"{"name":"hook","url":"\#(url)"}"#)
        #expect(created.status == 201)
        let token = try await admin.call("POST", "/v1/tokens", #"{"name":"t","role":"auditor"}"#)
        let id = try #require(token.body.firstMatch(of: /"id":"(tok_[0-9a-f]+)"/)?.1)
        // A commit waits for a standby that never comes, until it is told not to: it is done then, but not promised.
        try await server.set("synchronous_standby_names", "nobody")
        let changes: [(method: String, path: String, body: String?)] = [
            ("POST", webhook + "/confirm", #"{"url":"\#(url)"}"#),
            ("PUT", webhook, #"{"url":"\#(url)new","confirm":true}"#),
            ("POST", "/v1/tokens", #"{"name":"u","role":"auditor"}"#), ("DELETE", "/v1/tokens/\(id)", nil),
            ("DELETE", webhook, nil),
        ]
        let cancelling = Task {
            while !Task.isCancelled {
                try await server.query(
                    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
            }
        }
        defer { cancelling.cancel() }
        for change in changes {
            // While the catalog is refused, for a moment after such a commit of anybody's, nothing is done, and said so.
            try await eventually("\(change.method) \(change.path) gets no answer", within: .seconds(30)) {
                // On a connection of its own: on one that was used before, libcurl would ask once more by itself.
                let http = try HTTPClient(TransportSettings())
                defer { http.shutDown() }
                do throws(TransportError) {
                    let client = APIClient(http, url: admin.url, token: admin.token)
                    let answer = try await client.call(change.method, change.path, change.body)
                    #expect(answer.code == "audit_unavailable")
                    return false
                } catch {
                    return true
                }
            }
        }
        cancelling.cancel()
        _ = await cancelling.result
        try await server.set("synchronous_standby_names", "")
        let status = try await eventually("the broker serves again", within: .seconds(10)) {
            let status = try await admin.call("GET", webhook).status
            return status == 503 ? nil : status
        }
        #expect(status == 404)
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test(
        "replicas whose clocks are a minute apart go by the database's", .enabled(if: FakeTime.isInstalled))
    func skewed() async throws {
        let place = try await installation()
        let right = try await place.serve()
        let wrong = try await place.serve(under: FakeTime.command("+60s"))
        let date = try await place.asAdmin(wrong).call("GET", "/healthz").header("Date")
        #expect(try #require(date.flatMap(Timestamp.init(httpDate:))).since(TestCatalog.systemTime()) > .seconds(50))
        #expect(try await place.asAdmin(right).add("KEY", "0").status == 201)
        for (number, writer) in [right, wrong].enumerated() {
            // A write under way, whose lease the other one would take for expired, or its own writer, by the wrong clock.
            for _ in 1...2 { await place.cloud.faults.order(.init(operation: "CreateSecret", effect: .hold)) }
            async let rotated = place.asAdmin(writer).rotate("KEY", "\(number + 1)")
            try await place.cloud.faults.waitUntilHeld("CreateSecret")
            // Longer than until each one's next look at the journal.
            try await Task.sleep(for: .seconds(6))
            await place.cloud.faults.cancelAll()
            try await place.cloud.faults.release()
            #expect(try await rotated.status == 200)
            for broker in [right, wrong] {
                #expect(try await place.asResolver(broker).resolve("KEY").resolved == "\(number + 1)")
            }
        }
        // One that ends in 30 s has not ended for the broker whose own clock is a minute ahead.
        let token = try await Installation.token(
            ["--role", "resolver", "--team", "research", "--expires", "30s"], place.environment)
        for broker in [right, wrong] {
            let client = APIClient(place.http, url: broker.url, token: token)
            #expect(try await client.resolve("KEY").resolved == "2")
        }
        for broker in [right, wrong] { #expect(await broker.end() == 0) }
        #expect(try await place.run(["audit", "verify"]).status == 0)
        await place.end()
    }

    private func expectSound(_ run: LoadRun, _ counts: ResolveCounts, ignoring name: String? = nil) async throws {
        #expect(counts.done > 0)
        #expect(counts.stale == 0)
        #expect(counts.wrong == 0)
        #expect(run.total.done > 0)
        #expect(try await run.lostWrites(ignoring: name) == 0)
        #expect(try await run.place.reconciled() == nil)
        #expect(await run.place.objects().count == LoadRun.names.count)
        #expect(try await run.place.run(["audit", "verify"]).status == 0)
    }
}
