import Broker
import Transport
import WireJSON

/// An answer of Google that is not a success. Its sentence is searched for what it is about but never kept: only the
/// names and ids are.
struct GoogleFailure: Sendable {
    let status: Int
    /// The name in `google.rpc.Code`, such as `NOT_FOUND`; nil if the answer names none, as when it comes from a proxy.
    let name: String?
    /// The more exact reason in an `ErrorInfo`, such as `SERVICE_DISABLED`.
    let reason: String?
    /// Whether Google says that it is the key that may not, or cannot, be used.
    let isAboutKey: Bool
    let requestID: String?
    let retryAfter: Duration?

    init(_ answer: HTTPAnswer, at now: Timestamp) {
        let body = GoogleFailureBody(answer.body)
        self.init(
            status: answer.status, name: body.name, reason: body.reason, isAboutKey: body.isAboutKey,
            requestID: answer.header("x-goog-request-id") ?? body.requestID,
            retryAfter: RetryRule.retryAfter(answer.header("retry-after"), now: now) ?? body.retryDelay)
    }

    init(
        status: Int, name: String?, reason: String? = nil, isAboutKey: Bool = false, requestID: String? = nil,
        retryAfter: Duration? = nil
    ) {
        self.status = status
        self.name = name
        self.reason = reason
        self.isAboutKey = isAboutKey
        self.requestID = requestID
        self.retryAfter = retryAfter
    }

    func error(during operation: GoogleOperation) -> ProviderError {
        ProviderError(
            kind(during: operation), during: operation.rawValue, vendorCode: reason ?? name, requestID: requestID,
            retryAfter: retryAfter)
    }

    /// Classifies by name, since several names share a status. The status decides only for a name that is not in the
    /// table: if a proxy knows no such page, that does not mean that there is no such secret.
    private func kind(during operation: GoogleOperation) -> ProviderError.Kind {
        let named = reason.flatMap { Self.reasons[$0] } ?? name.flatMap { Self.kinds[$0] }
        switch named {
        case .denied where isAboutKey: return .keyDenied
        case .rejected where isAboutKey && isPrecondition: return .keyDisabled
        // All that a read needs is that the version is enabled.
        case .rejected where isPrecondition && operation == .accessSecretVersion: return .disabled
        case .some(let kind): return kind
        case nil where status == 401: return .unauthenticated
        case nil where status == 429: return .throttled
        case nil where status == 408 || status >= 500: return .unavailable
        case nil: return .rejected
        }
    }

    private var isPrecondition: Bool { name == "FAILED_PRECONDITION" }

    /// Whether the token was refused rather than the request, so that another may do.
    var callsForFreshToken: Bool { status == 401 }
}

extension GoogleFailure {
    /// All of `google.rpc.Code`.
    static let kinds: [String: ProviderError.Kind] = [
        "NOT_FOUND": .absent,
        "PERMISSION_DENIED": .denied,
        "UNAUTHENTICATED": .unauthenticated,
        "ALREADY_EXISTS": .conflict,
        "RESOURCE_EXHAUSTED": .throttled,

        "ABORTED": .unavailable,
        "CANCELLED": .unavailable,
        "DEADLINE_EXCEEDED": .unavailable,
        "INTERNAL": .unavailable,
        "UNAVAILABLE": .unavailable,
        "UNKNOWN": .unavailable,

        "DATA_LOSS": .corrupt,
        "OK": .corrupt,

        "FAILED_PRECONDITION": .rejected,
        "INVALID_ARGUMENT": .rejected,
        "OUT_OF_RANGE": .rejected,
        "UNIMPLEMENTED": .rejected,
    ]

    /// Those of `google.api.ErrorReason` that say more than the code they come with.
    static let reasons: [String: ProviderError.Kind] = [
        "RATE_LIMIT_EXCEEDED": .throttled,
        "RESOURCE_QUOTA_EXCEEDED": .limitExceeded,

        "ACCESS_TOKEN_EXPIRED": .unauthenticated,
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT": .unauthenticated,
        "ACCESS_TOKEN_TYPE_UNSUPPORTED": .unauthenticated,
        "ACCOUNT_STATE_INVALID": .unauthenticated,
        "CREDENTIALS_MISSING": .unauthenticated,
        "OVERLOADED_CREDENTIALS": .unauthenticated,

        "BILLING_DISABLED": .denied,
        "CONSUMER_INVALID": .denied,
        "CONSUMER_SUSPENDED": .denied,
        "GCP_SUSPENDED": .denied,
        "IAM_PERMISSION_DENIED": .denied,
        "LOCATION_ORG_POLICY_VIOLATED": .denied,
        "LOCATION_POLICY_VIOLATED": .denied,
        "ORG_RESTRICTION_VIOLATION": .denied,
        "RESOURCE_PROJECT_INVALID": .denied,
        "RESOURCE_USAGE_RESTRICTION_VIOLATED": .denied,
        "SECURITY_POLICY_VIOLATED": .denied,
        "SERVICE_DISABLED": .denied,
        "SERVICE_NOT_VISIBLE": .denied,
        "USER_PROJECT_DENIED": .denied,
    ]
}

/// What is read from an error's body: `google.rpc.Status` as JSON, an OAuth 2 error, or anything at all from whatever
/// is in between.
struct GoogleFailureBody {
    private(set) var name: String?
    private(set) var reason: String?
    private(set) var isAboutKey = false
    private(set) var requestID: String?
    private(set) var retryDelay: Duration?

    init(_ body: Secret) {
        guard let error = body.json?["error"] else { return }
        guard error.kind == .object else {
            name = error.string
            return
        }
        name = error["status"]?.string
        isAboutKey = error["message"]?.withString(Self.namesKey) ?? false
        for detail in error["details"]?.elements ?? [] {
            switch detail["@type"]?.string {
            case "type.googleapis.com/google.rpc.ErrorInfo": reason = detail["reason"]?.string
            case "type.googleapis.com/google.rpc.RequestInfo": requestID = detail["requestId"]?.string
            case "type.googleapis.com/google.rpc.RetryInfo":
                retryDelay = detail["retryDelay"]?.string.flatMap(Self.seconds)
            default: continue
            }
        }
    }

    /// Whether a sentence is about the key. Google has the same names for what a secret and its key refuse. In its
    /// sentences a denial by the key names the permission, `cloudkms.cryptoKeyVersions.useToDecrypt`, and a key that is
    /// off its resource name, `…/cryptoKeys/K`. Both are from public reports of other services with operators' own
    /// keys, and not verified at Secret Manager.
    private static func namesKey(_ message: RawSpan) -> Bool {
        unsafe message.withUnsafeBytes { message in
            unsafe message.firstRange(of: "cloudkms.".utf8) != nil
                || message.firstRange(of: "/cryptoKeys/".utf8) != nil
        }
    }

    /// Reads a duration such as `1.500s`.
    private static func seconds(_ text: String) -> Duration? {
        guard text.utf8.count <= 24, text.hasSuffix("s"), let seconds = Double(text.dropLast()),
            (0...86_400).contains(seconds)
        else { return nil }
        return .seconds(seconds)
    }
}
