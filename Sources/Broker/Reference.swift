/// The provider-side name of one version: `{namespace}-{team}-{name}-{id}`. Legal on every store: at most 127
/// characters, and beyond the namespace only lower-case letters, digits and hyphens. The id alone makes it unique; the
/// rest is for people who read a cloud's console, and nothing parses it. Never used twice. For an adopted object, it is
/// the name or full name that somebody else gave it, in any form that its store takes; another store may have one of
/// the same name.
package struct Reference: Hashable, Sendable, CustomStringConvertible {
    package static let maximumLength = 127

    package let text: String

    /// A reference that was made before, as the catalog keeps it, or that is adopted.
    package init(recorded text: String) {
        self.text = text
    }

    /// Makes a new reference. `namespace` is taken verbatim; if it is empty, nothing precedes the team.
    package init(
        namespace: String, team: TeamName, name: SecretName, using random: inout some RandomNumberGenerator
    ) {
        let id = VersionID(using: &random)
        let prefix = namespace.isEmpty ? "" : namespace + "-"
        let room = Self.maximumLength - prefix.utf8.count - id.text.utf8.count - 2
        let teamPart = Self.readable(team.text).prefix(max(1, room / 2))
        let namePart = Self.readable(name.text).prefix(max(1, room - teamPart.utf8.count))
        text = "\(prefix)\(teamPart)-\(namePart)-\(id.text)"
    }

    package var id: VersionID { VersionID(recorded: String(text.suffix(VersionID.length))) }
    package var description: String { text }

    private static func readable(_ text: String) -> String {
        String(
            decoding: text.utf8.map { byte in
                if byte.isLowercaseLetter || byte.isDigit { return byte }
                return byte.isUppercaseLetter ? byte | 0x20 : UInt8(ascii: "-")
            }, as: UTF8.self)
    }
}

/// A version's id, shown to users and compared by `If-Match`: 16 characters of lower-case base32, 80 random bits.
package struct VersionID: Hashable, Sendable, CustomStringConvertible {
    package static let length = 16
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    package let text: String

    package init(recorded text: String) {
        self.text = text
    }

    init(using random: inout some RandomNumberGenerator) {
        text = String(
            decoding: (0..<Self.length).map { _ in Self.alphabet[Int.random(in: 0..<32, using: &random)] },
            as: UTF8.self)
    }

    /// The id of a version that the broker did not make: the same for the same version, and different for different
    /// ones, as far as two independent 40-bit hashes tell them apart. It guards nothing.
    init(of reference: Reference, at pin: Pin, in store: StoreName) {
        let parts = [reference.text, pin.text] + (store == .default ? [] : [store.text])
        var digits: [UInt8] = []
        for seed: UInt64 in [0xcbf2_9ce4_8422_2325, 0x8422_2325_cbf2_9ce4] {
            // FNV-1a, with a zero byte between the parts. The default store's name is not among them.
            var hash = seed
            for byte in parts.joined(separator: "\0").utf8 {
                hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
            }
            digits += (0..<8).map { Self.alphabet[Int(hash >> (5 * UInt64($0)) & 31)] }
        }
        text = String(decoding: digits, as: UTF8.self)
    }

    package var description: String { text }
}

/// The provider's own id of what was written: AWS's VersionId, Google's version number, Azure's version, a Kubernetes
/// uid. Every read names it, so that an edit behind the broker's back is never served.
package struct Pin: Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }
}
