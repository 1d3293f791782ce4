import Broker
import Transport
import WireJSON

/// A call to one of the services that give out tokens.
struct GoogleSignInCall {
    private let operation: GoogleOperation
    private let http: HTTPClient
    private let now: @Sendable () -> Timestamp

    private static let deadline = Duration.seconds(3)
    /// The maximum size of an answer, in bytes. A token is at most 32 KiB.
    private static let maximumAnswerSize = 64 << 10

    init(_ operation: GoogleOperation, _ surroundings: Surroundings) {
        self.operation = operation
        http = surroundings.http
        now = surroundings.now
    }

    /// - Parameter form: a body made by `FormBody`.
    func post(_ form: Secret, to url: ServiceURL) async throws(ProviderError) -> Secret {
        try await send(
            "POST", url, [HTTPHeader("Content-Type", "application/x-www-form-urlencoded")], form
        ).body
    }

    func post(_ json: JSONObject, to url: ServiceURL, as token: BearerToken) async throws(ProviderError) -> Secret {
        try await send("POST", url, [HTTPHeader("Content-Type", "application/json"), token.header], json.secret).body
    }

    func get(_ url: ServiceURL, _ headers: [HTTPHeader]) async throws(ProviderError) -> HTTPAnswer {
        try await send("GET", url, headers, nil)
    }

    /// Sends the call. Whatever such a service refuses, the broker is not signed in, unless it may be in a moment.
    private func send(
        _ method: String, _ url: ServiceURL, _ headers: [HTTPHeader], _ body: Secret?
    ) async throws(ProviderError) -> HTTPAnswer {
        let call = HTTPCall(
            method, url.text, headers: headers, body: body, deadline: Self.deadline,
            maximumAnswerSize: Self.maximumAnswerSize)
        let answer: HTTPAnswer
        do {
            answer = try await http.send(call)
        } catch {
            throw ProviderError(error, during: operation.rawValue)
        }
        guard answer.status != 200 else { return answer }
        let failure = GoogleFailure(answer, at: now()).error(during: operation)
        throw ProviderError(
            failure.isTransient ? failure.kind : .unauthenticated, during: failure.operation,
            vendorCode: failure.vendorCode, requestID: failure.requestID, retryAfter: failure.retryAfter)
    }
}
