/// A W&B entity: the wall around secrets. 1 to 64 of `[a-z0-9._-]`, starting with a letter or digit, compared byte
/// for byte.
package struct TeamName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package init?(_ text: String) {
        guard text.isPathName else { return nil }
        self.text = text
    }

    package var description: String { text }
    package static func < (left: TeamName, right: TeamName) -> Bool { left.text < right.text }
}

/// A webhook's name within its team. It follows the rule for a team's name, so that the relay's URL needs no encoding.
package struct WebhookName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package init?(_ text: String) {
        guard text.isPathName else { return nil }
        self.text = text
    }

    package var description: String { text }
    package static func < (left: WebhookName, right: WebhookName) -> Bool { left.text < right.text }
}

/// A secret's name: 1 to 128 of `[A-Za-z0-9_]`, case kept. It may still be one that W&B reserves (`isReserved`).
package struct SecretName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package init?(_ text: String) {
        guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy(\.isNameCharacter) else { return nil }
        self.text = text
    }

    /// Whether W&B would put a variable of its own in this name's place, so that no secret may have it.
    package var isReserved: Bool { WandbVariable.names.contains(text) }

    package var description: String { text }
    package static func < (left: SecretName, right: SecretName) -> Bool { left.text < right.text }
}

/// The operator's name for a configured store: 1 to 32 of `[a-z0-9-]`. `default` is the one that teams use unless
/// they have their own.
package struct StoreName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package static let `default` = StoreName("default")!

    package let text: String

    package init?(_ text: String) {
        guard (1...32).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0.isLowercaseLetter || $0.isDigit || $0 == UInt8(ascii: "-") })
        else { return nil }
        self.text = text
    }

    /// What configures the store: `SECRET_BROKER_STORE_EU_WEST`, since a variable's name has no hyphen.
    package var variable: String {
        let base = "SECRET_BROKER_STORE"
        return self == .default ? base : "\(base)_\(text.uppercased().replacing("-", with: "_"))"
    }

    package var description: String { text }
    package static func < (left: StoreName, right: StoreName) -> Bool { left.text < right.text }
}

/// The variables that W&B renders in a payload, from its documentation of webhook automations.
package enum WandbVariable {
    package static let names = [
        "project_name", "entity_name", "event_type", "event_author", "alias", "tag", "artifact_collection_name",
        "artifact_version", "artifact_version_string", "ACCESS_TOKEN", "SECRET_NAME",
    ]
    /// The variables that only some events have. When missing, they are blank, not an error.
    package static let optionalNames = ["alias", "tag"]
    /// The prefix of `artifact_metadata.KEY`, which names a top-level key of the artifact's metadata.
    package static let metadataPrefix = "artifact_metadata."

    package static func isVariable(_ name: String) -> Bool {
        names.contains(name) || (name.hasPrefix(metadataPrefix) && name.utf8.count > metadataPrefix.utf8.count)
    }
}

extension String {
    /// Whether the text is 1 to 64 of `[a-z0-9._-]`, starting with a letter or digit: it fits a URL's path as it is.
    fileprivate var isPathName: Bool {
        guard (1...64).contains(utf8.count), let first = utf8.first, first.isLowercaseLetter || first.isDigit else {
            return false
        }
        return utf8.allSatisfy { $0.isLowercaseLetter || $0.isDigit || ".-_".utf8.contains($0) }
    }
}

extension UInt8 {
    /// Whether the byte may be in a secret's name.
    var isNameCharacter: Bool { isLetterOrDigit || self == UInt8(ascii: "_") }
}
