import Broker
import HTTPTypes
import Hummingbird
import WireJSON

/// An error as clients see it: RFC 9457. This is the only place that knows statuses. Nothing here comes from a provider
/// or from the request, except for names.
struct Problem {
    let status: HTTPResponse.Status
    let code: BrokerError.Code
    /// One sentence: what is wrong and, where somebody can do something about it, what.
    let detail: String
    var retryAfter: Int?
    /// Adds members beyond the standard's.
    var extend: (JSONObject) -> Void = { _ in }
}

extension Problem {
    init(_ error: APIError) {
        switch error {
        case .noSuchPath:
            self.init(status: .notFound, code: .invalidRequest, detail: "there is nothing at this path")
        case .methodNotAllowed(let methods):
            self.init(
                status: .methodNotAllowed, code: .invalidRequest,
                detail: "this path takes \(methods.joined(separator: ", "))")
        case .bodyTooLarge:
            self.init(status: .contentTooLarge, code: .invalidRequest, detail: "a request's body is at most 1 MiB")
        case .bodyTooSlow:
            self.init(status: .requestTimeout, code: .invalidRequest, detail: "the body did not arrive in time")
        case .noRoom:
            self.init(
                status: .serviceUnavailable, code: .overloaded,
                detail: "too many large requests are under way: try again", retryAfter: 1)
        case .notJSON:
            self.init(
                status: .badRequest, code: .invalidRequest,
                detail: "the body is not one JSON object in UTF-8, or has a number out of range")
        case .wrongMember(let name, let wanted):
            self.init(
                status: .badRequest, code: .invalidRequest, detail: "the body's member `\(name)` is to be \(wanted)")
        case .noSuchToken:
            self.init(
                status: .notFound, code: .invalidRequest,
                detail: "there is no token of this id that still works and that the caller manages")
        case .duplicateKey:
            self.init(status: .badRequest, code: .invalidRequest, detail: "an object in the body has a key twice")
        case .nestedTooDeeply:
            self.init(status: .badRequest, code: .invalidRequest, detail: "the body is nested more than 64 deep")
        case .unknownField:
            self.init(
                status: .badRequest, code: .invalidRequest,
                detail: "the body has a field that this call does not take")
        case .notTheForm:
            self.init(status: .badRequest, code: .invalidRequest, detail: "the form is not complete: open it again")
        case .forged:
            self.init(
                status: .forbidden, code: .forbidden, detail: "the form was not sent by a page of this session's")
        case .foreignHost:
            self.init(
                status: .misdirectedRequest, code: .invalidRequest,
                detail: "the pages are not served under this host name: use localhost")
        case .broker(let error): self.init(error)
        }
    }

    init(_ error: BrokerError) {
        let code = error.code
        func problem(_ status: HTTPResponse.Status, _ detail: String, retryAfter: Int? = nil) -> Problem {
            Problem(status: status, code: code, detail: detail, retryAfter: retryAfter)
        }
        switch error {
        case .invalidRequest(let text): self = problem(.badRequest, text.text)
        case .invalidName:
            self = problem(
                .badRequest,
                "a secret's name is 1 to 128 of A-Z, a-z, 0-9 and _; a team's or webhook's is 1 to 64 of a-z, 0-9, ., _ and -, starting with a letter or digit"
            )
        case .nameReserved(let name):
            self = problem(.unprocessableContent, "\(name) is a variable of W&B's: choose another name")
        case .valueEmpty: self = problem(.unprocessableContent, "a value must not be empty")
        case .valueTooLarge(let limit):
            self = problem(.contentTooLarge, "the team's store takes values of at most \(limit) bytes")
        case .secretExists: self = problem(.conflict, "the team has a secret of this name: rotate that one")
        case .secretNotFound: self = problem(.notFound, "the team has no secret of this name")
        case .secretInUse(let users, let webhooks):
            self = problem(
                .conflict,
                "automations used this secret in the last 30 days, or webhooks name it: change them, or force the delete"
                    + " (?force=true, --force)")
            extend = {
                $0.set("used_by", users.map(\.json))
                $0.set("webhooks", webhooks.map(\.text))
            }
        case .writeInProgress:
            self = problem(.conflict, "another write of this secret is not decided yet: try again", retryAfter: 1)
        case .versionConflict:
            self = problem(.preconditionFailed, "the secret has another version by now: read it again")
        case .valueLost(let names):
            self = problem(
                .badGateway, "the store does not have the recorded version any more: rotate the secret with a new value"
            )
            extend = { $0.set("names", names.map(\.text)) }
        case .unknownVariable(let names):
            self = problem(.unprocessableContent, "no secret of the team and no given variable has these names")
            extend = { $0.set("names", names) }
        case .headerInjection(let name?):
            self = problem(
                .unprocessableContent,
                "\(name) would put a line break or NUL into a header: rotate it without one, such as the line end"
                    + " behind it")
        case .headerInjection(nil):
            self = problem(.unprocessableContent, "a header's value would hold a line break or NUL")
        case .webhookExists: self = problem(.conflict, "the team has a webhook of this name: change that one")
        case .webhookNotFound: self = problem(.notFound, "the team has no webhook of this name")
        case .webhookChanged:
            self = problem(.preconditionFailed, "the webhook is not as this request has it: read it again")
        case .webhookUnconfirmed:
            self = problem(.conflict, "the webhook was made or changed: an admin must confirm it before it delivers")
        case .webhookSecretsMissing(let names):
            let list = names.map(\.text).joined(separator: ", ")
            self = problem(
                .unprocessableContent,
                "the webhook names secrets that the team does not have, so it cannot be confirmed: add \(list) first")
            extend = { $0.set("names", names.map(\.text)) }
        case .signatureInvalid:
            self = problem(.unauthorized, "X-Wandb-Signature is missing, or is not what the webhook verifies with")
        case .payloadMismatch(let pointers):
            self = problem(
                .unprocessableContent,
                "these pointers do not lead, through objects only, to text that holds the secret's ${NAME} exactly once"
            )
            extend = { $0.set("pointers", pointers.map(\.text)) }
        case .tokenInPayload:
            self = problem(
                .unprocessableContent, "the payload holds a token of this broker: take ${ACCESS_TOKEN} out of it")
        case .destinationNotAllowed(.address):
            self = problem(
                .unprocessableContent,
                "the destination has an address that is not public: the operator may allow it (SECRET_BROKER_RELAY_ALLOW)"
            )
        case .destinationNotAllowed(.redirect):
            self = problem(
                .badGateway, "the destination answered with a redirect, which is never followed: set the final URL")
        case .destinationUnreachable(let error): self = Problem(error, code: code)
        case .unauthenticated:
            self = problem(.unauthorized, "a valid broker token is needed: Authorization: Bearer sbt_...")
        case .forbidden: self = problem(.forbidden, "this token may not do that")
        case .provider(let error, _): self = Problem(error, code: code)
        case .storeUnknown(let store, let broker):
            self = problem(
                .serviceUnavailable,
                "the broker \(broker ?? "that was asked") does not have the store \(store): configure it alike everywhere;"
                    + " one that is no more counts as alive for 30 seconds",
                retryAfter: 10)
        case .auditUnavailable, .outdated:
            self = problem(
                .serviceUnavailable, "the catalog or its audit log cannot be used, so nothing was done", retryAfter: 5)
        case .overloaded: self = problem(.serviceUnavailable, "the broker has too much to do: try again", retryAfter: 1)
        case .outcomeUnknown:
            self = problem(.internalServerError, "an error of the broker's own")
        }
    }

    private init(_ error: DeliveryError, code: BrokerError.Code) {
        let (status, text): (HTTPResponse.Status, String) =
            switch error {
            case .nameUnknown:
                (.badGateway, "the destination's name could not be looked up, or has no address: nothing was sent")
            case .notConnected: (.badGateway, "the destination cannot be reached: nothing was sent")
            case .tls: (.badGateway, "the destination's certificate is not trusted, or TLS failed")
            case .timedOut: (.gatewayTimeout, "the destination did not answer in time: it may have acted all the same")
            case .noAnswer: (.badGateway, "the destination gave no whole answer: it may have acted all the same")
            case .addressNotAllowed, .overloaded: (.badGateway, "the destination was not asked")
            }
        self.init(status: status, code: code, detail: text)
    }

    private init(_ error: ProviderError, code: BrokerError.Code) {
        let (status, text): (HTTPResponse.Status, String) =
            switch error.kind {
            case .denied: (.badGateway, "the store denies the broker this operation: check its permissions")
            case .keyDenied: (.badGateway, "the key that guards the store may not be used by the broker: grant its use")
            case .keyDisabled: (.badGateway, "the key that guards the store is disabled: enable it")
            case .unauthenticated:
                (.badGateway, "the broker cannot sign in to the store: check its credentials and the clock")
            case .throttled: (.serviceUnavailable, "the store asks for fewer requests: try again later")
            case .unavailable: (.serviceUnavailable, "the store cannot be reached: try again")
            case .overloaded: (.serviceUnavailable, "too many calls wait for the store: try again")
            case .busy: (.serviceUnavailable, "the store is at work on this object: try again")
            case .absent, .disabled: (.badGateway, "the store does not have what was asked for")
            case .conflict: (.badGateway, "the store has another object under a fresh name: try again")
            case .limitExceeded: (.badGateway, "a limit of the store is used up: raise it or delete something")
            case .corrupt: (.badGateway, "the store's answer is not what it documents: nothing was used of it")
            case .rejected: (.badGateway, "the store refuses the request: check the store's settings")
            case .notConfigured:
                (
                    .badGateway,
                    "the secret is in a store that this broker was started without: configure the store and restart"
                )
            }
        let wait = error.retryAfter.map { Int($0.components.seconds) + 1 }
        self.init(
            status: status, code: code, detail: text,
            retryAfter: status == .serviceUnavailable ? wait ?? 1 : nil
        ) { problem in
            problem.set("operation", error.operation)
            if let vendorCode = error.vendorCode { problem.set("vendor_code", vendorCode) }
            if let requestID = error.requestID { problem.set("vendor_request_id", requestID) }
        }
    }
}

extension Problem {
    func response(requestID: String) -> Response {
        let json = JSONObject()
        json.set("type", "about:blank")
        json.set("title", status.reasonPhrase)
        json.set("status", Int64(status.code))
        json.set("code", code.rawValue)
        json.set("detail", detail)
        json.set("request_id", requestID)
        extend(json)
        var response = Response(status: status, json: json)
        response.headers[.contentType] = "application/problem+json"
        if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
        if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }
}
