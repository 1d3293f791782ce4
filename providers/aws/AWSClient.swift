import Broker
import Cryptography
import Transport

/// Makes calls to one service of AWS: signs them, bounds them in time, repeats what is transient, and classifies what
/// goes wrong. Every call of the driver may be repeated without harm.
struct AWSClient: Sendable {
    let endpoint: AWSEndpoint
    let http: HTTPClient
    let credentials: TokenCache<AWSCredentials>
    let now: @Sendable () -> Timestamp
    /// For one call with all of its attempts. Each may take half of it, so that a connection that has died leaves time
    /// for another.
    let deadline: Duration

    private static let retries = RetryRule(attempts: 4, base: .milliseconds(100), cap: .seconds(2))
    /// A value of 65,536 bytes is at most six times as long in JSON.
    private static let maximumAnswerSize = 512 << 10

    /// - Returns: the body of a success.
    /// - Throws: the last attempt's error, when it is not transient, or time or attempts are used up.
    func call(_ operation: AWSOperation, _ body: Secret) async throws(ProviderError) -> Secret {
        let end = ContinuousClock.now + deadline
        var attempts = 1
        var mayRenew = true
        while true {
            let failure: AttemptFailure
            do {
                return try await attempt(operation, body, within: min(end - .now, deadline / 2))
            } catch {
                failure = error
            }
            if mayRenew, let refused = failure.refusedAccessKey {
                mayRenew = false
                await renew(refused)
                continue
            }
            attempts += 1
            guard failure.mayRepeat,
                let delay = Self.retries.delay(
                    beforeAttempt: attempts, retryAfter: failure.error.retryAfter, remaining: end - .now,
                    random: .random(in: 0..<1)),
                (try? await Task.sleep(for: delay)) != nil
            else { throw failure.error }
        }
    }

    private struct AttemptFailure: Error {
        let error: ProviderError
        var mayRepeat = false
        /// The access key that AWS does not take, or not any more.
        var refusedAccessKey: String?
    }

    private func attempt(
        _ operation: AWSOperation, _ body: Secret, within remaining: Duration
    ) async throws(AttemptFailure) -> Secret {
        let credentials: AWSCredentials
        do {
            credentials = try await self.credentials.value()
        } catch {
            throw AttemptFailure(error: error, mayRepeat: error.isTransient)
        }
        let answer: HTTPAnswer
        do {
            let headers = try signedHeaders(for: operation, body, as: credentials)
            answer = try await http.send(
                HTTPCall(
                    "POST", endpoint.base + "/", headers: headers, body: body, deadline: remaining,
                    maximumAnswerSize: Self.maximumAnswerSize))
        } catch let error as TransportError {
            throw AttemptFailure(
                error: ProviderError(error, during: operation.rawValue), mayRepeat: error.isWorthRepeating)
        } catch {
            throw AttemptFailure(error: ProviderError(.rejected, during: operation.rawValue))
        }
        guard answer.status == 200 else {
            let failure = AWSFailure(answer)
            let error = failure.error(during: operation)
            throw AttemptFailure(
                error: error, mayRepeat: error.isTransient,
                refusedAccessKey: failure.callsForFreshCredentials ? credentials.accessKeyID : nil)
        }
        return answer.body
    }

    /// Has the credentials fetched anew, unless another call already has.
    private func renew(_ refusedAccessKey: String) async {
        if let current = try? await credentials.value(), current.accessKeyID != refusedAccessKey { return }
        await credentials.invalidate()
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
        case .securityTokens: [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]
        }
    }
}

extension TransportError {
    fileprivate var isWorthRepeating: Bool {
        switch self {
        case .couldNotConnect, .timedOut, .connectionLost, .overloaded: true
        case .invalidURL, .invalidHeader, .schemeNotAllowed, .tls, .answerTooLarge, .malformedAnswer, .cancelled,
            .shutDown:
            false
        }
    }
}
