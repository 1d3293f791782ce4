import Broker
import Simulator
import Support
import Testing

/// SIGKILL at every step of every write. What was acknowledged is in force, every secret has one object, nothing else
/// is left, and the audit log verifies.
@Suite("Killed at any step", .timeLimit(.minutes(10)))
struct KillTests {
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case create, rotate, delete
        var testDescription: String { rawValue }
    }

    struct Point: CustomTestStringConvertible {
        let kind: Kind
        let step: WriteStep
        let moment: WriteSteps.Moment
        var testDescription: String { "\(kind.rawValue), \(moment.rawValue) \(step.rawValue)" }
        var setting: [String: String] { ["SECRET_BROKER_FAULT_KILL": "\(step.rawValue).\(moment.rawValue)"] }
    }

    /// `settle` belongs to failing writes, which `failing` covers.
    static let points: [Point] = Kind.allCases.flatMap { kind in
        let steps: [WriteStep] =
            switch kind {
            case .create: [.journal, .create, .readBack, .commit]
            case .rotate: [.journal, .create, .readBack, .commit, .purge, .advance]
            case .delete: [.remove, .purge, .advance]
            }
        return steps.flatMap { step in
            WriteSteps.Moment.allCases.map { Point(kind: kind, step: step, moment: $0) }
        }
    }

    /// What the write answered before the process died, if it did.
    private func attempt(_ kind: Kind, _ admin: APIClient) async -> Int? {
        switch kind {
        case .create: try? await admin.add("KEY", "new").status
        case .rotate: try? await admin.rotate("KEY", "new").status
        case .delete: try? await admin.delete("KEY").status
        }
    }

    private func prepare(_ kind: Kind, _ place: Installation) async throws {
        let broker = try await place.serve()
        if kind != .create { #expect(try await place.asAdmin(broker).add("KEY", "old").status == 201) }
        #expect(await broker.end() == 0)
    }

    /// Recovery decides what the dead process left, then a new broker tells what is in force.
    private func settled(_ place: Installation) async throws -> String? {
        let reconciled = try await place.run(["reconcile"])
        #expect(reconciled.status == 0, "\(reconciled.errors)")
        let broker = try await place.serve()
        let value = try await place.asResolver(broker).resolve("KEY").resolved
        #expect(await broker.end() == 0)
        return value
    }

    private func expectSound(_ place: Installation, value: String?) async throws {
        #expect(await place.objects().count == (value == nil ? 0 : 1))
        #expect(try await place.run(["audit", "verify"]).status == 0)
    }

    private func expectInForce(_ kind: Kind, _ answer: Int?, _ value: String?) {
        let acknowledged = answer.map { (200..<300).contains($0) } ?? false
        switch kind {
        case .create: #expect(acknowledged ? value == "new" : value == nil || value == "new")
        case .rotate: #expect(acknowledged ? value == "new" : value == "old" || value == "new")
        case .delete: #expect(acknowledged ? value == nil : value == nil || value == "old")
        }
    }

    @Test("leaves what was acknowledged and no orphan", arguments: CloudKind.allCases, points)
    func killed(_ cloud: CloudKind, _ point: Point) async throws {
        let place = try await Installation(on: cloud)
        try await prepare(point.kind, place)
        let broker = try await place.serve(point.setting)
        let answer = await attempt(point.kind, place.asAdmin(broker))
        #expect(await broker.ended() == -9)
        let value = try await settled(place)
        expectInForce(point.kind, answer, value)
        try await expectSound(place, value: value)
        await place.end()
    }

    /// The request of the dead process is still under way, and arrives when recovery has decided.
    @Test(
        "cannot be undone by a request that arrives late", arguments: CloudKind.allCases, [Kind.create, .rotate])
    func lateRequest(_ cloud: CloudKind, _ kind: Kind) async throws {
        let place = try await Installation(on: cloud)
        for held in place.callNames(of: .create) {
            try await prepare(kind, place)
            await place.cloud.faults.order(Fault(operation: held, effect: .hold))
            let broker = try await place.serve()
            async let answer = attempt(kind, place.asAdmin(broker))
            try await place.cloud.faults.waitUntilHeld(held)
            await broker.kill()
            _ = await answer
            let value = try await settled(place)
            #expect(value == (kind == .create ? nil : "old"))
            try await place.cloud.faults.release()
            // The second purge, which is due later, is what `reconcile` does at once.
            #expect(try await place.run(["reconcile"]).status == 0)
            #expect(try await settled(place) == value)
            try await expectSound(place, value: value)
            try await clear(place)
        }
        await place.end()
    }

    private func clear(_ place: Installation) async throws {
        let broker = try await place.serve()
        _ = try await place.asAdmin(broker).delete("KEY")
        #expect(await broker.end() == 0)
    }

    @Test("while a failed write is settled", arguments: CloudKind.allCases, WriteSteps.Moment.allCases)
    func failing(_ cloud: CloudKind, _ moment: WriteSteps.Moment) async throws {
        let place = try await Installation(on: cloud)
        try await prepare(.rotate, place)
        let operation = try #require(place.callNames(of: .create).last)
        await place.cloud.faults.order(Fault(operation: operation, effect: .accessDenied))
        let broker = try await place.serve(Point(kind: .rotate, step: .settle, moment: moment).setting)
        let answer = await attempt(.rotate, place.asAdmin(broker))
        #expect(answer == nil)
        #expect(await broker.ended() == -9)
        #expect(try await settled(place) == "old")
        try await expectSound(place, value: "old")
        await place.end()
    }

    @Test("beside a second broker and a reconcile, nobody's write is disturbed")
    func threeOnOneCatalog() async throws {
        let place = try await Installation()
        let (first, second) = (try await place.serve(), try await place.serve())
        async let reconciled = place.run(["reconcile"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, broker) in [first, second].enumerated() {
                group.addTask {
                    let admin = place.asAdmin(broker)
                    for number in 0..<10 {
                        let name = "KEY_\(index)_\(number)"
                        let created = try await admin.add(name, "a")
                        let rotated = try await admin.rotate(name, "b")
                        #expect(created.status == 201)
                        #expect(rotated.status == 200)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await reconciled.status == 0)
        #expect(try await place.run(["reconcile"]).status == 0)
        #expect(await place.objects().count == 20)
        #expect(await first.end() == 0)
        #expect(await second.end() == 0)
        #expect(try await place.run(["audit", "verify"]).status == 0)
        await place.end()
    }
}
