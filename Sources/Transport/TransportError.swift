import CCurl

/// Why a call has no answer. Nothing of what was sent or received is part of it.
package enum TransportError: Error, Sendable, Hashable, CaseIterable {
    case invalidURL
    /// A header's name or value holds CR, LF or NUL, or the method is no word.
    case invalidHeader
    /// Neither https nor, where that is allowed, http to this machine.
    case schemeNotAllowed
    /// Nothing was sent.
    case couldNotConnect
    /// The peer could not be authenticated, so nothing was sent; or TLS broke.
    case tls
    /// The deadline has passed. The request may have taken effect.
    case timedOut
    /// The connection ended without a whole answer. The request may have taken effect.
    case connectionLost
    case answerTooLarge
    case malformedAnswer
    case cancelled
    /// The client was shut down.
    case shutDown
    /// Too many calls are under way.
    case overloaded
}

extension TransportError {
    /// - Parameter wasSent: whether the connection was ready, so that the request may have left.
    init(_ code: CURLcode, wasSent: Bool) {
        switch code {
        case CURLE_URL_MALFORMAT: self = .invalidURL
        case CURLE_UNSUPPORTED_PROTOCOL: self = .schemeNotAllowed
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_PROXY:
            self = .couldNotConnect
        case CURLE_OPERATION_TIMEDOUT: self = wasSent ? .timedOut : .couldNotConnect
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_INITFAILED:
            self = .tls
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP_RETURNED_ERROR,
            CURLE_UNSUPPORTED_PROTOCOL:
            self = .malformedAnswer
        // libcurl's list is open. What it may add is a way for a connection to fail.
        default: self = .connectionLost
        }
    }
}
