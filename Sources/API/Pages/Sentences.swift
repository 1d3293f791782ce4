import Broker

extension APIError {
    /// The problem as a sentence for somebody at a page: the one of `Problem`, except where that is about API calls.
    var sentence: String {
        switch self {
        case .broker(.nameReserved(let name)): "The name \(name) is that of a variable of W&B's: choose another."
        case .broker(.secretExists): "The team has a secret of this name already: rotate that one."
        case .broker(.secretInUse): "Automations used this secret in the last 30 days, or webhooks name it: see below."
        case .broker(.webhookExists): "The team has a webhook of this name already: change that one."
        case .broker(.webhookChanged):
            "Somebody else changed the webhook in the meantime. Look at it again before you go on."
        case .broker(.headerInjection(let name?)):
            "The value of \(name) would put a line break or NUL into a header: rotate it without one, such as the line"
                + " end behind it."
        case .notJSON: "This is not JSON, as W&B's payload is."
        case .broker(.unauthenticated):
            "This token is not valid here: it may be mistyped, revoked or expired. Ask an operator for a new one."
        case .broker(.forbidden): "Your token may not do that. Ask an admin of the team."
        case .broker(.versionConflict):
            "Somebody else changed the secret while you typed. Look at it again before you rotate it."
        case .broker(.outcomeUnknown):
            "It is not known whether that took effect, because the catalog did not answer. Look at it again before you go on."
        case .broker(.provider(let error, _)):
            Problem(self).detail.asSentence + (error.vendorCode.map { " The store said \($0)." } ?? "")
        case .wrongMember, .noSuchToken, .noSuchPath, .methodNotAllowed, .bodyTooLarge, .bodyTooSlow, .noRoom,
            .duplicateKey, .nestedTooDeeply, .unknownField, .notTheForm, .forged, .foreignHost, .broker:
            Problem(self).detail.asSentence
        }
    }
}
