import Broker
import Cryptography
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// A request from somebody who is signed in.
struct Visit: Sendable {
    let parameters: PathParameters
    let query: Parameters
    let caller: Caller
    let session: Session
    /// What the previous form left to be said here.
    var notice: Notice?
}

/// The way of every request for a page: the host is checked, the session found, its token looked up again and a form
/// proven to be the broker's own. Whatever goes wrong becomes a sentence.
struct PageDoor: Sendable {
    /// The name of the hidden field of every form.
    static let proofField = "proof"

    let services: Services
    let site: Site
    let room: BodyRoom
    let sessions: Sessions
    let templates: Templates
    let refusals: SignInRefusals
    let log: RequestLog

    init(_ services: Services, site: Site, room: BodyRoom, refusals: SignInRefusals, log: RequestLog) throws {
        self.services = services
        self.site = site
        self.room = room
        self.refusals = refusals
        self.log = log
        sessions = Sessions()
        templates = try Templates()
    }

    var routes: [PageRoute] { PageRoute.table(services, templates) }

    func answer(_ request: Request, _ context: Context, _ route: PageRoute) async -> Response {
        var served = ServedRequest(route.method, route.path, route.use)
        var response: Response
        do throws(APIError) {
            try site.requireOwn(request.head.authority)
            response = try await handle(request, context, route, &served)
        } catch {
            served.failure = error
            response = error == .broker(.unauthenticated) ? strangerAnswer(request) : templates.page(for: error)
        }
        // A form may bring in a value or a token, and an idle connection would keep it in memory.
        if route.method == .post { response.closeConnection(context) }
        response.headers[.requestID] = served.id
        log.conclude(served, request, context, response)
        return response
    }

    private func handle(
        _ request: Request, _ context: Context, _ route: PageRoute, _ served: inout ServedRequest
    ) async throws(APIError) -> Response {
        switch route.handler {
        case .asset(let asset):
            return asset.response(to: request)
        case .open(let handler):
            let visit: Visit?
            do throws(APIError) {
                visit = try await self.visit(request, context, &served)
            } catch .broker(.unauthenticated) {
                visit = nil
            }
            return try await handler(request, visit)
        case .signIn:
            return try await signIn(request, context, &served)
        case .view(let handler):
            var visit = try await visit(request, context, &served)
            let path = request.uri.path
            visit.notice = sessions.takeNotice(for: visit.session, at: path)
            do throws(APIError) {
                return try await handler(visit)
            } catch {
                if let notice = visit.notice { sessions.putBack(notice, at: path, for: visit.session) }
                throw error
            }
        case .form(let fields, let handler):
            try site.requireOwnForm(request)
            let visit = try await visit(request, context, &served)
            return try await submit(request, context, visit, fields, &served, handler)
        }
    }

    /// Finds out who is asking from the cookie. Asks the catalog each time: a token that was revoked or has expired
    /// ends its sessions.
    private func visit(
        _ request: Request, _ context: Context, _ served: inout ServedRequest
    ) async throws(APIError) -> Visit {
        guard let cookie = request.cookies[site.cookieName], let session = sessions.session(cookie.value) else {
            throw .broker(.unauthenticated)
        }
        do throws(BrokerError) {
            let caller = try await services.authenticate(
                session.token, address: context.channel.remoteAddress?.ipAddress, requestID: served.id)
            served.actor = caller.actor
            return Visit(
                parameters: context.parameters, query: request.uri.queryParameters, caller: caller, session: session)
        } catch {
            if error == .unauthenticated { sessions.end(session) }
            throw .broker(error)
        }
    }

    /// Asks whoever has no session to sign in. But a link on another site's page leads here without the cookie
    /// (`SameSite=Strict`), so a page of this site asks once more, with it.
    private func strangerAnswer(_ request: Request) -> Response {
        if request.cookies[site.cookieName] != nil {
            return endingSession(to: SignInPage.path(because: .ended))
        }
        let origin = request.headers[.secFetchSite]
        let isFromElsewhere = origin == "cross-site" || origin == "same-site"
        return request.method == .get && isFromElsewhere ? templates.pageThatAsksAgain() : .redirect(to: "/sign-in")
    }

    /// Makes the browser forget the session's cookie.
    private func endingSession(to path: String) -> Response {
        var response = Response.redirect(to: path)
        response.headers[.setCookie] = site.expiredCookie
        return response
    }

    /// Answers a form with a redirect, never with a page, so that nothing of the form stays in the browser's history.
    private func submit(
        _ request: Request, _ context: Context, _ visit: Visit, _ fields: Set<String>,
        _ served: inout ServedRequest, _ handler: @Sendable (Visit, Form) async throws(APIError) -> FormOutcome
    ) async throws(APIError) -> Response {
        var name: String?
        do throws(APIError) {
            let form = try await form(request, fields.union([Self.proofField]))
            guard form.text(Self.proofField).map(visit.session.isProven) ?? false else { throw .forged }
            name = form.text("name").flatMap(SecretName.init)?.text
            // The form may have taken its time: what the token allows counts when it is here.
            let visit = try await self.visit(request, context, &served)
            let destination = try await handler(visit, form)
            served.isRefusedByDestination = destination.isRefusedByDestination
            if let notice = destination.notice { sessions.leave(notice, at: destination.path, for: visit.session) }
            guard destination.endsSession else { return .redirect(to: destination.path) }
            sessions.end(visit.session)
            return endingSession(to: destination.path)
        } catch .forged {
            throw .forged
        } catch .broker(.unauthenticated) {
            throw .broker(.unauthenticated)
        } catch {
            served.failure = error
            sessions.leave(.refused(error, name), at: request.uri.path, for: visit.session)
            return .redirect(to: request.uri.path)
        }
    }

    /// Opens a session, for a person's token only.
    private func signIn(
        _ request: Request, _ context: Context, _ served: inout ServedRequest
    ) async throws(APIError) -> Response {
        try site.requireOwnForm(request)
        let requestID = served.id
        let address = context.channel.remoteAddress?.ipAddress
        do throws(APIError) {
            // The form is read from anybody.
            let form = try await form(request, ["token"], upTo: 4096)
            guard let hash = form.secret("token").flatMap(TokenText.hash(typed:)) else {
                throw .broker(.unauthenticated)
            }
            let caller = try await services.ask { () async throws(BrokerError) in
                try await services.authenticate(hash, address: address, requestID: requestID)
            }
            guard caller.grant.role.isHuman else { return .redirect(to: SignInPage.path(because: .role)) }
            if let former = request.cookies[site.cookieName].flatMap({ sessions.session($0.value) }) {
                sessions.end(former)
            }
            var response = Response.redirect(to: "/")
            response.headers[.setCookie] = site.cookie(sessions.begin(hash, of: caller.grant.team))
            return response
        } catch {
            served.failure = error
            let isRefusal = error == .broker(.unauthenticated) || error == .bodyTooLarge
            if isRefusal { refusals.record(address: address, requestID: requestID, logger: log.logger) }
            return .redirect(to: SignInPage.path(because: isRefusal ? .token : .trouble))
        }
    }

    private func form(
        _ request: Request, _ fields: Set<String>, upTo limit: Int = Door.maximumBody
    ) async throws(APIError) -> Form {
        guard request.headers[.contentType] == Form.contentType else { throw .notTheForm }
        let body = try await request.body(upTo: limit, in: room)
        var form = try Form(body.bytes, only: fields)
        form.share = body.share
        return form
    }
}

extension Session {
    /// Whether the text is the session's proof, compared in a time that tells nothing of the proof.
    func isProven(by text: String) -> Bool {
        unsafe ConstantTime.equal(text.utf8.span.bytes, proof.utf8.span.bytes)
    }
}

extension Response {
    static func redirect(to path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path, .cacheControl: "no-store"])
    }
}
