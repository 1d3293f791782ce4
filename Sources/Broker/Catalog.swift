// What the rules need from the catalog. Each function is one transaction, durable when it returns. One engine
// implements all of these protocols; they are separate so that each part of the broker says what it needs.
//
// A function throws when its transaction failed. When the state of the catalog does not allow what was asked, nothing is
// changed either, and the answer is a `Result` with the refusal; a Bool where there is only one reason. `AuditSink` alone
// throws its refusal, since whoever overlooked that one would act without a record.

/// Why the catalog did not do what it was asked. Nothing of it happened, except perhaps for `inDoubt`.
package enum CatalogError: Error, Sendable, Equatable {
    /// Locked for too long, out of space, or out of reach.
    case unavailable
    /// Its content contradicts itself, or is not a catalog.
    case damaged
    /// The transaction may or may not have been committed.
    case inDoubt
    /// What the use relied on no longer holds.
    case outdated
}

/// The space on the disk that holds the catalog, in bytes.
package struct CatalogSpace: Sendable, Hashable {
    package let used: Int
    /// The space that the catalog can grow by.
    package let free: Int
    /// The size of the disk.
    package let total: Int

    package init(used: Int, free: Int, total: Int) {
        self.used = used
        self.free = free
        self.total = total
    }

    /// What must be free on the disk itself for a transaction to be certain of its room in the write-ahead log, however
    /// much is free within the catalog's file.
    package static let log = 32 << 20

    /// What is missing of that. `free` is the disk's alone where there is less.
    package var missing: Int { max(0, Self.log - free) }

    /// Whether less than a twentieth of the disk is free, or less than 256 MiB (a fifth of the disk, if smaller).
    package var isScarce: Bool { free < total / 20 || free < min(256 << 20, total / 5) }
}

/// The versions in force: what a resolve and a relay need.
package protocol PresentVersions: Sendable {
    /// The present versions of those of `names` that the team has.
    func versions(of names: [SecretName], in team: TeamName) async throws(CatalogError) -> [SecretName: Version]
    /// The versions as earlier requests found them in this state, in the order of `names`; nil unless all were found.
    func remembered(_ names: [SecretName], in team: TeamName, as state: AccessState) -> [Version]?
}

/// The secrets that there are, for whoever goes through them.
package protocol SecretList: Sendable {
    /// The team's secrets, sorted by name.
    func secrets(in team: TeamName) async throws(CatalogError) -> [SecretRecord]
    func secret(_ name: SecretName, in team: TeamName) async throws(CatalogError) -> SecretRecord?
    /// A page of every secret of every team: those after `cursor`, sorted by team and name.
    func secrets(
        after cursor: (team: TeamName, name: SecretName)?, limit: Int
    ) async throws(CatalogError) -> [SecretRecord]
}

/// Where new versions go.
package protocol TeamStores: Sendable {
    /// The store that a migration has assigned to the team's new versions, if any.
    func assignedStore(of team: TeamName) async throws(CatalogError) -> StoreName?
}

/// What people and metrics are shown: these, and what nothing is decided by.
package protocol CatalogView: PresentVersions, SecretList, TeamStores, JournalGauge {
    /// The teams that have a secret, a webhook or a token, sorted; at most `limit`.
    func teams(limit: Int) async throws(CatalogError) -> [TeamName]
    /// Who used the secret at or after `since`, latest first. It may lag by a few seconds.
    func usage(of name: SecretName, in team: TeamName, since: Timestamp) async throws(CatalogError) -> [Usage]
    /// The webhooks that name the secret, sorted by name.
    func webhooks(naming name: SecretName, in team: TeamName) async throws(CatalogError) -> [WebhookName]
    /// Who used which secrets of the team at or after `since`, latest first for each secret.
    func usage(in team: TeamName, since: Timestamp) async throws(CatalogError) -> [SecretName: [Usage]]
    /// The number of times that values left the broker on each day since `day`, for one team or all and for one secret
    /// or all. Days without a use are left out.
    func uses(of name: SecretName?, in team: TeamName?, since day: Day) async throws(CatalogError) -> [Day: Int]
    /// How the present versions of a team's secrets have drifted.
    func drift(in team: TeamName) async throws(CatalogError) -> [SecretName: Drift]
    /// The number of present versions that have drifted, by store.
    func driftCounts() async throws(CatalogError) -> [StoreName: Int]
}

/// Why a team's new versions are not sent to another store.
package enum AssignmentRefusal: Error, Sendable, Hashable {
    /// This broker is alive and has no store of that name.
    case storeUnknown(to: String)
}

package protocol StoreAssignments: Sendable {
    /// Sends the team's new versions to `store` from now on, whatever the settings say.
    func assign(
        _ store: StoreName, to team: TeamName, by actor: Principal
    ) async throws(CatalogError) -> Result<Void, AssignmentRefusal>
}

/// Why an adoption is not allowed.
package enum AdoptionRefusal: Error, Sendable, Hashable {
    /// The team has a secret of this name whose value is the broker's own.
    case secretExists
    /// A write of this name is still undecided.
    case busy
    /// An object of this name is already this secret's.
    case inUse(as: SecretName, in: TeamName)
    /// This broker is alive and does not have the object's store.
    case storeUnknown(to: String)
}

package protocol Adoptions: Sendable {
    /// Makes an object that the broker does not own the present version of a new secret, or of one adopted before.
    func adopt(
        _ version: Version, as name: SecretName, in team: TeamName, by actor: Principal
    ) async throws(CatalogError) -> Result<Void, AdoptionRefusal>
}

/// A token's secret half as the catalog keeps it: SHA-256 of 256 random bits.
package struct TokenHash: Hashable, Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// Why a token was not stored.
package enum TokenRefusal: Error, Sendable, Hashable {
    /// `Token.mintedBy` is no longer valid.
    case minterEnded
    /// A relay token names a webhook that its team does not have.
    case webhookNotFound
    /// The team already has as many tokens as tokens may make for it.
    case tooMany
}

/// What a revocation did.
package struct Revocation: Sendable {
    package struct Named: Sendable, Hashable, CustomStringConvertible {
        package let id: String
        package let name: String

        package init(id: String, name: String) {
            self.id = id
            self.name = name
        }

        package var description: String { "\(name) (\(id))" }
    }

    /// The token that was to be revoked.
    package let token: Named
    /// The human-role tokens that were revoked because it minted them, or one that it minted did.
    package let made: [Named]
    /// The relay tokens that any of these minted, and that go on working.
    package let relays: [Named]

    package init(token: Named, made: [Named], relays: [Named]) {
        self.token = token
        self.made = made
        self.relays = relays
    }
}

package protocol Tokens: Sendable {
    /// The epoch of the server that has the catalog now; nil where no other server can take its place. No value leaves
    /// on the strength of what was read from an earlier server.
    var epoch: Int? { get }
    /// The token, unless it is unknown, revoked or expired.
    func token(hashed hash: TokenHash) async throws(CatalogError) -> Token?
    /// The token as an earlier request found it, and the state in which it did.
    func remembered(_ hash: TokenHash) -> (token: Token, state: AccessState)?
    /// The tokens that are neither revoked nor expired, of one team or of all.
    func tokens(of team: TeamName?) async throws(CatalogError) -> [Token]
    /// Stores a new token and records it in the audit log.
    func add(
        _ token: Token, hash: TokenHash, by actor: Principal
    ) async throws(CatalogError) -> Result<Void, TokenRefusal>
    /// Revokes a token, every human-role token that it minted, and those that they minted in turn.
    /// - Returns: nil if there is no such token.
    func revoke(id: String, by actor: Principal) async throws(CatalogError) -> Revocation?
}

/// Why a change of a webhook is not allowed.
package enum WebhookRefusal: Error, Sendable, Hashable {
    case exists
    case notFound
    /// The webhook's revision, or its URL, is not the one that the change names.
    case changed
    /// The team already has as many webhooks as it may have.
    case tooMany
    /// It is to be confirmed, and names these secrets, which the team does not have.
    case secretsMissing([SecretName])
    /// The webhook's `size` is more than it may be.
    case tooLarge
    /// The team's webhooks would be larger together than they may be.
    case noRoom
}

package protocol Webhooks: Sendable {
    /// The team's webhooks, sorted by name.
    func webhooks(in team: TeamName) async throws(CatalogError) -> [WebhookRecord]
    func webhook(_ name: WebhookName, in team: TeamName) async throws(CatalogError) -> WebhookRecord?
    /// The webhook as an earlier request found it in this state.
    func remembered(_ name: WebhookName, in team: TeamName, as state: AccessState) -> WebhookRecord?

    // Each change is one transaction with its audit record, and makes a new revision.

    func add(
        _ webhook: Webhook, to team: TeamName, confirmed: Bool, by actor: Principal
    ) async throws(CatalogError) -> Result<WebhookRecord, WebhookRefusal>
    /// Replaces the webhook. Whatever changes, it is confirmed afterwards only if `confirmed` says so.
    /// - Parameter revision: the revision that must be present; nil: any.
    func replace(
        _ webhook: Webhook, in team: TeamName, revision: String?, confirmed: Bool, by actor: Principal
    ) async throws(CatalogError) -> Result<WebhookRecord, WebhookRefusal>
    /// Confirms the webhook if it delivers to `url` and, where that is given, is at `revision`.
    func confirm(
        _ name: WebhookName, in team: TeamName, url: WebhookURL, revision: String?, by actor: Principal
    ) async throws(CatalogError) -> Result<WebhookRecord, WebhookRefusal>
    /// Removes the webhook and, with it, its relay tokens.
    /// - Parameter revision: the revision that must be present; nil: any.
    /// - Returns: the webhook that went.
    func remove(
        _ name: WebhookName, from team: TeamName, revision: String?, by actor: Principal
    ) async throws(CatalogError) -> Result<WebhookRecord, WebhookRefusal>
}
