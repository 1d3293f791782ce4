import Broker

/// What the next page says about the form that led to it: a sentence of this program's and a name. Nothing else that
/// was typed is in it, except for a webhook's form, which holds no value.
struct Notice: Sendable {
    /// Something that the next page shows just once.
    enum Exhibit: Sendable {
        /// A webhook's form as it was typed, and what cannot be used of a payload that came with it.
        case draft(WebhookForm, unusable: [PayloadProposal.Unusable])
        /// A new token.
        case token(Secret)
        /// What the destination of a webhook answered.
        case answer(RelayAnswer)
    }

    /// Whether nothing went wrong.
    let isGood: Bool
    let text: String
    /// The secret or webhook that the notice is about, or that is being added.
    var name: String?
    var exhibit: Exhibit?

    static func added(_ name: SecretName) -> Notice {
        Notice(isGood: true, text: "Secret added. Nobody can reveal it from now on.", name: name.text)
    }

    static func rotated(_ name: SecretName) -> Notice {
        Notice(isGood: true, text: "Secret rotated. The previous value no longer resolves.", name: name.text)
    }

    static func deleted(_ name: SecretName) -> Notice {
        Notice(isGood: true, text: "Secret deleted, permanently.", name: name.text)
    }

    static func saved(_ record: WebhookRecord) -> Notice {
        let text =
            record.isConfirmed
            ? "Webhook saved and confirmed: it delivers."
            : "Webhook saved. It delivers nothing until an admin confirms it."
        return Notice(isGood: true, text: text, name: record.webhook.name.text)
    }

    static func confirmed(_ name: WebhookName) -> Notice {
        Notice(isGood: true, text: "Webhook confirmed: it delivers from now on.", name: name.text)
    }

    static func deleted(_ name: WebhookName) -> Notice {
        Notice(isGood: true, text: "Webhook deleted, and its relay tokens with it.", name: name.text)
    }

    static func refused(_ error: APIError, _ name: String? = nil, _ exhibit: Exhibit? = nil) -> Notice {
        Notice(isGood: false, text: error.sentence, name: name, exhibit: exhibit)
    }
}
