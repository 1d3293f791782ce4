import Broker
import Transport

/// Makes calls that need a sign-in: bounds them in time, repeats what is transient, and signs in again, once, when the
/// provider no longer accepts the present sign-in. Every call of a driver may be repeated without harm.
struct SignedInClient<SignIn: Sendable>: Sendable {
    /// A provider's answer that is not what it was asked for.
    struct Refusal: Error {
        let error: ProviderError
        /// Whether the sign-in was refused rather than the request, so that another one may do.
        var isOfSignIn = false
    }

    let http: HTTPClient
    let signIns: TokenCache<SignIn>
    /// The limit for one call with all of its attempts, and its waits for a sign-in. Each attempt may take half of it,
    /// so that a connection that has died leaves time for another.
    let deadline: Duration

    private static var retries: RetryRule { RetryRule(attempts: 4, base: .milliseconds(100), cap: .seconds(2)) }

    /// - Parameters:
    ///   - operation: the provider's name for the call.
    ///   - request: makes it anew for each attempt, since a signature has a date. Its deadline is set here.
    ///   - refusal: nil for an answer that is what was asked for.
    /// - Throws: the last attempt's error, when it is not transient, or time or attempts are used up. Where that one
    ///   did not get as far as the provider, that of the last attempt before which may have taken effect.
    func call(
        _ operation: String, _ request: (SignIn) throws(ProviderError) -> HTTPCall,
        refusal: (HTTPAnswer) -> Refusal?
    ) async throws(ProviderError) -> HTTPAnswer {
        let end = ContinuousClock.now + deadline
        var attempts = 1
        var mayRenew = true
        var doubtful: ProviderError?
        var ofSignIn: ProviderError?
        while true {
            let failure: Failure
            do {
                return try await attempt(operation, request, refusal, until: end)
            } catch {
                failure = error
            }
            if mayRenew, let refused = failure.refusedSignIn, await signIns.invalidate(refused) {
                mayRenew = false
                continue
            }
            if failure.wasSent, failure.error.mayHaveTakenEffect { doubtful = failure.error }
            if failure.isOfSignIn { ofSignIn = failure.error }
            attempts += 1
            guard failure.mayRepeat,
                let delay = Self.retries.delay(
                    beforeAttempt: attempts, retryAfter: failure.error.retryAfter, remaining: end - .now,
                    random: .random(in: 0..<1)),
                (try? await Task.sleep(for: delay)) != nil
            else {
                // A denial is told as one, so that nothing is served any more that was had before.
                let isLastWord = failure.wasSent && failure.error.phase == nil || failure.error.kind == .denied
                let isWaitOver = failure.error == TokenCache<SignIn>.timedOut
                throw isLastWord ? failure.error : doubtful ?? (isWaitOver ? ofSignIn : nil) ?? failure.error
            }
        }
    }

    private struct Failure: Error {
        let error: ProviderError
        let mayRepeat: Bool
        /// False where there was no sign-in to send it with, or it was refused before it was sent.
        var wasSent = false
        /// Whether the sign-in failed by itself, and not because this call could wait no longer.
        var isOfSignIn = false
        var refusedSignIn: TokenCache<SignIn>.Fetch?
    }

    private func attempt(
        _ operation: String, _ request: (SignIn) throws(ProviderError) -> HTTPCall,
        _ refusal: (HTTPAnswer) -> Refusal?, until end: ContinuousClock.Instant
    ) async throws(Failure) -> HTTPAnswer {
        let signIn: (value: SignIn, fetch: TokenCache<SignIn>.Fetch)
        do throws(ProviderError) {
            signIn = try await signIns.valueAndFetch(until: end)
        } catch {
            throw Failure(
                error: error.ofSignIn, mayRepeat: error.isTransient,
                isOfSignIn: error != TokenCache<SignIn>.timedOut)
        }
        var call: HTTPCall
        do throws(ProviderError) {
            call = try request(signIn.value)
        } catch {
            throw Failure(error: error, mayRepeat: error.isTransient)
        }
        call.deadline = min(end - .now, deadline / 2)
        guard call.deadline > .zero else { throw Failure(error: TokenCache<SignIn>.timedOut, mayRepeat: false) }
        let answer: HTTPAnswer
        do throws(TransportError) {
            answer = try await http.send(call)
        } catch {
            throw Failure(
                error: ProviderError(error, during: operation), mayRepeat: error.isWorthRepeating,
                wasSent: error != .overloaded)
        }
        guard let refusal = refusal(answer) else {
            await signIns.confirm(signIn.fetch)
            return answer
        }
        throw Failure(
            error: refusal.error, mayRepeat: refusal.error.isTransient, wasSent: true,
            refusedSignIn: refusal.isOfSignIn ? signIn.fetch : nil)
    }
}

extension TransportError {
    fileprivate var isWorthRepeating: Bool {
        switch self {
        case .nameUnknown, .couldNotConnect, .proxyFailed, .tls, .timedOut, .connectionLost, .overloaded: true
        case .invalidURL, .invalidHeader, .schemeNotAllowed, .notTrusted, .answerTooLarge, .malformedAnswer, .cancelled,
            .shutDown:
            false
        }
    }
}

extension ProviderError {
    /// As the call ends that waited for the sign-in: it was not made, so nothing is known of the object.
    fileprivate var ofSignIn: ProviderError {
        guard kind.isOfAnObject else { return self }
        return ProviderError(
            .unavailable, during: operation, vendorCode: vendorCode, requestID: requestID, retryAfter: retryAfter)
    }

    /// - Parameter operation: the provider's name for the call.
    init(_ error: TransportError, during operation: String) {
        let (kind, phase): (Kind, Phase?) =
            switch error {
            case .nameUnknown: (.unavailable, .nameLookup)
            case .couldNotConnect: (.unavailable, .connection)
            case .proxyFailed: (.unavailable, .proxy)
            case .notTrusted: (.unavailable, .trust)
            case .tls: (.unavailable, .tls)
            case .timedOut: (.unavailable, .timeout)
            case .connectionLost: (.unavailable, .answer)
            case .cancelled, .shutDown, .overloaded: (.unavailable, nil)
            case .answerTooLarge, .malformedAnswer: (.corrupt, nil)
            case .invalidURL, .invalidHeader, .schemeNotAllowed: (.rejected, nil)
            }
        self.init(kind, during: operation, phase: phase)
    }

    /// Whether the call may have taken effect all the same. As sure as an error alone can be: it is that of the last
    /// attempt.
    var mayHaveTakenEffect: Bool {
        switch phase {
        case .nameLookup, .connection, .proxy, .trust, .tls: false
        case .timeout, .answer: true
        case nil: [.unavailable, .busy, .corrupt].contains(kind)
        }
    }
}

extension ProviderError.Kind {
    /// Whether it says how a secret or its key is. A service for signing in has neither: in its name this must not make
    /// a secret look absent, and so purged, or changed behind the broker's back.
    var isOfAnObject: Bool {
        switch self {
        case .absent, .disabled, .busy, .conflict, .keyDenied, .keyDisabled, .corrupt: true
        case .denied, .unauthenticated, .throttled, .unavailable, .limitExceeded, .overloaded, .rejected,
            .notConfigured:
            false
        }
    }
}
