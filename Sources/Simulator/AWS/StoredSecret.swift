import Broker

/// The content of a version. The two kinds never match, whatever their bytes.
enum SecretPayload: Sendable {
    case text(Secret)
    case binary(base64: Secret)

    func matches(_ other: SecretPayload) -> Bool {
        switch (self, other) {
        case (.text(let mine), .text(let theirs)): mine.matches(theirs)
        case (.binary(let mine), .binary(let theirs)): mine.matches(theirs)
        case (.text, .binary), (.binary, .text): false
        }
    }
}

struct StoredVersion: Sendable {
    /// The ClientRequestToken that created the version.
    let id: String
    let payload: SecretPayload
    let created: Timestamp
    let keyID: String?
    var stages: Set<String>
}

struct StoredSecret: Sendable {
    struct Deletion: Sendable {
        /// When the name becomes free.
        let done: Timestamp
        let isForced: Bool
    }

    let name: String
    let arn: String
    let created: Timestamp
    var description: String?
    var keyID: String?
    var tags: [(key: String, value: String)]
    var changed: Timestamp
    var accessed: Timestamp?
    var deletion: Deletion?
    /// The versions in order of creation.
    var versions: [StoredVersion] = []
    var visibility: Visibility

    static let current = "AWSCURRENT"
    static let previous = "AWSPREVIOUS"

    func version(_ id: String) -> StoredVersion? { versions.first { $0.id == id } }
    func version(at stage: String) -> StoredVersion? { versions.first { $0.stages.contains(stage) } }

    /// Moves a stage. It is on one version at most; the version that loses AWSCURRENT gets AWSPREVIOUS.
    mutating func move(_ stage: String, to id: String?) {
        let holder = version(at: stage)?.id
        guard holder != id else { return }
        for index in versions.indices { versions[index].stages.remove(stage) }
        if let id, let index = versions.firstIndex(where: { $0.id == id }) { versions[index].stages.insert(stage) }
        guard stage == Self.current, let holder else { return }
        move(Self.previous, to: holder)
        guard let id, let index = versions.firstIndex(where: { $0.id == id }) else { return }
        versions[index].stages.remove(Self.previous)
    }
}
