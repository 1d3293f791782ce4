import Broker
import Foundation
import NIOConcurrencyHelpers
import Simulator
import Support
import Testing

/// A broker on a cloud of its own, with its cache off, which cases use one after another.
final class Lane: Sendable {
    let clock = ShiftedClock()
    let place: Installation
    let broker: BrokerBinary
    let receiver: WebhookReceiver
    let admin: APIClient
    let resolver: APIClient
    private let lastName = NIOLockedValueBox(0)

    init(on cloud: CloudKind, relayingTo receiver: WebhookReceiver) async throws {
        self.receiver = receiver
        place = try await Installation(on: try await cloud.start(clock: clock.now))
        broker = try await place.serve(receiver.relaying.merging(["SECRET_BROKER_CACHE_TTL": "0"]) { $1 })
        admin = place.asAdmin(broker)
        resolver = place.asResolver(broker)
    }

    /// A name that nothing had before.
    func newName() -> String {
        lastName.withLockedValue { last in
            last += 1
            return "KEY_\(last)"
        }
    }

    func end() async {
        await broker.kill()
        await place.end()
    }
}

extension Installation {
    /// Finishes what there is to finish, beside the broker. Where the broker fails in a purge at that moment, the row
    /// is left to the next turn: then once more.
    ///
    /// - Returns: what it said, if something was left.
    func reconciled() async throws -> String? {
        var said = ""
        for _ in 1...2 {
            let finished = try await run(["reconcile"])
            said = finished.output + finished.errors
            guard finished.status == 0 else { return said }
            if said.contains("journal: 0 under way, 0 to purge,") { return nil }
        }
        return said
    }
}

extension WebhookReceiver {
    /// What a broker is told so that it delivers to the receiver.
    var relaying: [String: String] {
        ["SSL_CERT_FILE": certificate, "SECRET_BROKER_RELAY_ALLOW": "localhost"]
    }
}

/// The lanes of a suite. A case has its lane to itself; what it leaves is the next one's start.
actor Lanes {
    @TaskLocal static var present: Lanes?

    private var idle: [CloudKind: [Lane]] = [:]
    private var receiver: Task<WebhookReceiver, any Error>?

    /// A lane that a case ends with an error is not used again.
    func use(on cloud: CloudKind, _ prove: (Lane) async throws -> Void) async throws {
        let lane: Lane
        if let waiting = idle[cloud]?.popLast() {
            lane = waiting
        } else {
            lane = try await Lane(on: cloud, relayingTo: try await sharedReceiver())
        }
        do {
            try await prove(lane)
            idle[cloud, default: []].append(lane)
        } catch {
            await lane.end()
            throw error
        }
    }

    func sharedReceiver() async throws -> WebhookReceiver {
        let starting = receiver ?? Task { try await WebhookReceiver() }
        receiver = starting
        return try await starting.value
    }

    func end() async {
        for lane in idle.values.joined() { await lane.end() }
        if let receiver { await (try? receiver.value)?.end() }
    }
}

/// Gives a suite its lanes, and ends them with it.
struct LanesTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        let lanes = Lanes()
        do {
            try await Lanes.$present.withValue(lanes) { try await body() }
        } catch {
            await lanes.end()
            throw error
        }
        await lanes.end()
    }
}

extension Trait where Self == LanesTrait {
    static var lanes: LanesTrait { LanesTrait() }
}
