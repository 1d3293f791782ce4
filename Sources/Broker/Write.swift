/// One write of one secret, from its journal row to its decision: a `Put` or a `Deletion`.
package protocol Write: Sendable {
    /// 128 random bits in hexadecimal. A write is decided exactly once, and this is what the decision is kept under.
    var id: String { get }
    /// What the audit log calls it.
    var action: AuditEvent.Action { get }
    var team: TeamName { get }
    var name: SecretName { get }
    var actor: Principal { get }
    /// The version that the caller believes to be present (`If-Match`); nil: any.
    var expected: VersionID? { get }
}

/// A write that makes a new version.
package struct Put: Write {
    package enum Kind: Sendable, Hashable { case create, rotate, migrate }

    /// Where the new version goes.
    package struct Target: Sendable, Hashable {
        package let store: StoreName
        package let reference: Reference

        package init(store: StoreName, reference: Reference) {
            self.store = store
            self.reference = reference
        }
    }

    package let id: String
    package let kind: Kind
    package let team: TeamName
    package let name: SecretName
    package let actor: Principal
    package let target: Target
    package let expected: VersionID?

    package init(
        id: String = newWriteID(), _ kind: Kind, _ name: SecretName, in team: TeamName, at target: Target,
        expected: VersionID?, by actor: Principal
    ) {
        self.id = id
        self.kind = kind
        self.team = team
        self.name = name
        self.actor = actor
        self.target = target
        self.expected = expected
    }

    package var action: AuditEvent.Action { kind.action }
}

extension Put.Kind {
    var action: AuditEvent.Action {
        switch self {
        case .create: .create
        case .rotate: .rotate
        case .migrate: .migrate
        }
    }
}

/// A write that removes a secret.
package struct Deletion: Write {
    package let id: String
    package let team: TeamName
    package let name: SecretName
    package let actor: Principal
    package let expected: VersionID?
    /// Whoever used the secret at or after this moment keeps it from being deleted, and so does a webhook that names it;
    /// nil: nobody does.
    package let usedSince: Timestamp?

    package init(
        id: String = newWriteID(), of name: SecretName, in team: TeamName, expected: VersionID?,
        unlessUsedSince usedSince: Timestamp?, by actor: Principal
    ) {
        self.id = id
        self.team = team
        self.name = name
        self.actor = actor
        self.expected = expected
        self.usedSince = usedSince
    }

    package var action: AuditEvent.Action { .delete }
}

/// - Returns: a new `Write.id`.
package func newWriteID() -> String {
    (0..<2).map { _ in
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
}

extension AuditEvent {
    /// What the audit log says of a write.
    package convenience init(_ write: some Write, _ outcome: Outcome, version: VersionID? = nil) {
        self.init(
            write.action, outcome, by: write.actor, team: write.team, subject: .secret(write.name, version))
    }
}
