import Broker
import Transport
import WireJSON

/// An answer of an API server that is not a success. Its sentence is compared, never kept: only words of the API are.
struct KubernetesFailure: Sendable {
    /// Why a request was refused that its sender may make: Kubernetes has one reason, `Forbidden`, for all of these.
    enum Refusal: String, Sendable {
        case quota = "ExceededQuota"
        case admission = "Admission"
        case namespaceTerminating = "NamespaceTerminating"
    }

    let status: Int
    /// The reason, such as `AlreadyExists`; nil if the answer is no Status object, as when it comes from a proxy.
    let reason: String?
    /// What the reason is about, in the plural: `secrets`, `namespaces`.
    let subject: String?
    let refusal: Refusal?
    /// The request's id in the cluster's audit log.
    let auditID: String?
    let retryAfter: Duration?

    init(_ answer: HTTPAnswer, at now: Timestamp) {
        let body = answer.body.withBytes { KubernetesStatusBody($0) }
        self.init(
            status: answer.status, reason: body.reason, subject: body.subject, refusal: body.refusal,
            auditID: answer.header("audit-id"),
            retryAfter: RetryRule.retryAfter(answer.header("retry-after"), now: now)
                ?? body.retryAfterSeconds.map { .seconds($0) })
    }

    init(
        status: Int, reason: String?, subject: String? = nil, refusal: Refusal? = nil, auditID: String? = nil,
        retryAfter: Duration? = nil
    ) {
        self.status = status
        self.reason = reason
        self.subject = subject
        self.refusal = refusal
        self.auditID = auditID
        self.retryAfter = retryAfter
    }

    /// Whether the sign-in was refused rather than the request, so that another token may do.
    var isOfSignIn: Bool { status == 401 || reason == "Unauthorized" }

    func error(during operation: KubernetesOperation) -> ProviderError {
        let code = reason.map { reason in refusal.map { "\(reason).\($0.rawValue)" } ?? reason }
        return ProviderError(
            kind(during: operation), during: operation.rawValue, vendorCode: code, requestID: auditID,
            retryAfter: retryAfter)
    }

    /// Classifies by reason. The status decides only if there is no reason, or an unknown one.
    private func kind(during operation: KubernetesOperation) -> ProviderError.Kind {
        switch (reason.flatMap { Self.kinds[$0] }, refusal) {
        case (.denied, .quota): .limitExceeded
        case (.denied, .admission), (.denied, .namespaceTerminating): .rejected
        // On a create, the namespace is absent; otherwise the path is, where what answers is no API server.
        case (.absent, _) where operation == .createSecret || subject != "secrets": .rejected
        case (let kind?, _): kind
        case (nil, _) where status == 401: .unauthenticated
        case (nil, _) where status == 429: .throttled
        case (nil, _) where status == 408 || status >= 500: .unavailable
        case (nil, _): .rejected
        }
    }
}

extension KubernetesFailure {
    /// The values of `StatusReason` in the API's `meta/v1`.
    static let kinds: [String: ProviderError.Kind] = [
        "NotFound": .absent,
        "AlreadyExists": .conflict,
        "Forbidden": .denied,
        "Unauthorized": .unauthenticated,
        "TooManyRequests": .throttled,

        // No request of ours names a version. The quota's own count is written with one, and asks to be tried again.
        "Conflict": .busy,
        "InternalError": .unavailable,
        "ServerTimeout": .unavailable,
        "ServiceUnavailable": .unavailable,
        "StoreReadError": .unavailable,
        "Timeout": .unavailable,

        "BadRequest": .rejected,
        "Expired": .rejected,
        "Gone": .rejected,
        "Invalid": .rejected,
        "MethodNotAllowed": .rejected,
        "NotAcceptable": .rejected,
        "RequestEntityTooLarge": .rejected,
        "UnsupportedMediaType": .rejected,
    ]
}

/// What is read from a Status object, or from anything at all of whatever is in between.
private struct KubernetesStatusBody {
    private(set) var reason: String?
    private(set) var subject: String?
    private(set) var retryAfterSeconds: Int?
    private(set) var refusal: KubernetesFailure.Refusal?

    init(_ bytes: RawSpan) {
        guard let root = (try? JSONDocument(parsing: bytes, maximumDepth: 16))?.root, root["kind"]?.string == "Status"
        else { return }
        reason = root["reason"]?.string
        subject = root["details"]?["kind"]?.string
        retryAfterSeconds = root["details"]?["retryAfterSeconds"]?.integer.flatMap {
            (1...86_400).contains($0) ? $0 : nil
        }
        let causes = root["details"]?["causes"]?.elements.compactMap { $0["reason"]?.string } ?? []
        if causes.contains(KubernetesFailure.Refusal.namespaceTerminating.rawValue) {
            refusal = .namespaceTerminating
        } else {
            refusal = root["message"]?.withString(Self.refusal) ?? nil
        }
    }

    /// The refusal that a sentence of the quota's admission plugin, or of a plugin that asks somebody else, speaks of.
    /// The sentences are from memory; if they ever differ, the error is an ordinary denial.
    private static func refusal(_ message: RawSpan) -> KubernetesFailure.Refusal? {
        unsafe message.withUnsafeBytes { message in
            func says(_ words: String) -> Bool { unsafe message.firstRange(of: words.utf8) != nil }
            if says("exceeded quota: ") { return .quota }
            return says("admission webhook ") || says("ValidatingAdmissionPolicy ") ? .admission : nil
        }
    }
}
