/// Where the `${NAME}`s of a team's secrets are in a payload, as somebody wrote it in W&B: what a webhook's payload
/// secrets can be, and which of the names no pointer can reach.
package struct PayloadProposal: Sendable {
    package enum Obstacle: Sendable, Hashable {
        /// The name is in a key.
        case inKey
        /// The name is in an array, or in text that is the whole payload.
        case notInObjects
        /// The name is in one text more than once.
        case repeated
        /// Another secret is in the same text.
        case shared
        /// The way to the name is longer or deeper than a pointer may be.
        case tooFar
        /// As many pointers as a webhook may have lead to others.
        case tooMany
        /// The team has no secret of this name, and W&B no variable.
        case noSecret
        /// W&B would put the relay's own token there, and the relay refuses such a payload.
        case accessToken
    }

    package struct Unusable: Sendable, Hashable {
        package let name: String
        package let because: Obstacle
    }

    /// The secrets that pointers can reach, in the payload's order. The relay's own rule accepts each for this payload.
    package private(set) var usable: [Webhook.PayloadSecret] = []
    /// The other names, each once per obstacle, in the payload's order.
    package private(set) var unusable: [Unusable] = []

    private let bytes: [UInt8]
    private let secrets: Set<SecretName>
    /// The elements of `unusable`.
    private var told: Set<Unusable> = []

    /// - Parameter bytes: a JSON text that a strict parser has accepted.
    package init(_ bytes: [UInt8], secrets: Set<SecretName>) {
        self.bytes = bytes
        self.secrets = secrets
        look(at: bytes.indices, by: [])
    }

    private mutating func look(at range: Range<Int>, by keys: [String]) {
        var tokens = JSONTokens(bytes, in: range)
        guard let first = tokens.next() else { return }
        if first.kind == .string {
            read(JSONText.unescaped(bytes[first.range.dropFirst().dropLast()]), by: keys)
        } else if bytes[first.range.lowerBound] == UInt8(ascii: "{") {
            for member in JSONMembers.find(in: bytes, range) {
                for name in Self.names(in: member.key) { refuse(name, .inKey) }
                look(at: member.value, by: keys + [String(decoding: member.key, as: UTF8.self)])
            }
        } else {
            var strings = JSONStrings(bytes, in: range)
            while let item = strings.next() {
                for name in Self.names(in: JSONText.unescaped(bytes[item.content])) {
                    refuse(name, item.isKey ? .inKey : .notInObjects)
                }
            }
        }
    }

    /// Reads one text that `keys` lead to.
    private mutating func read(_ text: [UInt8], by keys: [String]) {
        let names = Self.names(in: text)
        let own = names.compactMap(SecretName.init).filter(secrets.contains)
        let obstacle: Obstacle = Set(own).count == 1 ? .repeated : .shared
        // A name that is no secret is reported whatever is beside it.
        for name in names where own.count != 1 || own.first?.text != name { refuse(name, obstacle) }
        guard own.count == 1, let secret = own.first else { return }
        guard !keys.isEmpty else { return refuse(secret.text, .notInObjects) }
        guard let at = JSONPointer(keys: keys) else { return refuse(secret.text, .tooFar) }
        guard usable.count < Webhook.maximumPayloadSecrets else { return refuse(secret.text, .tooMany) }
        usable.append(Webhook.PayloadSecret(name: secret, at: at))
    }

    private mutating func refuse(_ name: String, _ obstacle: Obstacle) {
        guard name != "ACCESS_TOKEN" else { return add(Unusable(name: name, because: .accessToken)) }
        guard !WandbVariable.isVariable(name) else { return }
        let isSecret = SecretName(name).map(secrets.contains) ?? false
        add(Unusable(name: name, because: isSecret ? obstacle : .noSecret))
    }

    private mutating func add(_ name: Unusable) {
        if told.insert(name).inserted { unusable.append(name) }
    }

    /// The names in every `${NAME}` with a secret's characters, as often as they occur.
    private static func names(in text: [UInt8]) -> [String] {
        text.indices.dropLast().compactMap { start in
            guard text[start] == UInt8(ascii: "$"), text[start + 1] == UInt8(ascii: "{") else { return nil }
            let name = text[(start + 2)...].prefix { $0.isNameCharacter }
            guard !name.isEmpty, name.endIndex < text.endIndex, text[name.endIndex] == UInt8(ascii: "}") else {
                return nil
            }
            return String(decoding: name, as: UTF8.self)
        }
    }
}
