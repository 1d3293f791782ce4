/// One write of one secret, from its journal row to its decision.
package struct Write: Sendable {
    package enum Kind: Sendable, Hashable { case create, rotate, migrate, delete }

    /// 128 random bits in hexadecimal. A write is decided exactly once, and this is what the decision is kept under.
    package let id: String
    package let kind: Kind
    package let team: TeamName
    package let name: SecretName
    package let actor: Actor
    /// Where the new version goes. Nil for a delete.
    package let target: (store: StoreName, reference: Reference)?
    /// The version that the caller believes to be present (`If-Match`).
    package let expected: VersionID?

    package init(
        id: String, kind: Kind, team: TeamName, name: SecretName, actor: Actor,
        target: (store: StoreName, reference: Reference)?, expected: VersionID?
    ) {
        self.id = id
        self.kind = kind
        self.team = team
        self.name = name
        self.actor = actor
        self.target = target
        self.expected = expected
    }

    /// A new one, with an id of its own.
    init(
        _ kind: Kind, _ name: SecretName, in team: TeamName, by actor: Actor,
        target: (store: StoreName, reference: Reference)?, expected: VersionID?
    ) {
        let id = (0..<2).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        self.init(id: id, kind: kind, team: team, name: name, actor: actor, target: target, expected: expected)
    }
}

extension Write {
    /// What the audit log calls it.
    package var action: AuditEvent.Action {
        switch kind {
        case .create: .create
        case .rotate: .rotate
        case .migrate: .migrate
        case .delete: .delete
        }
    }
}

extension AuditEvent {
    /// What the audit log says of a write.
    package init(_ write: Write, _ outcome: Outcome, version: VersionID? = nil) {
        self.init(
            write.action, outcome, by: write.actor, team: write.team,
            subject: .secret(write.name, version))
    }
}
