import Broker
import Foundation
import Simulator
import Support
import Testing

/// One operation, made to fail in one call of its driver, on a secret of its own; then what it left.
struct FaultTrial: Sendable {
    let lane: Lane
    let operation: Operation
    let trouble: Trouble
    /// The call that fails, and what for. Nil: the cause is in all of them.
    let call: (name: String, step: DriverStep)?
    let isLasting: Bool
    let name: String
    let before = "value-\(UUID().uuidString)"
    let after = "value-\(UUID().uuidString)"

    private var subject: String { Self.subject(of: name) }
    private var faults: Faults { lane.place.cloud.faults }

    /// As a secret's references have it.
    static func subject(of name: String) -> String { "-\(name.lowercased().replacing("_", with: "-"))-" }

    private var expected: Outcome {
        // What a purge meets has no part in the answer.
        if call?.step == .purge || operation == .delete { return .done }
        return isLasting ? trouble.always : trouble.once
    }

    private var context: Comment {
        "\(operation.rawValue): \(trouble.name) \(isLasting ? "always" : "once") in \(call?.name ?? "every call")"
    }

    /// - Returns: the value in force, which an error left as it was.
    func run() async throws -> String {
        let relay = try await prepare()
        try await order()
        let answer = try await act(through: relay)
        expect(answer)
        try await expectFailed()
        try await expectInForce(whileItLasts: true)
        await clear()
        try await expectInForce(whileItLasts: false)
        return try await leftover()
    }

    /// - Returns: what calls the relay, if that is the operation.
    private func prepare() async throws -> APIClient? {
        if operation != .create {
            let added = try await lane.admin.add(name, before)
            try #require(added.status == 201, context)
        }
        guard operation == .relay else { return nil }
        return try await lane.admin.webhook(
            name.lowercased().replacing("_", with: "-"), with: name, at: lane.receiver)
    }

    private func order() async throws {
        switch trouble.cause {
        case .clock(let shift): lane.clock.advance(by: shift)
        case .effect(let effect):
            guard let call else { return }
            await faults.order(
                Fault(operation: call.name, at: isLasting ? .always : .nth(1), effect: effect, about: subject))
            // What the driver mends by itself, it has mended when this one is taken.
            guard !isLasting else { return }
            await faults.order(Fault(operation: call.name, effect: .delay(.zero), about: subject))
        }
    }

    private func act(through relay: APIClient?) async throws -> APIClient.Answer {
        switch operation {
        case .create: try await lane.admin.add(name, after)
        case .rotate: try await lane.admin.rotate(name, after)
        case .delete: try await lane.admin.delete(name)
        case .resolve: try await lane.resolver.resolve(name)
        case .relay: try await #require(relay).call("POST", "", "{}")
        }
    }

    private func expect(_ answer: APIClient.Answer) {
        switch expected {
        case .done: #expect(answer.status == operation.success, context)
        case .problem(let status, let code, let wait):
            #expect(answer.status == status, context)
            #expect(answer.code == code, context)
            #expect(answer.header("Content-Type") == "application/problem+json", context)
            #expect((answer.header("Retry-After").flatMap { Int($0) } ?? 0) >= wait, context)
            #expect(!answer.body.contains("value-"), context)
        }
        guard operation == .relay else { return }
        #expect((lane.receiver.lastReceived(after: before) != nil) == isDone, context)
    }

    /// The fault has happened, so that the trial proves something.
    private func expectFailed() async throws {
        guard let call else { return }
        let isMended = !isLasting && trouble.once == .done
        try await faults.waitUntilTaken(call.name, about: subject, count: isMended ? 2 : 1)
    }

    private var isDone: Bool { expected == .done }

    /// Where reads are not what fails, the decision shows at once. A deleted name is free at once.
    private func expectInForce(whileItLasts: Bool) async throws {
        if whileItLasts, call == nil || call?.step == .read { return }
        let resolved = try await lane.resolver.resolve(name)
        switch operation {
        case .create: #expect(resolved.resolved == (isDone ? after : nil), context)
        case .rotate: #expect(resolved.resolved == (isDone ? after : before), context)
        case .delete where whileItLasts:
            #expect(resolved.code == "unknown_variable", context)
            let added = try await lane.admin.add(name, after)
            #expect(added.status == 201, context)
        case .delete: #expect(resolved.resolved == (call == nil ? nil : after), context)
        case .resolve, .relay: #expect(resolved.resolved == before, context)
        }
    }

    private func clear() async {
        switch trouble.cause {
        // A cloud that did something meanwhile has dated it, and its time never goes back.
        case .clock(let shift): if trouble.always != .done { lane.clock.advance(by: .zero - shift) }
        case .effect: if let call { await faults.cancel(call.name, about: subject) }
        }
    }

    /// An error leaves the name as it was: free, or taken by what can be rotated.
    private func leftover() async throws -> String {
        switch operation {
        case .create where !isDone, .delete where call == nil:
            let added = try await lane.admin.add(name, after)
            #expect(added.status == 201, context)
            return after
        case .rotate where !isDone:
            let rotated = try await lane.admin.rotate(name, after)
            #expect(rotated.status == 200, context)
            return after
        case .create, .rotate, .delete: return after
        case .resolve, .relay: return before
        }
    }
}

extension APIClient {
    /// Makes a webhook that sends the secret as its access token.
    ///
    /// - Returns: W&B's side of it, which calls the empty path.
    func webhook(
        _ webhook: String, with secret: String, at receiver: WebhookReceiver, confirmed: Bool = true
    ) async throws -> APIClient {
        let url = receiver.url("/status/200")
        let added = try await call(
            "POST", "/v1/teams/research/webhooks",
            #"{"name":"\#(webhook)","url":"\#(url)","access_token":"\#(secret)","confirm":\#(confirmed)}"#)
        try #require(added.status == 201)
        let made = try await call(
            "POST", "/v1/tokens", #"{"name":"wandb","role":"relay","team":"research","webhook":"\#(webhook)"}"#)
        let token = try #require(made.body.firstMatch(of: /"token":"(sbt_[^"]+)"/).map { String($0.1) })
        return APIClient(http, url: "\(self.url)/v1/relay/research/\(webhook)", token: token)
    }
}
