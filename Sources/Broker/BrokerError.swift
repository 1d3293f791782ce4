/// Every way in which a request can fail. `API/Problem.swift` turns it into a status and a code; the texts here are
/// constants or names, never input that could be a value.
package enum BrokerError: Error, Sendable, Equatable {
    /// The request is malformed; the sentence says how.
    case invalidRequest(StaticText)
    case invalidName
    case nameReserved(SecretName)
    case valueEmpty
    /// The limit is in bytes.
    case valueTooLarge(limit: Int)
    case secretExists
    case secretNotFound
    /// The automations that used the secret lately, and the webhooks that name it.
    case secretInUse([Usage], [WebhookName])
    case writeInProgress
    case versionConflict
    /// The pinned version is no longer at the provider, or not as it was.
    case valueLost([SecretName])
    /// No secret of the team and no given variable has these names.
    case unknownVariable([String])
    /// A header would hold CR, LF or NUL, which this secret's value has; nil where the text itself, or a variable of
    /// W&B's, has it.
    case headerInjection(SecretName?)
    case webhookExists
    case webhookNotFound
    /// The webhook has changed since the request's caller read it.
    case webhookChanged
    /// The webhook was made or changed, and no admin has confirmed it since.
    case webhookUnconfirmed
    /// The webhook is to be confirmed and names these secrets, which the team does not have: a value that comes under such
    /// a name later would go where nobody confirmed it.
    case webhookSecretsMissing([SecretName])
    /// `X-Wandb-Signature` is missing or wrong.
    case signatureInvalid
    /// Each of these pointers fails to lead, through objects only, to a text with the secret's `${NAME}` exactly once.
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
    /// What the request relied on no longer holds. Nothing has happened, so the request may be repeated.
    case outdated
    /// A queue is full or a deadline has passed.
    case overloaded
    /// Whether the write took effect is unknown: the connection is closed without a status.
    case outcomeUnknown

    package enum RefusedDestination: Sendable, Equatable {
        /// One of the host's addresses is not public.
        case address
        /// The destination answered with a redirect, which is never followed.
        case redirect
    }

    /// A literal of this program. It cannot be made from input, which keeps values out of errors.
    package struct StaticText: Sendable, Equatable, ExpressibleByStringLiteral {
        package let text: String

        package init(stringLiteral literal: StaticString) {
            text = literal.description
        }
    }
}

extension BrokerError {
    /// The stable words for errors, used in the API's problems, in audit records and in metrics.
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
        case .unknownVariable, .webhookSecretsMissing: .unknownVariable
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
        case .inUse(let users, let webhooks): self = .secretInUse(users, webhooks)
        case .busy: self = .writeInProgress
        case .storeChanged: self = .outdated
        case .storeUnknown(let store, let broker): self = .storeUnknown(store, to: broker)
        case .lost: self = .overloaded
        }
    }
}

extension ProviderError {
    fileprivate var code: BrokerError.Code {
        switch kind {
        case .denied, .keyDenied, .keyDisabled, .unauthenticated: .providerDenied
        case .throttled: .providerThrottled
        case .unavailable, .busy: .providerUnavailable
        case .overloaded: .overloaded
        case .absent, .disabled, .conflict, .limitExceeded, .corrupt, .rejected, .notConfigured: .providerRejected
        }
    }
}
