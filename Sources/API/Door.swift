import Broker
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The way of every request: it is numbered, its sender is identified and its body is read within bounds, and whatever
/// goes wrong on the way becomes a problem.
struct Door: HTTPResponder {
    static let maximumBody = 1 << 20

    private let services: Services
    private let log: RequestLog
    private let site: Site
    private let pages: PageDoor
    private let room: BodyRoom
    private let refusals = SignInRefusals()
    private var paths = PathTable<Entrance>()

    /// - Throws: what the template engine says of a page's template.
    init(services: Services, site: Site, listener: Listener, room: BodyRoom, logger: Logger) throws {
        self.services = services
        log = RequestLog(logger: logger)
        self.site = site
        self.room = room
        pages = try PageDoor(services, site: site, room: room, refusals: refusals, log: log)
        let calls = Route.table(services, refusals: refusals, requests: log.metrics, listener: listener)
        for route in calls { paths.add(route.path, .call(route)) }
        for route in pages.routes { paths.add(route.path, .page(route)) }
    }

    @concurrent func respond(to request: Request, context: Context) async throws -> Response {
        await respond(request, context).fit(for: request)
    }

    private func respond(_ request: Request, _ context: Context) async -> Response {
        guard let (entrances, parameters) = paths.find(request.uri.path) else {
            return refuseUnknownPath(request, context)
        }
        var context = context
        context.parameters = parameters
        // Whoever asks for the head alone is answered as if it were for all.
        let method = request.method == .head ? .get : request.method
        switch entrances.first(where: { $0.method == method }) {
        case .call(let route): return await answer(request, context, route)
        case .page(let route): return await pages.answer(request, context, route)
        case nil: return refuse(.methodNotAllowed(entrances.map(\.method.rawValue).sorted()), context)
        }
    }

    /// A problem, or a page for whoever uses a browser.
    private func refuseUnknownPath(_ request: Request, _ context: Context) -> Response {
        let isForAPerson = request.headers[.accept]?.contains("text/html") ?? false
        guard isForAPerson else { return refuse(.noSuchPath, context) }
        var page = pages.templates.page(for: .noSuchPath)
        page.headers[.requestID] = RequestIDs.next()
        return page
    }

    private func answer(_ request: Request, _ context: Context, _ route: Route) async -> Response {
        var served = ServedRequest(route.method, route.path, route.use)
        var response: Response
        do throws(APIError) {
            response = try await handle(request, context, route, &served)
            response.headers[.requestID] = served.id
        } catch {
            served.failure = error
            // No status may be sent: whoever asked must not take the write for failed, nor for done.
            if error == .broker(.outcomeUnknown) { context.channel.close(mode: .all, promise: nil) }
            response = problem(error, context, served.id)
        }
        if route.takesValue { response.closeConnection(context) }
        log.conclude(served, request, context, response)
        return response
    }

    private func handle(
        _ request: Request, _ context: Context, _ route: Route, _ served: inout ServedRequest
    ) async throws(APIError) -> Response {
        switch route.handler {
        case .open(let handler): return try await handler()
        case .local(let permission, let handler):
            if !isLocal(request, context) {
                let caller = try await identify(request, context, &served)
                try caller.demand(permission)
            }
            return try await handler()
        case .signedIn(let handler):
            return try await handler(exchange(request, context, &served))
        case .recorded(let handler):
            var exchange = try await exchange(request, context, &served, byMemory: true)
            do throws(APIError) {
                return try await handler(exchange)
            } catch {
                let before = exchange.caller.actor.basis
                guard case .remembered = before, !error.endsDelivery else { throw error }
                // A refusal goes by the catalog as it is now, on record or not: of equal ones not all are.
                exchange.caller = try await identify(request, context, &served)
                let present = try await identify(request, context, &served, byMemory: true).actor.basis
                guard error == .broker(.outdated) || present != before else { throw error }
                return try await handler(exchange)
            }
        }
    }

    /// Identifies the sender before the body is read, so that a stranger's never is, and again behind a body that took its
    /// time: what a token allows counts when the request is whole.
    private func exchange(
        _ request: Request, _ context: Context, _ served: inout ServedRequest, byMemory: Bool = false
    ) async throws(APIError) -> Exchange {
        var caller = try await identify(request, context, &served, byMemory: byMemory)
        let begun = ContinuousClock.now
        let body = try await request.body(upTo: Self.maximumBody, in: room)
        if .now - begun > .milliseconds(100) {
            caller = try await identify(request, context, &served, byMemory: byMemory)
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
        // A listener for both families gives an IPv4 address in IPv6's form.
        return !isForwarded && LoopbackHost.isOne(address.replacing("::ffff:", with: ""))
    }

    private func identify(
        _ request: Request, _ context: Context, _ served: inout ServedRequest, byMemory: Bool = false
    ) async throws(APIError) -> Caller {
        let address = context.channel.remoteAddress?.ipAddress
        do throws(BrokerError) {
            let caller = try await services.authenticate(
                request.headers, address: address, requestID: served.id, byMemory: byMemory)
            served.actor = caller.actor
            return caller
        } catch {
            if error == .unauthenticated { refusals.record(address: address, requestID: served.id, logger: log.logger) }
            throw .broker(error)
        }
    }

    private func refuse(_ error: APIError, _ context: Context) -> Response {
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

/// What a path and a method lead to.
private enum Entrance: Sendable {
    case call(Route)
    case page(PageRoute)

    var method: HTTPRequest.Method {
        switch self {
        case .call(let route): route.method
        case .page(let route): route.method
        }
    }
}

extension Response {
    /// Without the body where only the head was asked for.
    fileprivate func fit(for request: Request) -> Response { request.method == .head ? createHeadResponse() : self }
}
