import Broker
import Foundation
import NIOConcurrencyHelpers
import Simulator
import Support
import Testing
import Transport

/// A team's secrets under load: many resolve them, one after another rotates each, and brokers live and die.
final class LoadRun: Sendable {
    static let names = (0..<8).map { "L\($0)" }

    let place: Installation
    /// Values of this run, and nothing else, begin so.
    let marker = "value-\(UUID().uuidString)-"
    private let brokers: NIOLockedValueBox<[BrokerBinary]>
    private let progress = NIOLockedValueBox([RotationProgress](repeating: RotationProgress(), count: names.count))

    /// - Parameters:
    ///   - catalog: where it is not in a file.
    ///   - count: of brokers on it.
    init(on cloud: CloudKind, catalog: String? = nil, brokers count: Int = 1) async throws {
        place = try await Installation(on: cloud, catalog: catalog)
        var all: [BrokerBinary] = []
        for _ in 0..<count { all.append(try await place.serve()) }
        brokers = NIOLockedValueBox(all)
        for name in Self.names {
            #expect(try await place.asAdmin(all[0]).add(name, "\(marker)0").status == 201)
        }
    }

    func end() async {
        for broker in all { #expect(await broker.end() == 0) }
        await place.end()
    }

    /// Any of those that are there.
    var present: BrokerBinary { brokers.withLockedValue { $0.randomElement()! } }
    var all: [BrokerBinary] { brokers.withLockedValue { $0 } }

    /// In the place of another one.
    func start(instead dead: BrokerBinary) async throws {
        let next = try await place.serve()
        brokers.withLockedValue { $0 = $0.filter { $0 !== dead } + [next] }
    }
    /// Of all secrets together.
    var total: RotationProgress {
        progress.withLockedValue { all in
            var total = RotationProgress()
            for one in all {
                total.done += one.done
                total.unanswered += one.unanswered
                total.refusals += one.refusals
            }
            return total
        }
    }
}

extension LoadRun {
    /// Resolves until `end`, on as many connections, all together at most `rate` a second.
    ///
    /// - Parameter rate: nil: as many as there can be.
    func resolve(
        until end: ContinuousClock.Instant, connections: Int, rate: Double? = nil
    ) async throws -> ResolveCounts {
        let each: Duration? = rate.map { .seconds(Double(connections) / $0) }
        let start = ContinuousClock.now
        return try await withThrowingTaskGroup(of: ResolveCounts.self) { group in
            for connection in 0..<connections {
                let first = start + (each ?? .zero) * connection / connections
                group.addTask { try await self.resolve(from: first, each: each, until: end, startingAt: connection) }
            }
            var all = ResolveCounts()
            for try await counts in group { all = all + counts }
            return all
        }
    }

    /// One connection's share.
    private func resolve(
        from start: ContinuousClock.Instant, each: Duration?, until end: ContinuousClock.Instant, startingAt index: Int
    ) async throws -> ResolveCounts {
        var counts = ResolveCounts()
        var number = 0
        while ContinuousClock.now < end {
            try Task.checkCancellation()
            if let each {
                // Turns that passed while nobody listened are not made up for.
                number = max(number, Int((ContinuousClock.now - start) / each))
                try await Task.sleep(until: start + each * number)
            }
            await resolve((number + index) % Self.names.count, &counts)
            number += 1
        }
        return counts
    }

    private func resolve(_ index: Int, _ counts: inout ResolveCounts) async {
        let oldest = progress.withLockedValue { $0[index].answered }
        guard let answer = try? await place.asResolver(present).resolve(Self.names[index]) else {
            counts.unanswered += 1
            // Nobody listens: the next turn is soon enough.
            try? await Task.sleep(for: .milliseconds(20))
            return
        }
        guard answer.status == 200 else {
            counts.refused += 1
            return
        }
        let now = progress.withLockedValue { $0[index] }
        switch number(in: answer) {
        case let seen? where seen < oldest: counts.stale += 1
        case let seen? where seen <= now.sent && !now.refused.contains(seen): counts.done += 1
        default: counts.wrong += 1
        }
    }

    private func number(in answer: APIClient.Answer) -> Int? {
        answer.resolved.flatMap { $0.hasPrefix(marker) ? Int($0.dropFirst(marker.count)) : nil }
    }
}

extension LoadRun {
    /// Rotates every secret again and again until `end`.
    func rotate(until end: ContinuousClock.Instant, pause: Duration) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in Self.names.indices {
                group.addTask {
                    while ContinuousClock.now < end {
                        await self.rotate(index)
                        try await Task.sleep(for: pause)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func rotate(_ index: Int) async {
        let number = progress.withLockedValue { progress in
            progress[index].sent += 1
            return progress[index].sent
        }
        let answer = try? await place.asAdmin(present).rotate(Self.names[index], "\(marker)\(number)")
        progress.withLockedValue { progress in
            switch answer?.status {
            case 200?:
                progress[index].answered = number
                progress[index].done += 1
            case nil: progress[index].unanswered += 1
            default:
                progress[index].refused.insert(number)
                progress[index].refusals += 1
            }
        }
    }

    /// Orders a fault that passes, again and again until `end`.
    func fail(until end: ContinuousClock.Instant) async throws -> Int {
        var random = SeededRandom(seed: 1)
        var count = 0
        while ContinuousClock.now < end {
            let effects: [Fault.Effect] = [
                .resetBeforeEffect, .resetAfterEffect, .halfAnswer, .status(503), .throttle(retryAfter: nil),
                .expiredCredentials, .delay(.milliseconds(50)),
            ]
            let calls = DriverStep.allCases.flatMap(place.callNames)
            await place.cloud.faults.order(
                Fault(
                    operation: calls.randomElement(using: &random)!,
                    effect: effects.randomElement(using: &random)!))
            count += 1
            try await Task.sleep(for: .milliseconds(500))
        }
        return count
    }

    /// Lets brokers live and die, by turns told to end and killed.
    func live(until end: ContinuousClock.Instant, each life: Duration) async throws -> [BrokerLife] {
        var lives: [BrokerLife] = []
        while ContinuousClock.now < end {
            let death = min(.now + life, end)
            try await Task.sleep(for: life / 4)
            let warm = try residentMemory()
            try await Task.sleep(for: life / 4)
            let half = try residentMemory()
            try await Task.sleep(until: death)
            let isKilled = lives.count % 2 == 1
            lives.append(BrokerLife(warm: warm, half: half, end: try residentMemory(), isKilled: isKilled))
            let dying = present
            if isKilled { await dying.kill() } else { #expect(await dying.end() == 0) }
            #expect(!dying.hasLogged(marker), "a value is in the log")
            try await start(instead: dying)
        }
        return lives
    }

    /// In MiB.
    private func residentMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(present.processID)/status", encoding: .utf8)
        return try #require(status.firstMatch(of: /VmRSS:\s+([0-9]+) kB/).flatMap { Int($0.1) }) / 1024
    }

    /// No answered write is lost: each secret has the value that was answered last, or one that was sent after it and
    /// got no answer.
    /// - Parameter ignored: one that was written by somebody else.
    func lostWrites(ignoring ignored: String? = nil) async throws -> Int {
        let resolver = place.asResolver(present)
        var lost = 0
        for (index, name) in Self.names.enumerated() where name != ignored {
            let seen = number(in: try await resolver.resolve(name))
            if !progress.withLockedValue({ $0[index].mayBe(seen) }) { lost += 1 }
        }
        return lost
    }
}
