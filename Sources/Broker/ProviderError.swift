/// Why a provider did not do what it was asked. A driver classifies; nothing of the provider's own text is kept.
package struct ProviderError: Error, Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// There is no such object, or not the version that the pin names.
        case absent
        /// The object exists and is switched off, or is marked for deletion.
        case disabled
        /// Permission for the operation is missing, or was withdrawn.
        case denied
        /// The object may be read, but the key that guards it may not be used.
        case keyDenied
        /// The key that guards the object is disabled, pending deletion or gone.
        case keyDisabled
        /// The broker is not signed in: no credentials, or expired or unknown ones, or a clock that is off.
        case unauthenticated
        /// Too many requests. Transient.
        case throttled
        /// No answer in time, no connection, or a server fault. Transient; a write may or may not have happened.
        case unavailable
        /// The provider answers that it is at work on the object, which may be had, or go, in a moment. Transient.
        case busy
        /// The reference already holds another value. References are never reused, so this is a fault of the store.
        case conflict
        /// A quota or a limit of the account is used up.
        case limitExceeded
        /// The answer is not what the provider documents: wrong checksum, wrong version, malformed, too large.
        case corrupt
        /// The call was not sent: the broker's own queue for the store is full.
        case overloaded
        /// The provider refuses the request itself; repeating it does not help.
        case rejected
        /// Not sent: this broker was started without the store that the catalog names.
        case notConfigured
    }

    /// Where the way of a call ended that has no answer.
    package enum Phase: String, Sendable, CaseIterable {
        /// The host's name has no address.
        case nameLookup
        /// There is no connection to the host.
        case connection
        /// There is none to the proxy, or none by it to the host.
        case proxy
        /// The host does not prove itself by a CA that is believed.
        case trust
        /// TLS did not come about: nothing was sent.
        case tls
        /// The time was up. The request may have taken effect.
        case timeout
        /// The connection ended without a whole answer. The request may have taken effect.
        case answer
    }

    package let kind: Kind
    /// Nil: there was an answer, or nothing was sent for a reason of the broker's own.
    package let phase: Phase?
    /// The provider's name for the call, for example `GetSecretValue`.
    package let operation: String
    /// The provider's error code: a word of its API, checked to be one.
    package let vendorCode: String?
    /// The provider's id of the request, for its support.
    package let requestID: String?
    /// How long the provider asked to wait.
    package let retryAfter: Duration?

    package init(
        _ kind: Kind, during operation: String, phase: Phase? = nil, vendorCode: String? = nil,
        requestID: String? = nil, retryAfter: Duration? = nil
    ) {
        self.kind = kind
        self.phase = phase
        self.operation = operation
        self.vendorCode = vendorCode.flatMap(Self.word)
        self.requestID = requestID.flatMap(Self.word)
        self.retryAfter = retryAfter
    }

    /// Whether the same call may succeed in a moment.
    package var isTransient: Bool {
        switch kind {
        case .throttled, .unavailable, .overloaded, .busy: true
        case .absent, .disabled, .denied, .keyDenied, .keyDisabled, .unauthenticated, .conflict, .limitExceeded,
            .corrupt, .rejected, .notConfigured:
            false
        }
    }

    /// Names the failed call and its error, for people. Identifiers only: what a provider writes is untrusted.
    ///
    /// - Parameter requestName: the provider's word for the id of a request.
    package func identifiers(requestName: String = "request") -> String {
        [operation, vendorCode ?? kind.rawValue].joined(separator: ", ")
            + (requestID.map { ", \(requestName) \($0)" } ?? "")
    }

    /// Keeps text from outside only when it is a short identifier, so that no value can hide in it.
    private static func word(_ text: String) -> String? {
        let isWord =
            (1...80).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0.isLetterOrDigit || "-_.".utf8.contains($0) }
        return isWord ? text : nil
    }
}
