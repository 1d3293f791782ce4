#if FaultInjection
/// A fault that a test orders: what happens to which call.
package struct Fault: Sendable {
    package enum Occasion: Sendable {
        /// Once: at the nth call of the operation after the order, or at the first later one that no earlier order
        /// took; 1 is the next call.
        case nth(Int)
        case always
    }

    package enum Effect: Sendable {
        case delay(Duration)
        /// The connection is reset before anything has happened.
        case resetBeforeEffect
        /// The operation takes effect, and the connection is reset instead of an answer.
        case resetAfterEffect
        /// The operation takes effect; half of the answer arrives, or nothing of one that has no body.
        case halfAnswer
        /// A body of that many bytes arrives; nothing has happened.
        case oversizedAnswer(bytes: Int)
        /// The cloud's own answer to too many requests, with these seconds in Retry-After, or without it.
        case throttle(retryAfter: Int?)
        /// The status comes with an HTML body, as from a proxy or load balancer.
        case status(Int)
        /// The request waits for `Faults.release`, whether or not its client does, and then takes effect.
        case hold
        case redirect(to: String)
        /// The operation takes effect; the answer's body is no JSON.
        case garbage
        case expiredCredentials
        case accessDenied
        /// The operator's key is disabled, at a cloud that has such keys; at another, nothing happens.
        case keyDisabled
        /// The operation takes effect; the answer names another version, and another value if it has one.
        case valueReplaced
        /// The cloud breaks a promise. This is how the contract suite itself is tested.
        case broken(BrokenPromise)
    }

    package let operation: String
    package let occasion: Occasion
    package let effect: Effect
    /// Limits the fault to calls whose target or body holds this text; nil for all.
    package let subject: String?

    /// - Parameter operation: the cloud's name for the call, for example `CreateSecret`.
    package init(
        operation: String, at occasion: Occasion = .nth(1), effect: Effect, about subject: String? = nil
    ) {
        self.operation = operation
        self.occasion = occasion
        self.effect = effect
        self.subject = subject
    }
}

/// An answer that looks like one that the cloud documents, but is not.
package struct BrokenPromise: Sendable {
    package struct Answer: Sendable {
        package var status: Int
        /// The body, which may hold a value: this exists in test builds only.
        package var body: String

        package init(status: Int, body: String) {
            self.status = status
            self.body = body
        }
    }

    /// Whether the operation takes effect anyway.
    package let hasEffect: Bool
    /// Makes the answer from the request's target and body and, if there was an effect, from the true answer.
    package let answer: @Sendable (_ target: String, _ body: String, _ truth: Answer) -> Answer

    package init(
        hasEffect: Bool = true,
        answer: @escaping @Sendable (_ target: String, _ body: String, _ truth: Answer) -> Answer
    ) {
        self.hasEffect = hasEffect
        self.answer = answer
    }
}

/// The ordered faults that have not happened yet, and the requests that are held.
package actor Faults {
    private struct Order {
        let fault: Fault
        var calls = 0

        var isDue: Bool {
            switch fault.occasion {
            case .nth(let number): calls >= number
            case .always: true
            }
        }

        func isAbout(_ operation: String, _ request: CloudRequest) -> Bool {
            guard fault.operation == operation else { return false }
            guard let subject = fault.subject else { return true }
            return request.target.contains(subject) || request.body.simulatedText.contains(subject)
        }
    }

    private struct Taken: Hashable {
        let operation: String
        let subject: String?
    }

    private struct Held {
        let operation: String
        let continuation: AsyncStream<Void>.Continuation
    }

    private var orders: [Order] = []
    private var taken: [Taken: Int] = [:]
    private var held: [Int: Held] = [:]
    private var nextHeld = 0
    private var signal = ChangeSignal()

    package func order(_ fault: Fault) {
        orders.append(Order(fault: fault))
    }

    /// Forgets every order. Requests that are held stay held.
    package func cancelAll() {
        orders = []
    }

    /// Forgets the orders for this operation and subject.
    package func cancel(_ operation: String, about subject: String?) {
        orders.removeAll { $0.fault.operation == operation && $0.fault.subject == subject }
    }

    /// The number of times that ordered faults have happened to the operation since the start.
    ///
    /// - Parameter subject: the orders' subject.
    package func taken(_ operation: String, about subject: String? = nil) -> Int {
        taken[Taken(operation: operation, subject: subject), default: 0]
    }

    /// Waits until ordered faults have happened to the operation `count` times since the start.
    ///
    /// - Parameter subject: the orders' subject.
    /// - Throws: `CancellationError`; `NothingHappened`, after a while.
    package func waitUntilTaken(_ operation: String, about subject: String? = nil, count: Int = 1) async throws {
        let key = Taken(operation: operation, subject: subject)
        try await wait("\(count) faults of \(operation) about \(subject ?? "anything")") {
            self.taken[key, default: 0] >= count
        }
    }

    /// The number of requests that are held.
    package var heldCount: Int { held.count }

    /// Waits until `count` requests of the operation are held.
    ///
    /// - Throws: `CancellationError`; `NothingHappened`, after a while.
    package func waitUntilHeld(_ operation: String, count: Int = 1) async throws {
        try await wait("\(count) held requests of \(operation)") {
            self.held.values.count { $0.operation == operation } >= count
        }
    }

    /// Releases the held requests, and returns when they have taken effect.
    ///
    /// - Parameter operation: the operation whose requests are released; nil for all.
    /// - Throws: `CancellationError`; `NothingHappened`, after a while.
    package func release(_ operation: String? = nil) async throws {
        let released = held.filter { operation == nil || $0.value.operation == operation }
        for request in released.values { request.continuation.yield() }
        try await wait("the effect of what was released") { released.keys.allSatisfy { self.held[$0] == nil } }
    }

    /// The first ordered fault whose turn it is. Counts the call for all of them.
    func take(_ operation: String, by request: CloudRequest) -> Fault.Effect? {
        var due: Int?
        for index in orders.indices where orders[index].isAbout(operation, request) {
            orders[index].calls += 1
            if due == nil, orders[index].isDue { due = index }
        }
        guard let due else { return nil }
        let fault = orders[due].fault
        if case .nth = fault.occasion { orders.remove(at: due) }
        taken[Taken(operation: operation, subject: fault.subject), default: 0] += 1
        signal.notify()
        return fault.effect
    }

    /// Runs `effect` once the request is released. Nil if the server stops before that.
    func hold<Result: Sendable>(_ operation: String, then effect: @Sendable () async -> Result) async -> Result? {
        let (release, continuation) = AsyncStream<Void>.makeStream()
        nextHeld += 1
        let id = nextHeld
        held[id] = Held(operation: operation, continuation: continuation)
        signal.notify()
        defer {
            held[id] = nil
            signal.notify()
        }
        var iterator = release.makeAsyncIterator()
        guard await iterator.next(isolation: self) != nil else { return nil }
        return await effect()
    }

    private func wait(_ what: String, until condition: () -> Bool) async throws {
        let (id, changes) = signal.subscribe()
        defer { signal.unsubscribe(id) }
        let timer = Task {
            try await Task.sleep(for: NothingHappened.patience)
            signal.end(id)
        }
        defer { timer.cancel() }
        var iterator = changes.makeAsyncIterator()
        while !condition() {
            guard await iterator.next(isolation: self) != nil else {
                try Task.checkCancellation()
                throw NothingHappened(what)
            }
        }
    }
}
#endif
