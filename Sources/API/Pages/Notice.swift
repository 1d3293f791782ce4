import Broker

/// What the next page says about the form that led to it: a sentence of this program's, and a name. Never what was
/// typed otherwise.
struct Notice: Sendable, Equatable {
    /// Nothing went wrong.
    let isGood: Bool
    let text: String
    /// The secret that it is about, or that is being added.
    let name: SecretName?

    static func added(_ name: SecretName) -> Notice {
        Notice(isGood: true, text: "Secret added. Nobody can reveal it from now on.", name: name)
    }

    static func rotated(_ name: SecretName) -> Notice {
        Notice(isGood: true, text: "Secret rotated. The previous value no longer resolves.", name: name)
    }

    static func deleted(_ name: SecretName) -> Notice {
        Notice(isGood: true, text: "Secret deleted, permanently.", name: name)
    }

    static func refused(_ error: APIError, _ name: SecretName?) -> Notice {
        Notice(isGood: false, text: error.sentence, name: name)
    }
}
