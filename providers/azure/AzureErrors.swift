import Broker
import Transport
import WireJSON

/// An answer of Key Vault that is not a success. Its sentence is not looked at: only the error's names and the id are.
struct AzureFailure: Sendable {
    let status: Int
    /// The error's name, such as `Forbidden`; nil if the answer names none, as when it comes from a proxy.
    let code: String?
    /// The reason, where Azure gives one, such as `ForbiddenByRbac`.
    let innerCode: String?
    let requestID: String?
    let retryAfter: Duration?

    init(_ answer: HTTPAnswer, at now: Timestamp) {
        let (code, innerCode) = Self.codes(in: answer.body)
        self.init(
            status: answer.status, code: code, innerCode: innerCode, requestID: answer.header("x-ms-request-id"),
            retryAfter: RetryRule.retryAfter(answer.header("retry-after"), now: now))
    }

    init(
        status: Int, code: String?, innerCode: String? = nil, requestID: String? = nil, retryAfter: Duration? = nil
    ) {
        self.status = status
        self.code = code
        self.innerCode = innerCode
        self.requestID = requestID
        self.retryAfter = retryAfter
    }

    func error(during operation: AzureOperation) -> ProviderError {
        ProviderError(
            kind, during: operation.rawValue, vendorCode: innerCode ?? code, requestID: requestID,
            retryAfter: retryAfter)
    }

    /// Classifies by name, where the table has it, or else by status.
    private var kind: ProviderError.Kind {
        for name in [innerCode, code] {
            if let kind = name.flatMap({ Self.kinds[$0] }) { return kind }
        }
        return switch status {
        case 401: .unauthenticated
        case 429: .throttled
        case 408, 500...: .unavailable
        default: .rejected
        }
    }

    /// The names in `{"error": {"code": …, "innererror": {"code": …}}}`. Both spellings of the inner error are in use.
    private static func codes(in body: Secret) -> (code: String?, innerCode: String?) {
        let root = body.withBytes { try? JSONDocument(parsing: $0, maximumDepth: 16).root }
        let error = root?["error"]
        return (error?["code"]?.string, (error?["innererror"] ?? error?["innerError"])?["code"]?.string)
    }
}

extension AzureFailure {
    static let softlyDeleted = "ObjectIsDeletedButRecoverable"

    /// From "Azure Key Vault REST API error codes", the SDKs' exceptions, and public issues about them.
    static let kinds: [String: ProviderError.Kind] = [
        "SecretNotFound": .absent,
        "SecretDisabled": .disabled,

        "AccessDenied": .denied,
        "Forbidden": .denied,
        "ForbiddenByConnection": .denied,
        "ForbiddenByFirewall": .denied,
        "ForbiddenByPolicy": .denied,
        "ForbiddenByRbac": .denied,

        "Unauthorized": .unauthenticated,

        // A name that is never used again is only taken while its object is being removed.
        "Conflict": .conflict,
        "ObjectIsBeingDeleted": .conflict,
        "ObjectIsBeingRecovered": .conflict,
        "ObjectIsDeletedButRecoverable": .conflict,

        "Throttled": .throttled,
        "TooManyRequests": .throttled,

        "GatewayTimeout": .unavailable,
        "InternalError": .unavailable,
        "InternalServerError": .unavailable,
        "RequestTimeout": .unavailable,
        "ServiceUnavailable": .unavailable,

        "BadParameter": .rejected,
        "NotSupported": .rejected,
    ]
}

/// Why Entra issued no token. Its sentence is not looked at: only the numbers of its errors are.
struct AzureSignInFailure: Sendable {
    let status: Int
    /// The error of RFC 6749, such as `invalid_client`.
    let error: String?
    /// Entra's number, such as `AADSTS7000215`.
    let code: String?
    let retryAfter: Duration?

    init(_ answer: HTTPAnswer, at now: Timestamp) {
        let root = answer.body.withBytes { try? JSONDocument(parsing: $0, maximumDepth: 8).root }
        status = answer.status
        error = root?["error"]?.string
        code = root?["error_codes"]?.elements.first?.integer.map { "AADSTS\($0)" }
        retryAfter = RetryRule.retryAfter(answer.header("retry-after"), now: now)
    }

    func error(during operation: String) -> ProviderError {
        let kind: ProviderError.Kind =
            switch status {
            case 429: .throttled
            case 408, 500...: .unavailable
            case _ where error == "temporarily_unavailable": .unavailable
            default: .unauthenticated
            }
        return ProviderError(kind, during: operation, vendorCode: code ?? error, retryAfter: retryAfter)
    }
}
