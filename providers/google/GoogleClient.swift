import Broker
import Transport

/// Makes calls to Secret Manager with a bearer token, and classifies what goes wrong.
struct GoogleClient: Sendable {
    let endpoint: BaseURL
    let client: SignedInClient<BearerToken>
    let now: @Sendable () -> Timestamp

    /// The maximum size of an answer, in bytes. A value of 65,536 bytes is 87,384 in Base64.
    private static let maximumAnswerSize = 256 << 10

    /// - Returns: the body of a success.
    func call(_ request: GoogleRequest) async throws(ProviderError) -> Secret {
        let answer = try await client.call(request.operation.rawValue) { token throws(ProviderError) in
            var headers = [token.header]
            if request.body != nil { headers.append(HTTPHeader("Content-Type", "application/json")) }
            return HTTPCall(
                request.method, "\(endpoint.text)/v1/\(request.path)", headers: headers, body: request.body,
                maximumAnswerSize: Self.maximumAnswerSize)
        } refusal: { answer in
            guard answer.status != 200 else { return nil }
            let failure = GoogleFailure(answer, at: now())
            return .init(
                error: failure.error(during: request.operation), isOfSignIn: failure.callsForFreshToken)
        }
        return answer.body
    }
}
