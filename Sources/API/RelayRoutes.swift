import Broker
import HTTPTypes
import Hummingbird
import NIOCore
import WireJSON

/// The routes `/v1/relay`, which W&B calls, and a webhook's `test`, which answers in the same way.
///
/// A destination's 2xx, 4xx or 5xx becomes the answer's status; a redirect, or any other status, becomes 502
/// `destination_not_allowed`. What never reached the destination is a problem: 502 or 504 `destination_unreachable`,
/// 422 `destination_not_allowed`, 409 `webhook_unconfirmed`, 422 for a payload that does not fit the webhook.
struct RelayRoutes {
    let services: Services

    func relay(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.webhookName())
        let request = try Self.request(exchange)
        let answer = try await services.ask { () async throws(BrokerError) in
            try await services.relay.deliver(request, to: name, of: team, for: exchange.caller)
        }
        return Response(answer)
    }

    /// Sends the payload in the body or, without a body, a sample.
    func test(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.webhookName())
        let payload = exchange.body.bytes.readableBytes == 0 ? nil : try Self.request(exchange)
        let answer = try await services.ask { () async throws(BrokerError) in
            try await services.relay.test(name, of: team, payload: payload, for: exchange.caller)
        }
        return Response(answer)
    }

    private static func request(_ exchange: Exchange) throws(APIError) -> RelayRequest {
        try RelayRequest(
            json: Array(exchange.body.bytes.readableBytesView), signature: exchange.headers[.wandbSignature],
            trace: TraceContext(exchange.headers))
    }
}

extension RelayRequest {
    /// - Throws: the reason why the body is no JSON that the relay takes.
    init(json body: [UInt8], signature: String?, trace: TraceContext? = nil) throws(APIError) {
        do throws(JSONFault) {
            _ = try unsafe JSONDocument(parsing: body.span.bytes)
        } catch {
            throw APIError(error)
        }
        self.init(
            body: body, signature: signature,
            tokenHashes: { TokenText.hashes(in: body, atMost: RelayRequest.maximumTokens + 1) }, trace: trace)
    }
}

/// How a destination's own answer is told from one of the broker's, by browsers and by clients.
package enum DestinationAnswer {
    /// The `Content-Security-Policy` under which it is passed on.
    package static let policy = "sandbox; default-src 'none'"
}

extension TraceContext {
    init?(_ headers: HTTPFields) {
        self.init(parent: headers[.traceParent], state: headers[.traceState])
    }
}

extension HTTPField.Name {
    fileprivate static let traceParent = HTTPField.Name("traceparent")!
    fileprivate static let traceState = HTTPField.Name("tracestate")!
    fileprivate static let wandbSignature = HTTPField.Name("X-Wandb-Signature")!
}

extension Response {
    fileprivate init(_ answer: RelayAnswer) {
        let status = HTTPResponse.Status(code: answer.status)
        // These statuses have no body.
        guard status != .noContent, status != .resetContent else {
            self.init(status: status)
            return
        }
        switch answer.body {
        case .none: self.init(status: status, json: Self.json(answer.status, isWithheld: false))
        case .withheld: self.init(status: status, json: Self.json(answer.status, isWithheld: true))
        case .passed(let body, let contentType):
            self.init(revealing: body)
            self.status = status
            headers[.contentType] = contentType ?? "application/octet-stream"
            // The body is the destination's text under the broker's name.
            headers[.contentSecurityPolicy] = DestinationAnswer.policy
            headers[.xContentTypeOptions] = "nosniff"
        }
    }

    private static func json(_ status: Int, isWithheld: Bool) -> JSONObject {
        let json = JSONObject()
        json.set("status", Int64(status))
        if isWithheld { json.set("body", "withheld: it may hold a secret's value, is too large, or is encoded") }
        return json
    }
}
