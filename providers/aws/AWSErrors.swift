import Broker
import Transport
import WireJSON

/// An answer of AWS that is not a success. Its sentence is compared, never kept: only the error's name and ids are.
struct AWSFailure: Sendable {
    let status: Int
    /// The error's name, such as `ResourceNotFoundException`; nil if the answer has none, as when it is a proxy's.
    let name: String?
    /// Whether AWS says that it is the key that may not be used.
    let isKeyDenial: Bool
    let requestID: String?
    let retryAfter: Duration?

    init(_ answer: HTTPAnswer, at now: Timestamp) {
        let body = answer.body.withBytes { AWSFailureBody($0) }
        self.init(
            status: answer.status, name: answer.header("x-amzn-errortype") ?? body.name, isKeyDenial: body.isKeyDenial,
            requestID: answer.header("x-amzn-requestid") ?? answer.header("x-amz-request-id"),
            retryAfter: RetryRule.retryAfter(answer.header("retry-after"), now: now))
    }

    /// - Parameter name: the name, also in the form `com.amazonaws.secretsmanager#ResourceNotFoundException:http://…`.
    init(status: Int, name: String?, isKeyDenial: Bool = false, requestID: String? = nil, retryAfter: Duration? = nil) {
        self.status = status
        self.name = name.flatMap { $0.split(separator: ":").first?.split(separator: "#").last }.map(String.init)
        self.isKeyDenial = isKeyDenial
        self.requestID = requestID
        self.retryAfter = retryAfter
    }

    func error(during operation: AWSOperation) -> ProviderError {
        ProviderError(
            kind(during: operation), during: operation.rawValue, vendorCode: name, requestID: requestID,
            retryAfter: retryAfter)
    }

    /// Classifies by name, since AWS throttles with 400 and other implementations have statuses of their own. The
    /// status decides only for a name that is not in the table.
    private func kind(during operation: AWSOperation) -> ProviderError.Kind {
        switch name.flatMap({ Self.kinds[$0] }) {
        case .denied where isKeyDenial && !operation.isOfSecurityTokens: .keyDenied
        // It may also say that the request makes no sense, but a read of ours always does.
        case .rejected where name == "InvalidRequestException" && operation == .getSecretValue: .disabled
        case .some(let kind) where operation.isOfSecurityTokens && kind.isOfAnObject: .rejected
        case .some(let kind): kind
        case nil where status == 429: .throttled
        case nil where status == 408 || status >= 500: .unavailable
        case nil: .rejected
        }
    }

    /// Nil for a success.
    static func refusal<SignIn>(
        _ answer: HTTPAnswer, during operation: AWSOperation, at now: Timestamp
    ) -> SignedInClient<SignIn>.Refusal? {
        guard answer.status != 200 else { return nil }
        let failure = AWSFailure(answer, at: now)
        return .init(error: failure.error(during: operation), isOfSignIn: failure.callsForFreshCredentials)
    }

    /// Whether the credentials were refused rather than the request, so that others may do.
    var callsForFreshCredentials: Bool {
        [
            "ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId",
            "InvalidAccessKeyId", "InvalidIdentityToken", "InvalidToken",
        ].contains(name)
    }
}

extension AWSFailure {
    /// From the API models of Secrets Manager and STS, "Common errors", and the retry lists of the SDKs.
    static let kinds: [String: ProviderError.Kind] = [
        "ResourceNotFoundException": .absent,
        "ResourceExistsException": .conflict,
        "LimitExceededException": .limitExceeded,

        "AccessDenied": .denied,
        "AccessDeniedException": .denied,
        "NotAuthorized": .denied,
        "OptInRequired": .denied,
        "RegionDisabledException": .denied,
        "UnauthorizedOperation": .denied,

        "KMSAccessDeniedException": .keyDenied,
        "DecryptionFailure": .keyDisabled,
        "DecryptionFailureException": .keyDisabled,
        "EncryptionFailure": .keyDisabled,
        "EncryptionFailureException": .keyDisabled,
        "KMSDisabledException": .keyDisabled,
        "KMSInvalidStateException": .keyDisabled,
        "KMSNotFoundException": .keyDisabled,

        "AuthFailure": .unauthenticated,
        "ExpiredToken": .unauthenticated,
        "ExpiredTokenException": .unauthenticated,
        "ExpiredTradeInTokenException": .unauthenticated,
        "IDPRejectedClaim": .unauthenticated,
        "IncompleteSignature": .unauthenticated,
        "IncompleteSignatureException": .unauthenticated,
        "InvalidAccessKeyId": .unauthenticated,
        "InvalidClientTokenId": .unauthenticated,
        "InvalidIdentityToken": .unauthenticated,
        "InvalidSignatureException": .unauthenticated,
        "InvalidToken": .unauthenticated,
        "MissingAuthenticationToken": .unauthenticated,
        "MissingAuthenticationTokenException": .unauthenticated,
        "RequestExpired": .unauthenticated,
        "RequestTimeTooSkewed": .unauthenticated,
        "SignatureDoesNotMatch": .unauthenticated,
        "UnrecognizedClientException": .unauthenticated,

        "BandwidthLimitExceeded": .throttled,
        "PriorRequestNotComplete": .throttled,
        "ProvisionedThroughputExceededException": .throttled,
        "RequestLimitExceeded": .throttled,
        "RequestThrottled": .throttled,
        "RequestThrottledException": .throttled,
        "SlowDown": .throttled,
        "ThrottledException": .throttled,
        "Throttling": .throttled,
        "ThrottlingException": .throttled,
        "TooManyRequestsException": .throttled,
        "TransactionInProgressException": .throttled,

        "IDPCommunicationError": .unavailable,
        "InternalFailure": .unavailable,
        "InternalServerError": .unavailable,
        "InternalServiceError": .unavailable,
        "InternalServiceErrorException": .unavailable,
        "RequestTimeout": .unavailable,
        "RequestTimeoutException": .unavailable,
        "ServiceUnavailable": .unavailable,
        "ServiceUnavailableException": .unavailable,

        "InvalidAuthorizationMessageException": .rejected,
        "InvalidNextTokenException": .rejected,
        "InvalidParameterException": .rejected,
        "InvalidRequestException": .rejected,
        "JWTPayloadSizeExceededException": .rejected,
        "MalformedPolicyDocument": .rejected,
        "MalformedPolicyDocumentException": .rejected,
        "OutboundWebIdentityFederationDisabledException": .rejected,
        "PackedPolicyTooLarge": .rejected,
        "PreconditionNotMetException": .rejected,
        "PublicPolicyException": .rejected,
        "SerializationException": .rejected,
        "SessionDurationEscalationException": .rejected,
        "UnknownOperationException": .rejected,
        "ValidationError": .rejected,
        "ValidationException": .rejected,
    ]
}

extension AWSOperation {
    fileprivate var isOfSecurityTokens: Bool {
        switch self {
        case .getCallerIdentity, .assumeRole, .assumeRoleWithWebIdentity: true
        case .createSecret, .getSecretValue, .deleteSecret, .instanceCredentials, .containerCredentials,
            .containerToken, .webIdentityToken, .profile:
            false
        }
    }
}

/// What is read from an error's body: Secrets Manager's JSON, STS's XML, or anything from whatever is in between.
private struct AWSFailureBody {
    private(set) var name: String?
    private(set) var isKeyDenial = false

    init(_ bytes: RawSpan) {
        guard let root = (try? JSONDocument(parsing: bytes, maximumDepth: 16))?.root else {
            name = awsXMLText(of: "Code", in: bytes)
            return
        }
        name = (root["__type"] ?? root["code"])?.string
        isKeyDenial = (root["message"] ?? root["Message"])?.withString(Self.saysThatKeyIsDenied) ?? false
    }

    /// Whether a denial is about the key. AWS has one name for a missing permission on the secret and on its key, and
    /// two sentences: the first is Secrets Manager's own, the second that of a policy's refusal.
    private static func saysThatKeyIsDenied(_ message: RawSpan) -> Bool {
        unsafe message.withUnsafeBytes { message in
            unsafe message.starts(with: "Access to KMS is not allowed".utf8)
                || message.firstRange(of: "not authorized to perform: kms:".utf8) != nil
        }
    }
}
