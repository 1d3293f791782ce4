/// Why a call is refused by the front end, before the service sees it.
///
/// Names, texts and their order were recorded from AWS's front end for JSON services (dynalite's notes of 2013); the
/// statuses of the query protocol are STS's documented common errors.
enum AuthenticationFault: Error, Sendable {
    case missingToken
    case incomplete(String)
    case invalidSignature(String)
    case unrecognizedClient
    case expiredToken
    case accessDenied(String)

    static let signatureMismatch = AuthenticationFault.invalidSignature(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
            + "Key and signing method. Consult the service documentation for details.")

    var message: String {
        switch self {
        case .missingToken: "Request is missing Authentication Token"
        case .incomplete(let text), .invalidSignature(let text), .accessDenied(let text): text
        case .unrecognizedClient: "The security token included in the request is invalid."
        case .expiredToken: "The security token included in the request is expired"
        }
    }

    /// The error's type in the JSON protocol, where all of them have status 400.
    var type: String {
        switch self {
        case .missingToken: "com.amazon.coral.service#MissingAuthenticationTokenException"
        case .incomplete: "com.amazon.coral.service#IncompleteSignatureException"
        case .invalidSignature: "com.amazon.coral.service#InvalidSignatureException"
        case .unrecognizedClient: "com.amazon.coral.service#UnrecognizedClientException"
        case .expiredToken: "com.amazon.coral.service#ExpiredTokenException"
        case .accessDenied: "AccessDeniedException"
        }
    }

    /// The error in the query protocol.
    var queryError: (code: String, status: Int) {
        switch self {
        case .missingToken: ("MissingAuthenticationToken", 403)
        case .incomplete: ("IncompleteSignature", 400)
        case .invalidSignature: ("SignatureDoesNotMatch", 403)
        case .unrecognizedClient: ("InvalidClientTokenId", 403)
        case .expiredToken: ("ExpiredToken", 403)
        case .accessDenied: ("AccessDenied", 403)
        }
    }
}
