import NIOConcurrencyHelpers
import Support
import Testing

@testable import Broker
@testable import Store

/// The catalog behind a gate: counts the transactions, and holds each until it is let through.
private actor GatedCatalog: AuditStore {
    private let catalog: Catalog
    private(set) var transactions = 0
    private var failures = 0
    private var isClosed = true
    private var held: [CheckedContinuation<Void, Never>] = []

    init(_ catalog: Catalog) { self.catalog = catalog }

    nonisolated func append(
        _ events: [AuditEvent], then done: @escaping @Sendable (Result<[Bool], CatalogError>) -> Void
    ) {
        Task {
            do throws(CatalogError) {
                done(.success(try await record(events)))
            } catch {
                done(.failure(error))
            }
        }
    }

    private func record(_ events: [AuditEvent]) async throws(CatalogError) -> [Bool] {
        transactions += 1
        if isClosed { await withCheckedContinuation { held.append($0) } }
        if failures > 0 {
            failures -= 1
            throw .unavailable
        }
        return try await catalog.record(events)
    }

    func canAppend() async -> Bool { failures == 0 }

    func failNext() { failures += 1 }

    func open() {
        isClosed = false
        held.forEach { $0.resume() }
        held = []
    }
}

extension Catalog {
    /// As the log calls it, and waited for.
    func record(_ events: [AuditEvent]) async throws(CatalogError) -> [Bool] {
        try await BoundedWait.outcome { done in append(events, then: done) }.get()
    }
}

@Suite("Group commit of the audit log")
struct AuditLogTests {
    private let fixture: CatalogFixture
    private let gate: GatedCatalog

    init() async throws {
        fixture = try await CatalogFixture()
        gate = GatedCatalog(fixture.catalog)
    }

    private static func event(_ number: Int) -> AuditEvent {
        AuditEvent(
            .resolve, .done, by: .robot, team: .research, subject: .secret(SecretName("S\(number)")!))
    }

    private func start(_ event: AuditEvent, _ log: AuditLog) -> Task<CatalogError?, Never> {
        Task {
            do throws(CatalogError) {
                try await log.append(event)
                return nil
            } catch {
                return error
            }
        }
    }

    /// One append in its transaction, and `count` more that wait for the next.
    private func gather(_ count: Int, _ log: AuditLog) async throws -> [Task<CatalogError?, Never>] {
        let first = start(Self.event(0), log)
        try await eventually("a transaction") { await gate.transactions > 0 }
        let rest = (1...count).map { start(Self.event($0), log) }
        try await eventually("\(count) appends wait") { log.waiting >= count }
        return [first] + rest
    }

    @Test("a hundred that arrive during one transaction share the next")
    func sharing() async throws {
        let log = AuditLog(gate)
        let appends = try await gather(100, log)
        await gate.open()
        for append in appends { #expect(await append.value == nil) }
        #expect(await gate.transactions == 2)
        #expect(try await fixture.catalog.auditHead().seq == 101)
        #expect(try await fixture.catalog.verifyAudit() == .intact(of: fixture.catalog))
    }

    @Test("a batch that fails fails for all in it, leaves nothing, and the next is tried afresh")
    func failure() async throws {
        let log = AuditLog(gate)
        let appends = try await gather(20, log)
        await gate.failNext()
        await gate.open()
        #expect(await appends[0].value == .unavailable)
        for append in appends.dropFirst() { #expect(await append.value == nil) }
        #expect(try await fixture.catalog.auditHead().seq == 20)
        try await log.append(Self.event(0))
        #expect(try await fixture.catalog.auditHead().seq == 21)
    }

    @Test("when the queue is full, more is refused at once and what waits is unharmed")
    func full() async throws {
        let log = AuditLog(gate, limit: 3)
        let appends = try await gather(3, log)
        await #expect(throws: CatalogError.unavailable) { try await log.append(Self.event(9)) }
        await gate.open()
        for append in appends { #expect(await append.value == nil) }
        #expect(try await fixture.catalog.auditHead().seq == 4)
    }

    @Test("a caller that is cancelled takes nobody's record with it, nor its own")
    func cancellation() async throws {
        let log = AuditLog(gate)
        let appends = try await gather(5, log)
        appends[0].cancel()
        appends[3].cancel()
        await gate.open()
        for append in appends { #expect(await append.value == nil) }
        #expect(try await fixture.catalog.auditHead().seq == 6)
    }

    @Test("of equal refusals twenty are recorded in a minute, and of everything else all")
    func refusals() async throws {
        let clock = NIOLockedValueBox(ContinuousClock.now)
        let log = AuditLog(fixture.catalog, clock: { clock.withLockedValue { $0 } })
        let refusal = AuditEvent(.resolve, .failed(code: "forbidden"), by: .robot, team: .research)
        let before = try await fixture.catalog.auditHead().seq
        for _ in 1...50 { try await log.append(refusal) }
        #expect(try await fixture.catalog.auditHead().seq == before + 20)
        #expect(log.unrecorded == 30)
        for number in 1...50 { try await log.append(Self.event(number)) }
        try await log.append(AuditEvent(.resolve, .failed(code: "forbidden"), by: .alice, team: .research))
        #expect(try await fixture.catalog.auditHead().seq == before + 71)
        // Whatever team it asks about.
        try await log.append(AuditEvent(.resolve, .failed(code: "forbidden"), by: .robot, team: .platform))
        #expect(try await fixture.catalog.auditHead().seq == before + 71)
        clock.withLockedValue { $0 += .seconds(60) }
        try await log.append(refusal)
        #expect(try await fixture.catalog.auditHead().seq == before + 72)
        let outcome = AuditEvent(
            .relay, .failed(code: "timed_out"), by: .robot, team: .research, endsAttempt: true)
        for _ in 1...50 { try await log.append(outcome) }
        #expect(try await fixture.catalog.auditHead().seq == before + 122)
    }

    @Test("of a batch only those fail whose basis no longer holds, and leave nothing")
    func outdated() async throws {
        let log = AuditLog(gate)
        let first = start(Self.event(0), log)
        try await eventually("a transaction") { await gate.transactions > 0 }
        let late = Principal(
            tokenID: "tok_late", name: "late", address: nil, requestID: "late",
            basis: .remembered(AccessState(changes: -1, epoch: nil)))
        let appends = (1...9).map { number in
            let actor = number.isMultiple(of: 3) ? late : Principal.robot
            return (actor, start(AuditEvent(.resolve, .done, by: actor, team: .research), log))
        }
        try await eventually("all wait") { log.waiting >= appends.count }
        await gate.open()
        #expect(await first.value == nil)
        for (actor, append) in appends { #expect(await append.value == (actor == late ? .outdated : nil)) }
        #expect(await gate.transactions == 2)
        #expect(try await fixture.catalog.auditHead().seq == 7)
    }
}
