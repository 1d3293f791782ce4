import Broker
import Foundation
import Simulator
import Support
import Testing
import Transport

/// Not shared between tasks.
final class RandomRunner {
    typealias Violation = RandomModel.Violation

    let run: RandomRun
    let plan: RandomPlan
    let place: Installation
    let receiver: WebhookReceiver
    var broker: BrokerBinary
    private var relays: [String] = []
    var model = RandomModel(count: RandomPlan.names.count)
    private var lastNumber = 0
    /// The broker is about to die, or may.
    var mayDie = false
    var counts = RandomCounts()

    /// No other run's values begin so.
    var marker: String { "value-\(run.cloud.rawValue)-\(String(run.seed, radix: 36))-" }
    var faults: Faults { place.cloud.faults }
    private var admin: APIClient { place.asAdmin(broker) }
    private var resolver: APIClient { place.asResolver(broker) }

    init(_ run: RandomRun, relayingTo receiver: WebhookReceiver) async throws {
        self.run = run
        self.receiver = receiver
        plan = RandomPlan(seed: run.seed, operations: run.operations)
        place = try await Installation(on: run.cloud)
        broker = try await place.serve(Self.settings(plan, receiver))
        for name in RandomPlan.names {
            let relay = try await place.asAdmin(broker).webhook(
                name.lowercased(), with: name, at: receiver, confirmed: false)
            relays.append(try #require(relay.token))
        }
    }

    static func settings(_ plan: RandomPlan, _ receiver: WebhookReceiver) -> [String: String] {
        receiver.relaying.merging(["SECRET_BROKER_CACHE_TTL": plan.cacheLifetime]) { $1 }
    }

    /// - Throws: what the model does not allow, with the step at which it was seen.
    func carryOut() async throws {
        for (number, step) in plan.steps.enumerated() {
            do {
                try await carryOut(step)
            } catch {
                throw Violation("step \(number), \(step): \(error)")
            }
        }
        _ = await broker.end()
        await place.end()
    }

    private func carryOut(_ step: RandomPlan.Step) async throws {
        switch step {
        case .write(let write, let name, let fault, let ending):
            try await withFault(fault) { try await self.write(write, name, ending, isFaulty: fault != nil) }
        case .resolve(let name, let fault):
            try await withFault(fault) { try await self.observe(name, isFaulty: fault != nil, self.resolve(name)) }
        case .relay(let name, let fault):
            try await withFault(fault) { try await self.observe(name, isFaulty: fault != nil, self.relay(name)) }
        case .release: try await faults.release()
        case .kill:
            await broker.kill()
            counts.kills += 1
            try await start()
        case .restart(let killing): try await restart(killing)
        case .check: try await check()
        }
    }
}

extension RandomRunner {
    private func withFault(_ fault: RandomPlan.PlannedFault?, _ act: () async throws -> Void) async throws {
        counts.operations += 1
        if let fault {
            counts.faults += 1
            let calls = place.callNames(of: fault.step)
            await faults.order(
                Fault(
                    operation: calls[fault.call % calls.count], at: fault.isLasting ? .always : .nth(1),
                    effect: fault.effect))
        }
        try await act()
        await faults.cancelAll()
    }

    private func write(
        _ write: RandomPlan.Write, _ name: Int, _ ending: RandomPlan.Ending, isFaulty: Bool
    ) async throws {
        lastNumber += 1
        let number = lastNumber
        let resolver = resolver
        // Two that run beside it, and see what was in force before or what is now.
        async let first = try? resolver.resolve(RandomPlan.names[name])
        async let second = try? resolver.resolve(RandomPlan.names[name])
        let answer = try await ended(ending, sending(write, name, number))
        for beside in [await first, await second].compactMap(\.self) {
            try model.sawBeside(name, beside, value: self.number(in: beside.resolved), writing: number)
        }
        count(answer)
        try model.wrote(write, name, number: number, answer, isFaulty: isFaulty)
        if answer == nil { try await revive() }
    }

    private func sending(
        _ write: RandomPlan.Write, _ name: Int, _ number: Int
    ) -> @Sendable () async -> APIClient.Answer? {
        let (admin, text, value) = (admin, RandomPlan.names[name], "\(marker)\(number)")
        var headers: [HTTPHeader] = []
        switch (write, model.secrets[name].version) {
        case (.rotate(.present), let version?): headers = [HTTPHeader("If-Match", "\"\(version)\"")]
        case (.rotate(.stale), _): headers = [HTTPHeader("If-Match", "\"aaaaaaaaaaaaaaaa\"")]
        default: break
        }
        return { [headers] in
            switch write {
            case .add: try? await admin.add(text, value)
            case .rotate:
                try? await admin.call(
                    "PUT", "/v1/teams/research/secrets/\(text)", #"{"value":"\#(value)"}"#, headers: headers)
            case .delete: try? await admin.delete(text)
            }
        }
    }

    private func ended(
        _ ending: RandomPlan.Ending, _ send: @escaping @Sendable () async -> APIClient.Answer?
    ) async throws -> APIClient.Answer? {
        switch ending {
        case .answered: return await send()
        case .killed(let delay):
            async let answer = send()
            try await Task.sleep(for: delay)
            await broker.kill()
            mayDie = true
            let told = await answer
            if told != nil { try await revive() }
            return told
        case .killedWhileHeld(let call): return try await killedWhileHeld(call, send)
        }
    }

    /// A write that is refused before it makes anything is not held.
    private func killedWhileHeld(
        _ call: Int, _ send: @escaping @Sendable () async -> APIClient.Answer?
    ) async throws -> APIClient.Answer? {
        let calls = place.callNames(of: .create)
        let call = calls[call % calls.count]
        await faults.cancelAll()
        await faults.order(Fault(operation: call, effect: .hold, about: "research"))
        let (faults, before) = (faults, await faults.taken(call, about: "research"))
        return try await withThrowingTaskGroup(of: APIClient.Answer??.self) { group in
            group.addTask { .some(await send()) }
            group.addTask {
                try await faults.waitUntilTaken(call, about: "research", count: before + 1)
                return nil
            }
            if let answer = try await group.next()! {
                group.cancelAll()
                return answer
            }
            await broker.kill()
            mayDie = true
            return try await group.next()! ?? nil
        }
    }

    func resolve(_ name: Int) async -> (answer: APIClient.Answer, value: Int?)? {
        guard let answer = try? await resolver.resolve(RandomPlan.names[name]) else { return nil }
        return (answer, number(in: answer.resolved))
    }

    private func relay(_ name: Int) async -> (answer: APIClient.Answer, value: Int?)? {
        let relay = APIClient(place.http, url: broker.url, token: relays[name])
        let webhook = RandomPlan.names[name].lowercased()
        // The secret may have been deleted since it was confirmed; while it is not there, that cannot be done.
        let url = #"{"url":"\#(receiver.url("/status/200"))"}"#
        guard let armed = try? await admin.call("POST", "/v1/teams/research/webhooks/\(webhook)/confirm", url)
        else { return nil }
        guard armed.status == 200 else { return (armed, nil) }
        let path = "/v1/relay/research/\(webhook)"
        guard let answer = try? await relay.call("POST", path, "{}") else { return nil }
        let delivered = receiver.lastReceived(after: marker)
        return (answer, delivered.flatMap { Int($0.prefix(while: \.isNumber)) })
    }

    private func observe(_ name: Int, isFaulty: Bool, _ seen: (answer: APIClient.Answer, value: Int?)?) async throws {
        count(seen?.answer)
        guard let seen else { return try await revive() }
        try model.saw(name, seen.answer, value: seen.value, isFaulty: isFaulty)
    }

    private func number(in text: String?) -> Int? {
        text?.components(separatedBy: marker).dropFirst().first.flatMap { Int($0.prefix(while: \.isNumber)) }
    }

    private func count(_ answer: APIClient.Answer?) {
        guard let answer else {
            counts.unanswered += 1
            return
        }
        if (200..<300).contains(answer.status) { counts.succeeded += 1 } else { counts.refused += 1 }
    }
}
