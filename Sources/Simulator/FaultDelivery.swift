#if FaultInjection
import Broker

/// How one cloud words the faults that are its own.
protocol FaultDialect: Sendable {
    func throttled() -> CloudAnswer
    func expiredCredentials() -> CloudAnswer
    func accessDenied() -> CloudAnswer
    /// Nil for a cloud without keys of the operator's own.
    func keyDisabled() -> CloudAnswer?
    /// The same answer, but about another version.
    func replaced(_ answer: CloudAnswer) -> CloudAnswer
}

extension Faults {
    /// Answers a call, or does to it what was ordered.
    nonisolated func deliver(
        _ operation: String, to request: CloudRequest, in dialect: any FaultDialect,
        answer: @Sendable () async -> CloudAnswer
    ) async -> Delivery {
        switch await take(operation, by: request) {
        case nil:
            return .whole(await answer())
        case .delay(let duration):
            // The sleep is cancelled when the server stops: then nobody hears the answer.
            try? await Task.sleep(for: duration)
            return .whole(await answer())
        case .resetBeforeEffect:
            return .reset
        case .resetAfterEffect:
            _ = await answer()
            return .reset
        case .halfAnswer:
            return .half(await answer())
        case .oversizedAnswer(let size):
            return .whole(.page(200, text: String(repeating: " ", count: size)))
        case .throttle(let seconds):
            var throttled = dialect.throttled()
            if let seconds { throttled.headers.append(("Retry-After", String(seconds))) }
            return .whole(throttled)
        case .status(let status):
            return .whole(.page(status, text: "<html><body><h1>\(status)</h1></body></html>"))
        case .hold:
            return await hold(operation, then: answer).map { .whole($0) } ?? .reset
        case .redirect(let address):
            var moved = CloudAnswer.page(307, text: "")
            moved.headers.append(("Location", address))
            return .whole(moved)
        case .garbage:
            var answered = await answer()
            answered.body = CloudAnswer.page(200, text: "{\"Name\": tru").body
            return .whole(answered)
        case .expiredCredentials:
            return .whole(dialect.expiredCredentials())
        case .accessDenied:
            return .whole(dialect.accessDenied())
        case .keyDisabled:
            if let refused = dialect.keyDisabled() { return .whole(refused) }
            return .whole(await answer())
        case .valueReplaced:
            return .whole(dialect.replaced(await answer()))
        case .broken(let promise):
            let truth = promise.hasEffect ? await answer() : CloudAnswer(status: 200, contentType: "", text: "{}")
            return .whole(truth.replaced(by: promise, asked: request))
        }
    }
}

extension CloudAnswer {
    fileprivate func replaced(by promise: BrokenPromise, asked request: CloudRequest) -> CloudAnswer {
        let told = promise.answer(
            request.target, request.body.simulatedText, .init(status: status, body: body.simulatedText))
        return CloudAnswer(
            status: told.status, headers: headers.filter { $0.name.lowercased() != "content-length" },
            body: Secret(told.body))
    }

    fileprivate static func page(_ status: Int, text: String) -> CloudAnswer {
        CloudAnswer(status: status, contentType: "text/html", text: text)
    }
}
#endif
