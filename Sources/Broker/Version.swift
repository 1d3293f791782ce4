/// One value of a secret, immutable: where it is and how it is read. A class, since it is passed on many times.
package final class Version: Sendable {
    package let store: StoreName
    package let reference: Reference
    package let pin: Pin
    /// When the reference was journaled: a create that got no answer may still arrive for a while after that.
    package let journaled: Timestamp
    package let committed: Timestamp
    /// False for an adopted object, which is somebody else's: it is read, and never written or purged.
    package let isOwned: Bool
    /// The end of an owned version's reference; for an adopted object, an id made from store, reference and pin.
    package let id: VersionID

    package init(
        store: StoreName, reference: Reference, pin: Pin, journaled: Timestamp, committed: Timestamp,
        isOwned: Bool = true
    ) {
        self.isOwned = isOwned
        self.store = store
        self.reference = reference
        self.pin = pin
        self.journaled = journaled
        self.committed = committed
        id = isOwned ? reference.id : VersionID(of: reference, at: pin, in: store)
    }
}

extension Version: Hashable {
    package static func == (left: Version, right: Version) -> Bool {
        left.reference == right.reference && left.pin == right.pin && left.store == right.store
            && left.journaled == right.journaled && left.committed == right.committed && left.isOwned == right.isOwned
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(reference)
        hasher.combine(pin)
    }
}

/// A secret as the catalog knows it: everything but the value.
package struct SecretRecord: Hashable, Sendable {
    /// When a change was made, and the name of the token that made it.
    package struct Change: Hashable, Sendable {
        package let at: Timestamp
        package let by: String

        package init(at: Timestamp, by: String) {
            self.at = at
            self.by = by
        }
    }

    package let team: TeamName
    package let name: SecretName
    package let version: Version
    package let created: Change
    package let updated: Change

    package init(team: TeamName, name: SecretName, version: Version, created: Change, updated: Change) {
        self.team = team
        self.name = name
        self.version = version
        self.created = created
        self.updated = updated
    }

    /// What was adopted, by the store's name for it; nil for a value of the broker's own.
    package var adoptedFrom: Reference? { version.isOwned ? nil : version.reference }
}

/// An automation's latest use of a secret.
package struct Usage: Hashable, Sendable {
    /// The name of the automation's token, or of the webhook.
    package let automation: String
    package let last: Timestamp

    package init(automation: String, last: Timestamp) {
        self.automation = automation
        self.last = last
    }

    /// The start of the thirty days before `now`. A secret used since then is in use, and not deleted unless forced.
    package static func latelySince(_ now: Timestamp) -> Timestamp { now.adding(.seconds(-30 * 86_400)) }
}
