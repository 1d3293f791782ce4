/// An event with its number and its time in the audit log.
package struct RecordedEvent: Sendable, Equatable {
    package let seq: Int64
    package let at: Timestamp
    package let event: AuditEvent

    package init(seq: Int64, at: Timestamp, event: AuditEvent) {
        self.seq = seq
        self.at = at
        self.event = event
    }
}

/// A filter of the audit log's records. A field that is nil matches any record.
package struct ActivityFilter: Sendable, Hashable {
    package var team: TeamName?
    package var kind: AuditEvent.Kind?
    package var secret: SecretName?
    /// The actor's name, which is a token's unless the operator's shell or the broker acted.
    package var actor: String?

    package init(
        team: TeamName? = nil, kind: AuditEvent.Kind? = nil, secret: SecretName? = nil, actor: String? = nil
    ) {
        self.team = team
        self.kind = kind
        self.secret = secret
        self.actor = actor
    }

    package func wants(_ event: AuditEvent) -> Bool {
        guard team == nil || event.team == team, kind == nil || event.action.kind == kind,
            actor == nil || event.actor.name == actor
        else { return false }
        guard let secret else { return true }
        return event.secrets.contains { $0.name == secret }
    }
}

package struct ActivityPage: Sendable, Equatable {
    /// The events, latest first.
    package let events: [RecordedEvent]
    /// Where the next page begins; nil when the log's start has been reached.
    package let next: Int64?

    package init(events: [RecordedEvent], next: Int64?) {
        self.events = events
        self.next = next
    }
}

extension AuditEvent {
    /// A kind of action that people look for in the log.
    package enum Kind: String, Sendable, CaseIterable {
        case changes, uses, tokens
    }
}

extension AuditEvent.Action {
    package var kind: AuditEvent.Kind {
        switch self {
        case .create, .rotate, .delete, .migrate, .purge, .adopt, .drift, .prune, .backUp, .assignStore, .createWebhook,
            .updateWebhook, .deleteWebhook, .confirmWebhook:
            .changes
        case .resolve, .readValues, .relay, .testWebhook: .uses
        case .createToken, .revokeToken: .tokens
        }
    }
}
