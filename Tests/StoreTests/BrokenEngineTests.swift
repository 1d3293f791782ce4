import Broker
import NIOConcurrencyHelpers
import Support
import Testing

@testable import Store

/// What an engine could do wrong. Each of these must fail the contract that the suites of both engines are.
enum Defect: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case keepsWhatFailed, losesWhatItKept, readsOnce, standsStill, countsNoChange, countsOneChange, runsTheFirstOnly
    case answersBackwards, forgetsNulls, ignoresValues, letsTwoWrite, seesNoChange

    @TaskLocal static var current: Defect?

    var testDescription: String { rawValue }
}

@Suite("The contract of engines")
struct BrokenEngineTests {
    /// Of each of its parts the tests that lean on the engine the most.
    private static let contract: [@Sendable () async throws -> Void] = [
        { try await EngineTests().rolledBack() }, { try await EngineTests().alone() },
        { try await EngineTests().values() },
        { try await JournalTests().busy() }, { try await JournalTests().renewal() },
        { try await JournalTests().commitRotation() }, { try await JournalTests().remove() },
        { try await SettlementTests().settled() }, { try await SettlementTests().rowRepeating() },
        { try await ObligationTests().held() }, { try await ObligationTests().order() },
        { try await ObligationTests().repeated() },
        { try await TokenTests().revocation() }, { try await TokenTests().descendants() },
        { try await TokenTests().duplicates() }, { try await TokenTests().list() },
        { try await UsageTests().latest() }, { try await AuditTests().tail() },
        { try await AuditTests().pages() }, { try await AuditSegmentTests().pruned() },
        { try await WebhookTests().roundTrip() }, { try await WebhookTests().replaceStale() },
        { try await ActivityTests().dailyUses() }, { try await ActivityTests().teams() },
        { try await RacingTests().chain() }, { try await RacingTests().expiry() },
        { try await RacingTests().visibility() }, { try await AccessMemoryTests().outdated(1) },
    ]

    private static func run(on kind: EngineKind, with defect: Defect?) async throws {
        try await EngineKind.$current.withValue(kind) {
            try await Defect.$current.withValue(defect) {
                for test in contract { try await test() }
            }
        }
    }

    @Test("is kept by each of them", arguments: EngineKind.available)
    func kept(_ kind: EngineKind) async throws {
        try await Self.run(on: kind, with: nil)
    }

    @Test("is not kept by one that is broken", arguments: EngineKind.available, Defect.allCases)
    func broken(_ kind: EngineKind, _ defect: Defect) async {
        await withKnownIssue { try await Self.run(on: kind, with: defect) }
    }
}

/// An engine with a defect put in front of it.
struct BrokenEngine: Engine {
    let engine: any Engine
    let defect: Defect
    private let start: Timestamp
    private let seen = Seen()
    /// The audit log's last record before the last transaction.
    private let lastHead = NIOLockedValueBox<[Row]?>(nil)

    private actor Seen {
        private var answers: [String: [Row]] = [:]

        func answer(_ key: String, or row: @Sendable () async throws(CatalogError) -> [Row]) async throws(CatalogError)
            -> [Row]
        {
            if let known = answers[key] { return known }
            let new = try await row()
            answers[key] = new
            return new
        }
    }

    init(_ engine: any Engine, _ defect: Defect) {
        self.engine = engine
        self.defect = defect
        start = engine.now
    }

    var now: Timestamp { defect == .standsStill ? start : engine.now }
    var space: CatalogSpace? { engine.space }
    var epoch: Int? { engine.epoch }

    func query(_ sql: String, _ values: [(any SQLConvertible)?]) async throws(CatalogError) -> [Row] {
        let ask = { @Sendable () async throws(CatalogError) -> [Row] in
            try await read { db in try db.rows(sql, values) }
        }
        return defect == .readsOnce ? try await seen.answer("\(sql) \(values)", or: ask) : try await ask()
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Session) throws -> Value
    ) async throws(CatalogError) -> Value {
        try await engine.read { [defect] db in try body(BrokenSession(session: db, defect: defect)) }
    }

    private struct RolledBack: Error {}

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any Session, Timestamp) throws -> Value,
        then done: @escaping @Sendable (Result<Value, CatalogError>) -> Void
    ) {
        Task {
            do throws(CatalogError) {
                done(.success(try await write(broken: body)))
            } catch {
                done(.failure(error))
            }
        }
    }

    private func write<Value: Sendable>(
        broken body: @escaping @Sendable (any Session, Timestamp) throws -> Value
    ) async throws(CatalogError) -> Value {
        let (defect, start) = (defect, start)
        let broken = { @Sendable (db: any Session, now: Timestamp) throws -> Value in
            try body(BrokenSession(session: db, defect: defect), defect == .standsStill ? start : now)
        }
        switch defect {
        case .keepsWhatFailed:
            let result = try await engine.write { db, now in Result { try broken(db, now) } }
            switch result {
            case .success(let value): return value
            case .failure(let error): throw error as? CatalogError ?? .damaged
            }
        case .losesWhatItKept:
            let kept = Kept<Value>()
            do throws(CatalogError) {
                return try await engine.write { db, now in
                    kept.value = try broken(db, now)
                    throw CatalogError.unavailable
                }
            } catch {
                guard let value = kept.value else { throw error }
                return value
            }
        case .letsTwoWrite:
            // As if it had begun together with the one before it.
            return try await engine.write { [lastHead] db, now in
                let present = try db.rows(StaleSession.head, [])
                let stale = lastHead.withLockedValue { last in
                    defer { last = present }
                    return last ?? present
                }
                return try body(StaleSession(session: db, stale: stale), now)
            }
        default: return try await engine.write(broken)
        }
    }

    func canWrite() async -> Bool { await engine.canWrite() }
    func close() { engine.close() }
}

/// One transaction's value. Written on the engine's thread before the transaction ends, and read after it.
private final class Kept<Value>: @unchecked Sendable {
    var value: Value?
}

private struct BrokenSession: Session {
    let session: any Session
    let defect: Defect
    var accessState: AccessState {
        get throws {
            let state = try session.accessState
            return defect == .seesNoChange ? AccessState(changes: 0, epoch: state.epoch) : state
        }
    }

    func rows(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> [Row] {
        let rows = try session.rows(sql, damaged(values))
        switch defect {
        case .answersBackwards: return rows.reversed()
        case .forgetsNulls:
            return rows.map { Row(columns: $0.columns, values: $0.values.map { $0 == .null ? .integer(0) : $0 }) }
        default: return rows
        }
    }

    func run(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> Int {
        let changes = try session.run(sql, damaged(values))
        switch defect {
        case .countsNoChange: return 0
        case .countsOneChange: return 1
        default: return changes
        }
    }

    func run(_ sql: String, each lists: [[(any SQLConvertible)?]]) throws {
        try session.run(sql, each: defect == .runsTheFirstOnly ? Array(lists.prefix(1)) : lists)
    }

    /// The last one of several is taken for the first.
    private func damaged(_ values: [(any SQLConvertible)?]) -> [(any SQLConvertible)?] {
        guard defect == .ignoresValues, values.count == 2, values[0] is String, values[1] is String else {
            return values
        }
        return [values[0], values[0]]
    }
}

private struct StaleSession: Session {
    static let head = "SELECT seq, hash, record FROM audit ORDER BY seq DESC LIMIT 1"

    let session: any Session
    let stale: [Row]
    var accessState: AccessState { get throws { try session.accessState } }

    func rows(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> [Row] {
        sql == Self.head ? stale : try session.rows(sql, values)
    }

    func run(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> Int { try session.run(sql, values) }
    func run(_ sql: String, each lists: [[(any SQLConvertible)?]]) throws { try session.run(sql, each: lists) }
}
