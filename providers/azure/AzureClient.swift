import Broker
import Transport

/// Makes calls to one vault with a bearer token, and classifies what goes wrong.
struct AzureClient: Sendable {
    let vault: BaseURL
    let cloud: AzureCloud
    let client: SignedInClient<BearerToken>
    let now: @Sendable () -> Timestamp

    /// The maximum size of an answer, in bytes. A value of 25,600 bytes is at most six times as long in JSON.
    private static let maximumAnswerSize = 256 << 10

    /// - Returns: the body of a success.
    func call(_ request: AzureRequest) async throws(ProviderError) -> Secret {
        let answer = try await client.call(request.operation.rawValue) { token in
            HTTPCall(
                request.method, vault.text + request.target,
                headers: [token.header, HTTPHeader("Content-Type", "application/json")], body: request.body,
                maximumAnswerSize: Self.maximumAnswerSize)
        } refusal: { answer in
            answer.status == 200 || answer.status == 204 ? nil : refusal(answer, of: request.operation)
        }
        return answer.body
    }

    /// Classifies a refusal. A token that was refused may be replaced, once; a vault that withdraws sessions early asks
    /// for no more than that. But whoever asks for a token of another kind gets none.
    private func refusal(
        _ answer: HTTPAnswer, of operation: AzureOperation
    ) -> SignedInClient<BearerToken>.Refusal {
        let error = AzureFailure(answer, at: now()).error(during: operation)
        guard answer.status == 401 else { return .init(error: error) }
        if let challenge = AzureChallenge(answer.header("www-authenticate")), !challenge.isOf(cloud) {
            return .init(error: ProviderError(.unauthenticated, during: operation.rawValue, requestID: error.requestID))
        }
        return .init(error: error, isOfSignIn: true)
    }
}
