/// One fact for the audit log. No field can hold a value: only names, versions, codes and who asked. A class, since it is
/// passed on many times and never changes.
package final class AuditEvent: Sendable {
    /// The log's stable words, in W&B's `object:verb` form. A new word comes with a new schema version, so that a
    /// program that does not know the word refuses a log that may hold it.
    package enum Action: String, Sendable, CaseIterable {
        case create = "secret:create"
        case rotate = "secret:rotate"
        case delete = "secret:delete"
        case migrate = "secret:migrate"
        case purge = "secret:purge"
        case adopt = "secret:adopt"
        /// A version was found changed behind the broker's back; `done` means that it is again as it was.
        case drift = "secret:drift"
        case resolve = "secret:resolve"
        case readValues = "secret:read_values"
        case assignStore = "team:assign_store"
        case createToken = "token:create"
        case revokeToken = "token:revoke"
        case createWebhook = "webhook:create"
        case updateWebhook = "webhook:update"
        case deleteWebhook = "webhook:delete"
        case confirmWebhook = "webhook:confirm"
        case testWebhook = "webhook:test"
        case relay = "webhook:relay"
        /// Recorded in the copy that was made.
        case backUp = "catalog:backup"
        /// The oldest records of this log were exported and removed.
        case prune = "audit:prune"
    }

    package enum Outcome: Sendable, Hashable {
        /// Recorded before the act; the outcome follows in a record of its own.
        case attempted
        case done
        /// A delivery that the destination answered with this status.
        case answered(status: Int)
        /// Refused or failed, with the stable error code.
        case failed(code: String)
        /// A purged object that the store holds back until this date.
        case held(until: Timestamp)
    }

    /// What an event is about.
    package enum Subject: Sendable, Hashable {
        /// In order of name.
        case secrets([NamedSecret])
        case token(id: String, MadeToken? = nil)
        case store(StoreName)
        /// The records of the log up to this one.
        case records(through: Int64)
        case catalog

        package static func secret(_ name: SecretName, _ version: VersionID? = nil) -> Subject {
            .secrets([NamedSecret(name: name, version: version)])
        }
    }

    package struct NamedSecret: Sendable, Hashable {
        package let name: SecretName
        /// Nil where the event is about no version of it.
        package let version: VersionID?

        package init(name: SecretName, version: VersionID?) {
            self.name = name
            self.version = version
        }
    }

    /// What a token that was made lets its holder do, beside its team and webhook.
    package struct MadeToken: Sendable, Hashable {
        package let name: String
        package let role: Role
        /// Nil: never.
        package let expires: Timestamp?
        /// In order. Nil: all of the team's.
        package let secrets: [SecretName]?

        package init(name: String, role: Role, expires: Timestamp?, secrets: [SecretName]?) {
            self.name = name
            self.role = role
            self.expires = expires
            self.secrets = secrets
        }
    }

    package let action: Action
    package let outcome: Outcome
    package let actor: Principal
    package let team: TeamName?
    package let subject: Subject
    /// The webhook that it was about, that used the secrets, or that a new token is for.
    package let webhook: WebhookName?
    /// Where that webhook delivers. Nil where the event is about none, or it was not looked up.
    package let destination: WebhookURL.Authority?
    /// What was adopted: the name that the store knows it by.
    package let adoptedFrom: Reference?
    /// Whether its attempt is on record: then it is recorded, too, however many of its kind there are.
    package let endsAttempt: Bool

    package init(
        _ action: Action, _ outcome: Outcome, by actor: Principal, team: TeamName?, subject: Subject = .secrets([]),
        webhook: WebhookName? = nil, destination: WebhookURL.Authority? = nil, adoptedFrom: Reference? = nil,
        endsAttempt: Bool = false
    ) {
        self.action = action
        self.outcome = outcome
        self.actor = actor
        self.team = team
        self.subject = subject
        self.webhook = webhook
        self.destination = destination
        self.adoptedFrom = adoptedFrom
        self.endsAttempt = endsAttempt
    }
}

extension AuditEvent: Equatable {
    package static func == (left: AuditEvent, right: AuditEvent) -> Bool {
        left.action == right.action && left.outcome == right.outcome && left.actor == right.actor
            && left.team == right.team && left.subject == right.subject && left.webhook == right.webhook
            && left.destination == right.destination && left.adoptedFrom == right.adoptedFrom
            && left.endsAttempt == right.endsAttempt
    }
}

extension AuditEvent {
    /// The secrets that it is about: none where it is about something else.
    package var secrets: [NamedSecret] {
        guard case .secrets(let secrets) = subject else { return [] }
        return secrets
    }

    /// Whether values leave the broker once it is recorded.
    package var isUse: Bool {
        switch action {
        case .resolve, .readValues: outcome == .done
        case .relay, .testWebhook: outcome == .attempted
        case .create, .rotate, .delete, .migrate, .purge, .adopt, .drift, .prune, .backUp, .assignStore, .createToken,
            .revokeToken, .createWebhook, .updateWebhook, .deleteWebhook, .confirmWebhook:
            false
        }
    }
}
