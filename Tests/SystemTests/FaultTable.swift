import Simulator
import Testing

/// What a broker is asked to do while its store fails.
enum Operation: String, CaseIterable, CustomTestStringConvertible {
    case create, rotate, delete, resolve, relay

    var testDescription: String { rawValue }

    var success: Int {
        switch self {
        case .create: 201
        case .rotate, .resolve, .relay: 200
        case .delete: 204
        }
    }

    /// The steps of the driver that it comes to. The purge comes after the answer, and is no part of it.
    var steps: [DriverStep] {
        switch self {
        case .create: [.create, .read]
        case .rotate: [.create, .read, .purge]
        case .delete: [.purge]
        case .resolve, .relay: [.read]
        }
    }
}

/// What the broker answers.
enum Outcome: Equatable {
    case done
    /// - Parameter wait: at least what Retry-After asks for, in seconds. Zero: it does not.
    case problem(Int, String, wait: Int)

    static let unavailable = problem(503, "provider_unavailable", wait: 1)
    static let denied = problem(502, "provider_denied", wait: 0)
    static let rejected = problem(502, "provider_rejected", wait: 0)
    static func throttled(wait: Int) -> Outcome { problem(503, "provider_throttled", wait: wait) }
}

/// A way to fail, and what is documented to come of it: docs/runbook.md, "What each failure means".
struct Trouble: CustomTestStringConvertible {
    enum Cause {
        case effect(Fault.Effect)
        /// The cloud's clock is ahead.
        case clock(Duration)
    }

    let name: String
    let cause: Cause
    /// The answer when one call fails so, and when every call does.
    let once: Outcome
    let always: Outcome
    var clouds = CloudKind.allCases
    /// Of the driver, in which it can happen.
    var steps = DriverStep.allCases

    var testDescription: String { name }

    private init(
        _ name: String, _ effect: Fault.Effect, once: Outcome, always: Outcome, on clouds: [CloudKind]? = nil,
        in steps: [DriverStep]? = nil
    ) {
        self.name = name
        cause = .effect(effect)
        self.once = once
        self.always = always
        self.clouds = clouds ?? self.clouds
        self.steps = steps ?? self.steps
    }

    private init(_ name: String, clockAhead shift: Duration, _ outcome: Outcome, on clouds: [CloudKind]) {
        self.name = name
        cause = .clock(shift)
        once = outcome
        always = outcome
        self.clouds = clouds
    }

    // What may pass is tried again, and named when it does not pass. What an answer says is taken at its word, at once.
    static let all = [
        Trouble("a reset before the effect", .resetBeforeEffect, once: .done, always: .unavailable),
        Trouble("a reset after the effect", .resetAfterEffect, once: .done, always: .unavailable),
        Trouble("half an answer", .halfAnswer, once: .done, always: .unavailable),
        Trouble("an answer of endless length", .oversizedAnswer(bytes: 2 << 20), once: .rejected, always: .rejected),
        Trouble("an internal error", .status(500), once: .done, always: .unavailable),
        Trouble("a service that is down", .status(503), once: .done, always: .unavailable),
        Trouble("a throttle", .throttle(retryAfter: nil), once: .done, always: .throttled(wait: 1)),
        Trouble("a throttle for a second", .throttle(retryAfter: 1), once: .done, always: .throttled(wait: 2)),
        Trouble(
            "a throttle for a minute", .throttle(retryAfter: 60), once: .throttled(wait: 61),
            always: .throttled(wait: 61)),
        Trouble("expired credentials", .expiredCredentials, once: .done, always: .denied),
        Trouble("a permission withdrawn", .accessDenied, once: .denied, always: .denied),
        Trouble("a redirect", .redirect(to: "https://localhost:1/"), once: .rejected, always: .rejected),
        Trouble(
            "the operator's key disabled", .keyDisabled, once: .denied, always: .denied, on: [.aws, .google],
            in: [.create, .read]),
        Trouble(
            "a checksum that does not fit", .broken(.wrongChecksum), once: .rejected, always: .rejected, on: [.google],
            in: [.read]),
        // A signature, and a signed assertion, are of their time; a client's secret and a cluster's token are not.
        Trouble("a clock that is off", clockAhead: .seconds(7200), .denied, on: [.aws, .google]),
        Trouble("a clock that is off", clockAhead: .seconds(7200), .done, on: [.azure, .kubernetes]),
    ]

    /// The request arrives and is not answered. Apart from the others, since each costs the driver's whole patience.
    static let timeout = Trouble("no answer in time", .hold, once: .done, always: .unavailable)
}

extension BrokenPromise {
    /// The value's checksum is another value's.
    fileprivate static let wrongChecksum = BrokenPromise { _, _, truth in
        let told = truth.body.replacing(/"dataCrc32c":"[0-9]+"/, with: #""dataCrc32c":"1""#)
        return .init(status: truth.status, body: told)
    }
}

/// One cell of the matrix.
struct FaultCase: CustomTestStringConvertible {
    let cloud: CloudKind
    let operation: Operation
    let trouble: Trouble

    var testDescription: String { "\(operation.rawValue) on \(cloud.rawValue): \(trouble.name)" }

    static let all = CloudKind.allCases.flatMap { cloud in
        Operation.allCases.flatMap { operation in
            Trouble.all.filter { trouble in
                trouble.clouds.contains(cloud) && operation.steps.contains(where: trouble.steps.contains)
            }.map { FaultCase(cloud: cloud, operation: operation, trouble: $0) }
        }
    }

    static let timeouts = CloudKind.allCases.flatMap { cloud in
        Operation.allCases.map { FaultCase(cloud: cloud, operation: $0, trouble: .timeout) }
    }
}
