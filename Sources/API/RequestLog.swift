package import Broker
import HTTPTypes
import Hummingbird
package import Logging

/// One request on its way through a door, as far as the log and the metrics are to know it.
struct ServedRequest {
    let id = RequestIDs.next()
    let method: HTTPRequest.Method
    /// With the names of its parameters, not with what stood there.
    let route: String
    let use: Route.Use?
    fileprivate let began = ContinuousClock.now
    /// Once that is known.
    var actor: Principal?
    /// What it came to instead of what was asked for, also where the answer is a page that says so.
    var failure: APIError?
    /// Whether a page tells that a webhook's destination answered with an error. The API passes its status on.
    var isRefusedByDestination = false

    init(_ method: HTTPRequest.Method, _ route: String, _ use: Route.Use?) {
        self.method = method
        self.route = route
        self.use = use
    }
}

/// Measures and logs what became of requests, whichever door they came in by.
struct RequestLog: Sendable {
    let metrics = RequestMetrics()
    let logger: Logger
    private let failures = LineLimit()
    private let refusals = LineLimit()

    init(logger: Logger) { self.logger = logger }

    func conclude(_ served: ServedRequest, _ request: Request, _ context: Context, _ response: Response) {
        if let use = served.use {
            metrics.record(use, Self.outcome(of: served, response), .now - served.began)
        }
        if let failure = served.failure { log(failure, of: served, context) }
        guard logger.logLevel <= .debug else { return }
        var metadata = Self.metadata(of: served)
        metadata["status"] = "\(response.status.code)"
        metadata["took"] = "\(.now - served.began)"
        if let trace = TraceContext(request.headers) { metadata["trace_id"] = "\(trace.traceID)" }
        logger.debug("answered", metadata: metadata)
    }

    private static func outcome(of served: ServedRequest, _ response: Response) -> String {
        if let failure = served.failure { return Problem(failure).code.rawValue }
        let isPassedOn = served.use == .relay && response.status.code >= 400
        return isPassedOn || served.isRefusedByDestination ? "destination_refused" : "ok"
    }

    /// What no caller can mend, and the use of a secret that is not there or does not fit into its header: so that an
    /// operator finds the request that somebody asks about, and whose it was.
    private func log(_ error: APIError, of served: ServedRequest, _ context: Context) {
        let problem = Problem(error)
        let isFailure = problem.status.kind == .serverError
        let isRefusal = problem.code == .unknownVariable || problem.code == .headerInjection
        guard isFailure || (served.use != nil && isRefusal) else { return }
        guard let leftOut = (isFailure ? failures : refusals).admit() else { return }
        var metadata = Self.metadata(of: served)
        metadata["code"] = "\(problem.code.rawValue)"
        if let actor = served.actor {
            metadata["token"] = "\(actor.tokenID)"
            metadata["actor"] = "\(actor.name)"
            if let team = context.parameters.get("team").flatMap(TeamName.init) { metadata["team"] = "\(team)" }
        }
        metadata.merge(Self.metadata(of: error)) { _, new in new }
        if leftOut > 0 { metadata["not_logged_before"] = "\(leftOut)" }
        if isFailure {
            logger.warning("a request failed", metadata: metadata)
        } else {
            logger.info("a use was refused", metadata: metadata)
        }
    }

    private static func metadata(of served: ServedRequest) -> Logger.Metadata {
        ["method": "\(served.method.rawValue)", "route": "\(served.route)", "request_id": "\(served.id)"]
    }

    /// The names of secrets that are the team's; of names that are none only how many, since anything can stand there.
    private static func metadata(of error: APIError) -> Logger.Metadata {
        switch error {
        case .broker(.provider(let failure, let store)):
            return failure.metadata(at: store)
        case .broker(.valueLost(let names)): return ["secrets": "\(names.map(\.text).joined(separator: ","))"]
        case .broker(.headerInjection(let name?)): return ["secrets": "\(name)"]
        case .broker(.unknownVariable(let names)): return ["unknown_names": "\(names.count)"]
        case .noSuchPath, .methodNotAllowed, .bodyTooLarge, .bodyTooSlow, .noRoom, .notJSON, .wrongMember, .noSuchToken,
            .duplicateKey, .nestedTooDeeply, .unknownField, .notTheForm, .forged, .foreignHost, .broker:
            return [:]
        }
    }
}

extension ProviderError {
    /// The failed call for a line of the log.
    package func metadata(at store: StoreName) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "store": "\(store)", "store_call": "\(operation)", "store_answer": "\(vendorCode ?? kind.rawValue)",
        ]
        if let requestID { metadata["store_request_id"] = "\(requestID)" }
        return metadata
    }
}
