import Broker
import Transport

/// Makes calls to one API server, and classifies what goes wrong.
struct KubernetesClient: Sendable {
    let server: KubernetesServer
    let client: SignedInClient<KubernetesSignIn>
    let now: @Sendable () -> Timestamp

    /// The maximum size of an answer, in bytes. A value of 524,288 bytes is a third longer in Base64, and annotations
    /// are at most 256 KiB.
    private static let maximumAnswerSize = 1 << 20

    /// - Parameter path: a path in which nothing needs encoding.
    /// - Returns: the body of a success.
    func call(
        _ operation: KubernetesOperation, _ method: String, _ path: String, _ body: Secret? = nil
    ) async throws(ProviderError) -> Secret {
        let answer = try await client.call(operation.rawValue) { signIn throws(ProviderError) in
            var headers = [HTTPHeader("Accept", "application/json"), HTTPHeader("User-Agent", "secret-broker")]
            if body != nil { headers.append(HTTPHeader("Content-Type", "application/json")) }
            if let token = signIn.token { headers.append(token.header) }
            return HTTPCall(
                method, server.text + path, headers: headers, body: body, maximumAnswerSize: Self.maximumAnswerSize)
        } refusal: { answer in
            guard !(200...202).contains(answer.status) else { return nil }
            let failure = KubernetesFailure(answer, at: now())
            return .init(error: failure.error(during: operation), isOfSignIn: failure.isOfSignIn)
        }
        return answer.body
    }
}
