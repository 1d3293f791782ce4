/// Everything that a request can come to instead of its answer. `API/Problem.swift` turns it into a status and a
/// code; the texts here are constants or names, never input that could be a value.
package enum BrokerError: Error, Sendable, Equatable {
    /// The request is malformed; the sentence says how.
    case invalidRequest(StaticText)
    case invalidName
    case nameReserved(SecretName)
    case valueEmpty
    /// Limit in bytes.
    case valueTooLarge(limit: Int)
    case secretExists
    case secretNotFound
    /// The automations that used it lately, and the webhooks that name it.
    case secretInUse([Usage], [WebhookName])
    case writeInProgress
    case versionConflict
    /// The pinned version is not at the provider any more, or not as it was.
    case valueLost([SecretName])
    /// No secret of the team, and no variable given, has these names.
    case unknownVariable([String])
    /// A header's value would hold CR, LF or NUL.
    case headerInjection
    case webhookExists
    case webhookNotFound
    /// The webhook is not as the request says it was read.
    case webhookChanged
    /// It was made or changed, and no admin has confirmed it since.
    case webhookUnconfirmed
    /// `X-Wandb-Signature` is missing or wrong.
    case signatureInvalid
    /// These pointers lead, through objects only, to no text that holds the secret's `${NAME}` exactly once.
    case payloadMismatch([JSONPointer])
    /// The body holds a token of this broker.
    case tokenInPayload
    case destinationNotAllowed(RefusedDestination)
    case destinationUnreachable(DeliveryError)
    case unauthenticated
    case forbidden
    /// And the store that it was asked of.
    case provider(ProviderError, at: StoreName)
    /// This broker, which is alive, does not have the store; nil: this one.
    case storeUnknown(StoreName, to: String?)
    /// The catalog, and with it the audit log, cannot be read or written.
    case auditUnavailable
    /// What the request went by does not hold any more. Nothing has happened: it may be done once more.
    case outdated
    /// A queue is full or a deadline has passed.
    case overloaded
    /// Whether the write took effect cannot be told: the connection closes without a status.
    case outcomeUnknown

    package enum RefusedDestination: Sendable, Equatable {
        /// One of the host's addresses is not a public one.
        case address
        /// It answered with a redirect, which is never followed.
        case redirect
    }

    /// Text of this program. That it cannot be made from input keeps values out of errors.
    package struct StaticText: Sendable, Equatable, ExpressibleByStringLiteral {
        package let text: String

        package init(stringLiteral literal: StaticString) {
            text = literal.description
        }
    }
}

extension BrokerError {
    /// The stable words for errors: in the API's problems, in audit records, in metrics.
    package enum Code: String, Sendable, CaseIterable {
        case invalidRequest = "invalid_request"
        case invalidName = "invalid_name"
        case nameReserved = "name_reserved"
        case valueEmpty = "value_empty"
        case valueTooLarge = "value_too_large"
        case secretExists = "secret_exists"
        case secretNotFound = "secret_not_found"
        case secretInUse = "secret_in_use"
        case writeInProgress = "write_in_progress"
        case versionConflict = "version_conflict"
        case valueLost = "value_lost"
        case webhookUnconfirmed = "webhook_unconfirmed"
        case unknownVariable = "unknown_variable"
        case headerInjection = "header_injection"
        case unauthenticated
        case forbidden
        case providerDenied = "provider_denied"
        case providerThrottled = "provider_throttled"
        case providerUnavailable = "provider_unavailable"
        case providerRejected = "provider_rejected"
        case destinationNotAllowed = "destination_not_allowed"
        case destinationUnreachable = "destination_unreachable"
        case auditUnavailable = "audit_unavailable"
        case overloaded
        case internalFault = "internal"
    }

    package var code: Code {
        switch self {
        case .invalidRequest: .invalidRequest
        case .invalidName: .invalidName
        case .nameReserved: .nameReserved
        case .valueEmpty: .valueEmpty
        case .valueTooLarge: .valueTooLarge
        case .secretExists: .secretExists
        case .secretNotFound: .secretNotFound
        case .secretInUse: .secretInUse
        case .writeInProgress: .writeInProgress
        case .versionConflict: .versionConflict
        case .valueLost: .valueLost
        case .unknownVariable: .unknownVariable
        case .headerInjection: .headerInjection
        case .webhookExists, .webhookNotFound, .payloadMismatch, .tokenInPayload: .invalidRequest
        case .webhookChanged: .versionConflict
        case .webhookUnconfirmed: .webhookUnconfirmed
        case .signatureInvalid: .unauthenticated
        case .destinationNotAllowed: .destinationNotAllowed
        case .destinationUnreachable: .destinationUnreachable
        case .unauthenticated: .unauthenticated
        case .forbidden: .forbidden
        case .provider(let error, _): error.code
        case .storeUnknown: .providerUnavailable
        case .auditUnavailable, .outdated: .auditUnavailable
        case .overloaded: .overloaded
        case .outcomeUnknown: .internalFault
        }
    }

    package init(_ refusal: WriteRefusal) {
        switch refusal {
        case .secretExists: self = .secretExists
        case .secretNotFound: self = .secretNotFound
        case .versionConflict: self = .versionConflict
        }
    }
}

extension ProviderError {
    fileprivate var code: BrokerError.Code {
        switch kind {
        case .denied, .keyDenied, .keyDisabled, .unauthenticated: .providerDenied
        case .throttled: .providerThrottled
        case .unavailable: .providerUnavailable
        case .overloaded: .overloaded
        case .absent, .disabled, .conflict, .limitExceeded, .corrupt, .rejected, .notConfigured: .providerRejected
        }
    }
}
