import Broker
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What every request passes: it is numbered, its sender identified, its body read within bounds, and whatever goes
/// wrong on the way becomes a problem.
struct Door: Sendable {
    static let maximumBody = 1 << 20

    let services: Services
    let logger: Logger
    private let site: Site
    fileprivate let pages: PageDoor
    private let room: BodyRoom
    private let refusals = SignInRefusals()
    private let requests = RequestMetrics()
    private let failures = LineLimit()

    /// - Throws: what the template engine says of a page's template.
    init(services: Services, site: Site, room: BodyRoom, logger: Logger) throws {
        self.services = services
        self.logger = logger
        self.site = site
        self.room = room
        pages = try PageDoor(services, site: site, room: room, refusals: refusals, logger: logger)
    }

    func router() -> Router<Context> {
        let router = Router(context: Context.self, options: .autoGenerateHeadEndpoints)
        let table = Route.table(services, refusals: refusals, requests: requests)
        for route in table {
            router.on(RouterPath(route.path), method: route.method) { request, context in
                await self.answer(request, context, route)
            }
        }
        let pageTable = pages.routes
        for route in pageTable {
            router.on(RouterPath(route.path), method: route.method) { request, context in
                await self.pages.answer(request, context, route)
            }
        }
        var methods: [String: [HTTPRequest.Method]] = [:]
        for route in table { methods[route.path, default: []].append(route.method) }
        for route in pageTable { methods[route.path, default: []].append(route.method) }
        for (path, allowed) in methods {
            for method in Self.methods where !allowed.contains(method == .head ? .get : method) {
                router.on(RouterPath(path), method: method) { request, context in
                    self.refuse(.methodNotAllowed(allowed.map(\.rawValue).sorted()), context)
                }
            }
        }
        router.middlewares.add(NoSuchPath(door: self))
        return router
    }

    private static let methods: [HTTPRequest.Method] = [
        .get, .head, .post, .put, .patch, .delete, .options, .trace, HTTPRequest.Method("QUERY")!,
    ]

    private func answer(_ request: Request, _ context: Context, _ route: Route) async -> Response {
        let started = ContinuousClock.now
        let requestID = RequestIDs.next()
        var response: Response
        var outcome = "ok"
        do throws(APIError) {
            response = try await handle(request, context, route, requestID)
            response.headers[.requestID] = requestID
        } catch .broker(.outcomeUnknown) {
            // No status may be sent: whoever asked must not take the write for failed, nor for done.
            context.channel.close(mode: .all, promise: nil)
            outcome = BrokerError.outcomeUnknown.code.rawValue
            response = problem(.broker(.outcomeUnknown), context, requestID)
            logFailure(.broker(.outcomeUnknown), outcome, route, requestID)
        } catch {
            outcome = Problem(error).code.rawValue
            response = problem(error, context, requestID)
            if response.status.kind == .serverError { logFailure(error, outcome, route, requestID) }
        }
        if let use = route.use { requests.record(use, outcome, .now - started) }
        if route.takesValue { response.closeConnection(context) }
        if logger.logLevel <= .debug { log(request, route, response, requestID, took: .now - started) }
        return response
    }

    /// What no caller can mend, so that an operator finds the request that a caller asks about.
    private func logFailure(_ error: APIError, _ code: String, _ route: Route, _ requestID: String) {
        guard let leftOut = failures.admit() else { return }
        var metadata: Logger.Metadata = [
            "method": "\(route.method.rawValue)", "route": "\(route.path)", "code": "\(code)",
            "request_id": "\(requestID)",
        ]
        if case .broker(.provider(let failure)) = error {
            metadata["store_call"] = "\(failure.operation)"
            metadata["store_answer"] = "\(failure.vendorCode ?? failure.kind.rawValue)"
            if let id = failure.requestID { metadata["store_request_id"] = "\(id)" }
        }
        if leftOut > 0 { metadata["not_logged_before"] = "\(leftOut)" }
        logger.warning("a request failed", metadata: metadata)
    }

    private func log(_ request: Request, _ route: Route, _ response: Response, _ requestID: String, took: Duration) {
        var metadata: Logger.Metadata = [
            "method": "\(route.method.rawValue)", "route": "\(route.path)", "status": "\(response.status.code)",
            "took": "\(took)", "request_id": "\(requestID)",
        ]
        if let trace = TraceContext(request.headers) { metadata["trace_id"] = "\(trace.traceID)" }
        logger.debug("answered", metadata: metadata)
    }

    private func handle(
        _ request: Request, _ context: Context, _ route: Route, _ requestID: String
    ) async throws(APIError) -> Response {
        switch route.handler {
        case .open(let handler): return try await handler()
        case .local(let permission, let handler):
            if !isLocal(request, context) {
                let caller = try await identify(request, context, requestID)
                try await services.ask { () throws(BrokerError) in try caller.require(permission) }
            }
            return try await handler()
        case .signedIn(let handler):
            return try await handler(exchange(request, context, requestID))
        case .recorded(let handler):
            var exchange = try await exchange(request, context, requestID, byMemory: true)
            do throws(APIError) {
                return try await handler(exchange)
            } catch {
                let before = exchange.caller.actor.basis
                guard case .remembered = before, !error.endsDelivery else { throw error }
                // A refusal goes by the catalog as it is now, on record or not: of equal ones not all are.
                exchange.caller = try await identify(request, context, requestID)
                let present = try await identify(request, context, requestID, byMemory: true).actor.basis
                guard error == .broker(.outdated) || present != before else { throw error }
                return try await handler(exchange)
            }
        }
    }

    /// Identifies the sender before the body is read, so that a stranger's never is, and again behind a body that took its
    /// time: what a token allows counts when the request is whole.
    private func exchange(
        _ request: Request, _ context: Context, _ requestID: String, byMemory: Bool = false
    ) async throws(APIError) -> Exchange {
        var caller = try await identify(request, context, requestID, byMemory: byMemory)
        let begun = ContinuousClock.now
        let body = try await request.body(upTo: Self.maximumBody, in: room)
        if .now - begun > .milliseconds(100) {
            caller = try await identify(request, context, requestID, byMemory: byMemory)
        }
        return Exchange(
            parameters: context.parameters, query: request.uri.queryParameters, headers: request.headers, body: body,
            caller: caller)
    }

    /// Asked from this machine, and neither through what does TLS nor through a proxy that says for whom.
    private func isLocal(_ request: Request, _ context: Context) -> Bool {
        guard !site.isBehindProxy, let address = context.channel.remoteAddress?.ipAddress else { return false }
        guard Site.isLoopback(request.head.authority) else { return false }
        let isForwarded = [.forwarded, .xForwardedFor, .xRealIP, .via].contains { request.headers.contains($0) }
        // A listener for both families tells an IPv4 address in IPv6's form.
        return !isForwarded && LoopbackHost.isOne(address.replacing("::ffff:", with: ""))
    }

    private func identify(
        _ request: Request, _ context: Context, _ requestID: String, byMemory: Bool = false
    ) async throws(APIError) -> Caller {
        let address = context.channel.remoteAddress?.ipAddress
        do throws(BrokerError) {
            return try await services.authenticate(
                request.headers, address: address, requestID: requestID, byMemory: byMemory)
        } catch {
            if error == .unauthenticated { refusals.record(address: address, requestID: requestID, logger: logger) }
            throw .broker(error)
        }
    }

    fileprivate func refuse(_ error: APIError, _ context: Context) -> Response {
        problem(error, context, RequestIDs.next())
    }

    private func problem(_ error: APIError, _ context: Context, _ requestID: String) -> Response {
        var response = Problem(error).response(requestID: requestID)
        response.headers[.requestID] = requestID
        switch error {
        case .methodNotAllowed(let methods): response.headers[.allow] = methods.joined(separator: ", ")
        // What is left of the body is not worth reading.
        case .bodyTooLarge, .bodyTooSlow, .noRoom, .broker(.unauthenticated): response.closeConnection(context)
        case .noSuchPath, .notJSON, .wrongMember, .noSuchToken, .duplicateKey, .nestedTooDeeply, .unknownField,
            .notTheForm, .forged, .foreignHost,
            .broker:
            break
        }
        return response
    }
}

/// Turns the router's own "not found" into a problem, or a page for who uses a browser.
private struct NoSuchPath: RouterMiddleware {
    let door: Door

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch is HTTPError {
            let isForAPerson = request.headers[.accept]?.contains("text/html") ?? false
            guard isForAPerson else { return door.refuse(.noSuchPath, context) }
            var page = door.pages.templates.page(for: .noSuchPath)
            page.headers[.requestID] = RequestIDs.next()
            return page
        }
    }
}
