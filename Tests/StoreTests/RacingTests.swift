import Broker
import Support
import Testing

@testable import Store

@Suite("Several processes on one file", .everyEngine)
struct RacingTests {
    private let fixture: CatalogFixture
    private let replicas: [Catalog]

    init() async throws {
        fixture = try await CatalogFixture()
        replicas = [fixture.catalog, try fixture.openAgain(), try fixture.openAgain()]
    }

    /// All at once, spread over the replicas.
    private func race<Answer: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (Catalog, Int) async throws -> Answer
    ) async throws -> [Answer] {
        try await withThrowingTaskGroup(of: Answer.self) { [replicas] group in
            for number in 0..<count {
                group.addTask { try await body(replicas[number % replicas.count], number) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test("of many who want to write a secret, one gets the lock")
    func writeLock() async throws {
        let openings = try await race(24) { catalog, _ in
            try await catalog.open(.fixture(.create), lease: .seconds(10))
        }
        #expect(openings.count { $0 == .success(nil) } == 1)
        #expect(openings.count { $0 == .failure(.busy) } == 23)
    }

    @Test("an expired lease is taken once")
    func expiry() async throws {
        for number in 0..<20 {
            _ = try await fixture.catalog.open(
                .fixture(.create, SecretName("S\(number)")!), lease: .seconds(10))
        }
        fixture.clock.advance(by: .seconds(10))
        let taken = try await race(12) { catalog, _ in try await catalog.expireLeases() }
        #expect(taken.reduce(0, +) == 20)
    }

    @Test("commit, settle and recovery agree on one end, whoever is first", arguments: 0..<30)
    func decision(_: Int) async throws {
        let write = Put.fixture(.create)
        _ = try await fixture.catalog.open(write, lease: .seconds(1))
        fixture.clock.advance(by: .seconds(1))
        let answers = try await race(6) { catalog, number -> (end: Result<SecretRecord, WriteRefusal>?, expired: Int) in
            switch number {
            case 0, 3: (try await catalog.commit(write, pin: Pin("p"), base: nil), 0)
            case 1, 4: (try await catalog.settle(write, failure: "internal"), 0)
            default: (nil, try await catalog.expireLeases())
            }
        }
        let ends = answers.compactMap(\.end)
        let present = try await fixture.catalog.secret(.token, in: .research)
        let owed = try await fixture.catalog.obligations(all: true, limit: 10).map(\.reference)
        let isCommitted = ends.contains { $0 != .failure(.lost) }
        #expect(ends.contains(.failure(.lost)) != isCommitted)
        #expect(present?.version.reference == (isCommitted ? write.reference : nil))
        #expect(owed == (isCommitted ? [] : [write.reference]))
        #expect(!(isCommitted && answers.contains { $0.expired > 0 }))
    }

    @Test("a purge is advanced once")
    func advance() async throws {
        _ = try await fixture.catalog.settle(.fixture(.create), failure: "internal")
        let obligation = try #require(try await fixture.catalog.obligations(all: false, limit: 1).first)
        let date = fixture.clock.now
        _ = try await race(9) { catalog, number in
            try await catalog.advance(obligation, number == 4 ? .discharged : .again(at: date))
        }
        #expect(try await fixture.auditTrail().count { $0 == "secret:purge done" } == 1)
    }

    @Test("the audit chain stays whole when many append")
    func chain() async throws {
        _ = try await race(60) { catalog, number in
            let subject = AuditEvent.Subject.secret(SecretName("S\(number)")!)
            try await catalog.append([
                AuditEvent(.resolve, .attempted, by: .robot, team: .research, subject: subject),
                AuditEvent(.resolve, .done, by: .robot, team: .research, subject: subject),
            ])
        }
        #expect(try await fixture.catalog.auditHead().seq == 120)
        #expect(try await fixture.catalog.verifyAudit() == .intact(of: fixture.catalog))
    }

    @Test("a write that was answered is seen by every reader at once")
    func visibility() async throws {
        for number in 0..<20 {
            let record = try await replicas[number % 3].perform(.fixture(number == 0 ? .create : .rotate))
            for replica in replicas {
                #expect(try await replica.versions(of: [.token], in: .research) == [.token: record.version])
            }
        }
    }
}
