// What the rules need of the catalog. Each function is one transaction, durable when it returns. An engine stands
// behind all of these protocols at once; they are apart so that each part of the broker is given no more than it needs.

/// The catalog did not do what it was asked, and nothing of it happened, except where `inDoubt` says otherwise.
package enum CatalogError: Error, Sendable, Equatable {
    /// Locked for too long, out of space, or out of reach.
    case unavailable
    /// Its content contradicts itself, or is not a catalog.
    case damaged
    /// The transaction may or may not have been committed.
    case inDoubt
    /// What the use goes by does not hold any more.
    case outdated
}

/// Of the disk that holds the catalog, in bytes.
package struct CatalogSpace: Sendable, Hashable {
    package let used: Int
    /// For the catalog to grow by.
    package let free: Int
    /// Of the disk.
    package let total: Int

    package init(used: Int, free: Int, total: Int) {
        self.used = used
        self.free = free
        self.total = total
    }

    /// Less than a twentieth, or than 256 MiB where that is less than a fifth.
    package var isScarce: Bool { free < total / 20 || free < min(256 << 20, total / 5) }
}

package protocol CatalogReader: Sendable {
    /// The present versions of those of `names` that the team has.
    func versions(of names: [SecretName], in team: TeamName) async throws(CatalogError) -> [SecretName: Version]
    /// The same as earlier requests found it in this state, in the order of `names`, where they found all of them.
    func remembered(_ names: [SecretName], in team: TeamName, as state: AccessState) -> [Version]?
    /// In order of name.
    func secrets(in team: TeamName) async throws(CatalogError) -> [SecretRecord]
    func secret(_ name: SecretName, in team: TeamName) async throws(CatalogError) -> SecretRecord?
    /// Who used the secret at or after `since`, the latest first. It may lag by a few seconds.
    func usage(of name: SecretName, in team: TeamName, since: Timestamp) async throws(CatalogError) -> [Usage]
    /// The store that the team's new versions go to, where a migration has decided it.
    func assignedStore(of team: TeamName) async throws(CatalogError) -> StoreName?
    /// Who used which secrets of the team at or after `since`, each secret's latest first.
    func usage(in team: TeamName, since: Timestamp) async throws(CatalogError) -> [SecretName: [Usage]]
    /// How often values left the broker on each day since `day`: of one team or all, of one secret or all. A day
    /// without a use is left out.
    func uses(of name: SecretName?, in team: TeamName?, since day: Day) async throws(CatalogError) -> [Day: Int]
    /// The teams that have a secret, a webhook or a token, in order; `limit` at most.
    func teams(limit: Int) async throws(CatalogError) -> [TeamName]
    /// The webhooks that name the secret, in order of name.
    func webhooks(naming name: SecretName, in team: TeamName) async throws(CatalogError) -> [WebhookName]
    /// Every secret of every team, in pages: those after `cursor`, in order of team and name.
    func secrets(
        after cursor: (team: TeamName, name: SecretName)?, limit: Int
    ) async throws(CatalogError) -> [SecretRecord]
}

package enum StoreAssignment: Sendable, Hashable {
    case assigned
    /// This broker is alive and has no store of that name.
    case unknown(to: String)
}

/// Which brokers are alive, and to which store a team's new versions go.
package protocol StoreAssignments: Sendable {
    /// It is not alive any more.
    func withdraw(_ broker: String) async throws(CatalogError)
    /// From now on the team's new versions go to `store`, whatever the settings say.
    func assign(_ store: StoreName, to team: TeamName, by actor: Actor) async throws(CatalogError) -> StoreAssignment
}

/// What in the catalog stands against an adoption.
package enum AdoptionConflict: Sendable, Hashable {
    /// The team has a secret of this name whose value is the broker's own.
    case secretExists
    /// A write of this name is not decided yet.
    case busy
    /// The object is another secret's already.
    case inUse
}

package protocol Adoptions: Sendable {
    /// Takes an object that the broker does not own for the secret's present version: of a new secret, or of one that
    /// was adopted before. Nil: it is so.
    func adopt(
        _ version: Version, as name: SecretName, in team: TeamName, by actor: Actor
    ) async throws(CatalogError) -> AdoptionConflict?
}

package protocol AuditSink: Sendable {
    /// Appends to the chain in order; on return they are on durable storage.
    /// - Throws: `outdated` when the basis of one does not hold: that one is not appended.
    func append(_ events: [AuditEvent]) async throws(CatalogError)
}

extension AuditSink {
    /// Durable when it returns.
    /// - Throws: `outdated` when what the event goes by holds no longer; `auditUnavailable`.
    func record(_ event: AuditEvent) async throws(BrokerError) {
        do throws(CatalogError) {
            try await append([event])
        } catch {
            throw error == .outdated ? .outdated : .auditUnavailable
        }
    }
}

/// What `AuditLog` writes to.
package protocol AuditStore: Sendable {
    /// One transaction: appends those events, in order, whose basis holds, and says of each whether it was.
    ///
    /// - Parameter done: called once, on any thread, when that is durable or has failed.
    func record(_ events: [AuditEvent], then done: @escaping @Sendable (Result<[Bool], CatalogError>) -> Void)
    /// Whether a record could be written now, as far as can be told without writing one.
    func canAppend() async -> Bool
}

/// A record of the audit log.
package struct AuditEntry: Sendable, Hashable {
    package let seq: Int64
    /// One JSON object, without a line break.
    package let json: String

    package init(seq: Int64, json: String) {
        self.seq = seq
        self.json = json
    }
}

package protocol AuditReader: Sendable {
    /// Records after number `seq`, in order; of one team, or all.
    func auditRecords(team: TeamName?, after seq: Int64, limit: Int) async throws(CatalogError) -> [AuditEntry]
    /// Records before number `seq` (nil: the last ones) that the filter wants, the latest first. Looks at a bounded
    /// number of records only, so that a page can be empty and yet have a next one.
    func activity(_ filter: ActivityFilter, before seq: Int64?, limit: Int) async throws(CatalogError) -> ActivityPage
}

/// A token's secret half as the catalog keeps it: SHA-256 of 256 random bits.
package struct TokenHash: Hashable, Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// Why a token was not kept.
package enum TokenRefusal: Sendable, Hashable {
    /// `Token.mintedBy` is not valid any more.
    case minterEnded
    /// A relay token names a webhook that its team does not have.
    case webhookNotFound
}

package protocol Tokens: Sendable {
    /// Of the server that has the catalog now, where another one can take its place: no value leaves by what was read
    /// of a former one.
    var epoch: Int? { get }
    /// The token, unless it is unknown, revoked or expired.
    func token(hashed hash: TokenHash) async throws(CatalogError) -> Token?
    /// The same as an earlier request found it, and the state it found it in.
    func remembered(_ hash: TokenHash) -> (token: Token, state: AccessState)?
    /// Those that are neither revoked nor expired, of one team or of all.
    func tokens(of team: TeamName?) async throws(CatalogError) -> [Token]
    /// Keeps a new token and records it in the audit log; nil. Or refuses it.
    func add(_ token: Token, hash: TokenHash, by actor: Actor) async throws(CatalogError) -> TokenRefusal?
    /// Revokes a token and every human-role token that it minted, and those that they minted. False: there is none.
    func revoke(id: String, by actor: Actor) async throws(CatalogError) -> Bool
}

/// Why the state of the catalog does not allow a change of a webhook.
package enum WebhookRefusal: Error, Sendable, Hashable {
    case exists
    case notFound
    /// The webhook's revision, or its URL, is not the one that the change names.
    case changed
    /// The team has as many as a team may have.
    case tooMany
}

package protocol Webhooks: Sendable {
    /// In order of name.
    func webhooks(in team: TeamName) async throws(CatalogError) -> [WebhookRecord]
    func webhook(_ name: WebhookName, in team: TeamName) async throws(CatalogError) -> WebhookRecord?
    /// The same as an earlier request found it in this state.
    func remembered(_ name: WebhookName, in team: TeamName, as state: AccessState) -> WebhookRecord?

    // Each change is one transaction with its audit record, and makes a new revision.

    func add(
        _ webhook: Webhook, to team: TeamName, confirmed: Bool, by actor: Actor
    ) async throws(CatalogError) -> Result<WebhookRecord, WebhookRefusal>
    /// Whatever the change is, the webhook is confirmed afterwards only if `confirmed` says so.
    /// - Parameter revision: the one that must be present; nil: any.
    func replace(
        _ webhook: Webhook, in team: TeamName, revision: String?, confirmed: Bool, by actor: Actor
    ) async throws(CatalogError) -> Result<WebhookRecord, WebhookRefusal>
    /// Confirms the webhook if it delivers to `url` and, where that is given, is at `revision`.
    func confirm(
        _ name: WebhookName, in team: TeamName, url: WebhookURL, revision: String?, by actor: Actor
    ) async throws(CatalogError) -> Result<WebhookRecord, WebhookRefusal>
    /// Its relay tokens end with it. False: there is none.
    func remove(_ name: WebhookName, from team: TeamName, by actor: Actor) async throws(CatalogError) -> Bool
}
