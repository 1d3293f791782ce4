import Broker

/// What all drivers' findings say in the same way about a call that failed.
extension ProviderError {
    /// Whether every other call would fail alike: the store is out of reach or out of order, or the broker is nobody
    /// there.
    var isOfEveryCall: Bool {
        switch kind {
        case .unauthenticated, .throttled, .unavailable, .overloaded, .notConfigured: true
        case .absent, .disabled, .denied, .keyDenied, .keyDisabled, .busy, .conflict, .limitExceeded, .corrupt,
            .rejected:
            false
        }
    }

    /// Where on its way a call ended that has no answer, and what to do. Nil where there was one.
    ///
    /// - Parameters:
    ///   - host: that was called, as the clause names it.
    ///   - way: by which to reach it: `directly or through HTTPS_PROXY`.
    ///   - authorities: the file of the CAs that are believed.
    func sentence(noAnswerOf host: String, way: String, authorities: String?, requestName: String = "request")
        -> String?
    {
        guard let phase else { return nil }
        let what = "(\(identifiers(requestName: requestName)), \(phase.rawValue))"
        return switch phase {
        case .nameLookup:
            "\(host) has no address \(what): see that there is such a host, and that this machine's DNS knows it"
        case .connection:
            "\(host) takes no connection \(what): let the broker reach it, \(way)"
        case .proxy:
            "the proxy makes no connection to \(host) \(what): see that HTTPS_PROXY names one that runs and lets the"
                + " broker through, or name the host in NO_PROXY"
        case .trust:
            "the certificate of \(host) is not trusted by \(authorities ?? "any authority, for there is none") \(what):"
                + " set SSL_CERT_FILE to a PEM file with the authorities of the host, or of the proxy that stands in"
                + " its place"
        case .tls:
            "there is no TLS with \(host) \(what): see that it speaks TLS 1.2 or 1.3, and what stands between"
        case .timeout:
            "\(host) did not answer in time \(what): let the broker reach it, \(way), and try again"
        case .answer:
            "\(host) ended the connection without an answer \(what): see what stands between, and try again"
        }
    }

    /// The code of the finding.
    ///
    /// - Parameter step: the purpose of the call, as codes begin: `create`, `read`, `purge`.
    func findingCode(_ step: String) -> String {
        switch kind {
        case .keyDenied: "key_denied"
        case .keyDisabled: "key_disabled"
        case .unauthenticated: "not_signed_in"
        case .denied: "\(step)_denied"
        case .limitExceeded: "limit_exceeded"
        case .throttled: "throttled"
        case .unavailable where phase == .trust: "not_trusted"
        case .unavailable where phase != nil: "unreachable"
        case .unavailable, .overloaded, .busy: "unavailable"
        case .absent, .disabled, .conflict, .corrupt, .rejected, .notConfigured: "\(step)_failed"
        }
    }
}
