import Broker
import Cryptography
import Transport

/// Makes signed calls to one service of AWS, and classifies what goes wrong.
struct AWSClient: Sendable {
    let endpoint: AWSEndpoint
    let client: SignedInClient<AWSCredentials>
    let now: @Sendable () -> Timestamp

    /// The maximum size of an answer, in bytes. A value of 65,536 bytes is at most six times as long in JSON.
    private static let maximumAnswerSize = 512 << 10
    static let formType = "application/x-www-form-urlencoded; charset=utf-8"
    /// The limit for a call of STS that a sign-in waits for.
    static let signInDeadline = Duration.seconds(5)

    /// - Returns: the body of a success.
    func call(_ operation: AWSOperation, _ body: Secret) async throws(ProviderError) -> Secret {
        let answer = try await client.call(operation.rawValue) { credentials throws(ProviderError) in
            let headers: [HTTPHeader]
            do throws(SigV4.TooLong) {
                headers = try signedHeaders(for: operation, body, as: credentials)
            } catch {
                throw ProviderError(.rejected, during: operation.rawValue)
            }
            return HTTPCall(
                "POST", endpoint.base + "/", headers: headers, body: body, maximumAnswerSize: Self.maximumAnswerSize)
        } refusal: {
            AWSFailure.refusal($0, during: operation, at: now())
        }
        return answer.body
    }

    private func signedHeaders(
        for operation: AWSOperation, _ body: Secret, as credentials: AWSCredentials
    ) throws(SigV4.TooLong) -> [HTTPHeader] {
        let date = now()
        var signed = headers(for: operation)
        signed.append(("Host", endpoint.host))
        signed.append(("X-Amz-Date", date.basicISO8601))
        let signature = try SigV4(region: endpoint.region.name, service: endpoint.service.rawValue).sign(
            SigV4.Request(
                method: "POST", path: "/", query: "", headers: signed, bodyHash: body.withBytes(SHA256.hash)),
            as: credentials, at: date)
        var headers = signed.map { HTTPHeader($0.name, $0.value) }
        if let token = credentials.sessionToken {
            headers.append(HTTPHeader(SigV4.securityTokenHeader, secret: token))
        }
        headers.append(HTTPHeader("Authorization", secret: Secret(signature.authorization)))
        return headers
    }

    private func headers(for operation: AWSOperation) -> [(name: String, value: String)] {
        switch endpoint.service {
        case .secretsManager:
            [
                ("Content-Type", "application/x-amz-json-1.1"),
                ("X-Amz-Target", "secretsmanager.\(operation.rawValue)"),
            ]
        case .securityTokens: [("Content-Type", Self.formType)]
        }
    }
}
