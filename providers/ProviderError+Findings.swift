import Broker

/// What all drivers' findings say alike of a call that failed.
extension ProviderError {
    /// Which call failed and as what, for people. Identifiers only: what a provider writes is untrusted.
    ///
    /// - Parameter requestName: what the provider calls the identifier of a request.
    func identifiers(requestName: String = "request") -> String {
        [operation, vendorCode ?? kind.rawValue].joined(separator: ", ")
            + (requestID.map { ", \(requestName) \($0)" } ?? "")
    }

    /// The code of the finding.
    ///
    /// - Parameter step: what the call was for, as codes begin: `create`, `read`, `purge`.
    func findingCode(_ step: String) -> String {
        switch kind {
        case .keyDenied: "key_denied"
        case .keyDisabled: "key_disabled"
        case .unauthenticated: "not_signed_in"
        case .denied: "\(step)_denied"
        case .limitExceeded: "limit_exceeded"
        case .throttled: "throttled"
        case .unavailable, .overloaded: "unreachable"
        case .absent, .disabled, .conflict, .corrupt, .rejected, .notConfigured: "\(step)_failed"
        }
    }
}
