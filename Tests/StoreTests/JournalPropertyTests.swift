import Broker
import Support
import Testing

@testable import Store

@Suite("Random histories of writes keep to the model", .everyEngine)
struct JournalPropertyTests {
    /// Two connections to one file take turns, as two replicas would.
    @Test("every answer and every state is the model's", arguments: 1...12 as ClosedRange<UInt64>)
    func histories(seed: UInt64) async throws {
        let fixture = try await CatalogFixture()
        var history = History(
            fixture: fixture, replicas: [fixture.catalog, try fixture.openAgain()], random: SeededRandom(seed: seed))
        for _ in 0..<250 {
            try await history.step()
            try await history.compare()
        }
        let trail = try await fixture.auditTrail().filter { !$0.hasPrefix("secret:purge") && !$0.hasSuffix("expired") }
        #expect(trail.map { $0.split(separator: " ").prefix(2).joined(separator: " ") } == history.model.trail)
        #expect(try await fixture.catalog.verifyAudit() == .intact(of: fixture.catalog))
    }
}

extension AuditVerdict {
    static func intact(of catalog: Catalog) async throws -> AuditVerdict {
        let head = try await catalog.auditHead()
        return .intact(count: head.seq, head: head)
    }
}

private struct History {
    let fixture: CatalogFixture
    let replicas: [Catalog]
    var random: SeededRandom
    var model = JournalModel()
    private var writes: [(write: Put, base: Version?)] = []
    private var seen: [Obligation] = []

    init(fixture: CatalogFixture, replicas: [Catalog], random: SeededRandom) {
        self.fixture = fixture
        self.replicas = replicas
        self.random = random
    }

    mutating func step() async throws {
        let now = fixture.clock.now
        switch Int.random(in: 0..<14, using: &random) {
        case 0...3: try await open(at: now)
        case 4...6:
            guard let (write, base) = writes.randomElement(using: &random) else { return }
            let pin = Pin("pin-\(write.reference.id)")
            let decision = try await replica().commit(write, pin: pin, base: base)
            #expect(decision == model.commit(write, pin: pin, base: base, at: now))
        case 7: try await remove(at: now)
        case 8...9:
            guard let write = writes.randomElement(using: &random)?.write else { return }
            let decision = try await replica().settle(write, failure: "internal")
            #expect(decision == model.settle(write, at: now))
        case 10:
            guard let write = writes.randomElement(using: &random)?.write else { return }
            let isOurs = try await replica().renew(write, lease: .seconds(10))
            #expect(isOurs == model.renew(write, lease: .seconds(10), at: now))
        case 11: #expect(try await replica().expireLeases() == model.expireLeases(at: now))
        case 12: try await advance(at: now)
        default: fixture.clock.advance(by: .seconds(Int.random(in: 1...8, using: &random)))
        }
    }

    func compare() async throws {
        let catalog = fixture.catalog
        let secrets = try await catalog.secrets(in: .research)
        #expect(secrets == model.secrets.values.sorted { $0.name < $1.name })
        let due = try await catalog.obligations(all: false, limit: 1000)
        #expect(Set(due.map(\.reference)) == model.obligations(at: fixture.clock.now))
        let all = try await catalog.obligations(all: true, limit: 1000)
        #expect(Set(all.map(\.reference)) == model.obligations(at: nil))
        let depth = try await catalog.journalDepth()
        #expect(
            [depth.writing, depth.purging, depth.repeating, depth.held]
                == ["writing", "purge", "repeat", "held"].map(model.count))
        #expect(model.obligations(at: nil).isDisjoint(with: secrets.map(\.version.reference)))
    }

    private mutating func open(at now: Timestamp) async throws {
        let kind: Put.Kind = Bool.random(using: &random) ? .create : .rotate
        let (name, expected) = randomSecret()
        let write = Put.fixture(kind, name, expected: expected)
        let opening = try await replica().open(write, lease: .seconds(10))
        #expect(opening == model.open(write, lease: .seconds(10), at: now))
        if case .success(let base) = opening { writes.append((write, base)) }
        if writes.count > 8 { writes.removeFirst() }
    }

    private mutating func remove(at now: Timestamp) async throws {
        let (name, expected) = randomSecret()
        let write = Deletion.fixture(name, expected: expected)
        let decision = try await replica().remove(write)
        #expect(decision == model.remove(write, at: now))
    }

    /// Sometimes with a row as it was read some steps ago.
    private mutating func advance(at now: Timestamp) async throws {
        seen += try await replica().obligations(all: true, limit: 3)
        if seen.count > 6 { seen.removeFirst(seen.count - 6) }
        guard let obligation = seen.randomElement(using: &random) else { return }
        let later = now.adding(.seconds(20))
        let steps: [ObligationStep] = [.discharged, .again(at: later), .failed(retryAt: later), .held(until: later)]
        let step = steps[Int.random(in: 0..<4, using: &random)]
        try await replica().advance(obligation, step)
        model.advance(obligation, step)
    }

    private mutating func randomSecret() -> (SecretName, expected: VersionID?) {
        let name: SecretName = Bool.random(using: &random) ? .token : .key
        let present = model.secrets[name]?.version.id
        let expected = [nil, nil, present, VersionID(recorded: "aaaaaaaaaaaaaaaa")].randomElement(using: &random)!
        return (name, expected)
    }

    private mutating func replica() -> Catalog {
        replicas[Int.random(in: 0..<replicas.count, using: &random)]
    }
}
