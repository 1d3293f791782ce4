import CCurl

/// Why a call has no answer. Nothing of what was sent or received is part of it.
package enum TransportError: Error, Sendable, Hashable, CaseIterable {
    case invalidURL
    /// A header's name is no token, its value holds CR, LF or NUL, it is longer than 64 KiB, or the method is no word.
    case invalidHeader
    /// Neither https nor, where that is allowed, http to this machine or a metadata host.
    case schemeNotAllowed
    /// The host's name has no address that could be found: nothing was sent.
    case nameUnknown
    /// No connection: nothing was sent.
    case couldNotConnect
    /// No connection to the proxy, or none by it to the host: nothing was sent.
    case proxyFailed
    /// The host does not prove itself by a CA that is believed, or there is none to believe: nothing was sent.
    case notTrusted
    /// TLS did not come about: nothing was sent.
    case tls
    /// The deadline has passed. The request may have taken effect.
    case timedOut
    /// The connection ended without a whole answer. The request may have taken effect.
    case connectionLost
    /// The answer's body is larger than the call allows, or its headers are larger than 64 KiB.
    case answerTooLarge
    case malformedAnswer
    case cancelled
    /// The client was shut down.
    case shutDown
    /// Too many calls are under way.
    case overloaded
}

extension TransportError {
    /// - Parameters:
    ///   - wasSent: whether the connection was ready, so that the request may have left.
    ///   - isLate: whether the deadline has passed; the time to connect has a limit of its own.
    ///   - isProxied: whether the call goes through a proxy.
    init(_ code: CURLcode, wasSent: Bool, isLate: Bool, isProxied: Bool) {
        switch code {
        case CURLE_URL_MALFORMAT: self = .invalidURL
        case CURLE_OPERATION_TIMEDOUT where wasSent || isLate: self = .timedOut
        case CURLE_COULDNT_RESOLVE_HOST where !isProxied: self = .nameUnknown
        // These are of a handshake. If something was sent, it was on a kept connection that was lost before.
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            self = wasSent ? .connectionLost : .notTrusted
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED:
            self = wasSent ? .connectionLost : .tls
        // The second is libcurl's code for an answer without a status line.
        case CURLE_WEIRD_SERVER_REPLY where wasSent, CURLE_UNSUPPORTED_PROTOCOL where wasSent,
            CURLE_BAD_CONTENT_ENCODING where wasSent:
            self = .malformedAnswer
        // A header line is longer than libcurl accepts.
        case CURLE_OUT_OF_MEMORY where wasSent: self = .answerTooLarge
        case CURLE_OUT_OF_MEMORY: self = .overloaded
        // libcurl's list is open. What is left, and what it may add, are ways for a connection to fail.
        default: self = wasSent ? .connectionLost : isProxied ? .proxyFailed : .couldNotConnect
        }
    }
}
