import Broker

/// A record of the audit log as a sentence: somebody, what they did, and to what.
struct ActivityLine {
    struct Subject {
        let name: String
        let version: String?
    }

    let actor: String
    /// Of the actor's token, which its name is not proof of; nil: it was none.
    let actorID: String?
    let did: String
    let subjects: [Subject]
    /// Where a webhook delivers, what was adopted, or what a new token is.
    let about: String?
    /// Where the page is of all teams. Not `team`: a template that finds none here would take the page's own.
    let inTeam: String?
    let at: HumanTime
    /// What there is to say beyond "done"; nil if nothing.
    let outcome: String?
    let isFailure: Bool
    let address: String?
    let requestID: String

    init(_ recorded: RecordedEvent, showsTeam: Bool, now: Timestamp) {
        let event = recorded.event
        actor = event.actor.name
        actorID = event.actor.tokenID == event.actor.name ? nil : event.actor.tokenID
        did = event.action.words
        subjects = (event.webhook.map { [Subject(name: $0.text, version: nil)] } ?? []) + Self.subjects(event.subject)
        about =
            event.destination.map { "to \($0.text)" } ?? event.adoptedFrom.map { "from \($0)" }
            ?? Self.words(event.subject)
        inTeam = showsTeam ? event.team?.text : nil
        at = HumanTime(recorded.at, now: now)
        address = event.actor.address
        requestID = event.actor.requestID
        switch event.outcome {
        case .attempted: (outcome, isFailure) = ("begun", false)
        case .done: (outcome, isFailure) = (nil, false)
        case .answered(let status): (outcome, isFailure) = ("answered with \(status)", status >= 400)
        case .failed(let code): (outcome, isFailure) = ("failed: \(code)", true)
        case .held(let date): (outcome, isFailure) = ("the store keeps it until \(date.date)", false)
        }
    }
}

extension ActivityLine {
    private static func subjects(_ subject: AuditEvent.Subject) -> [Subject] {
        switch subject {
        case .secrets(let secrets): secrets.map { Subject(name: $0.name.text, version: $0.version?.text) }
        case .token(let id, _): [Subject(name: id, version: nil)]
        case .store(let name): [Subject(name: name.text, version: nil)]
        case .records(let seq): [Subject(name: "up to number \(seq)", version: nil)]
        case .catalog: []
        }
    }

    private static func words(_ subject: AuditEvent.Subject) -> String? {
        guard case .token(_, let made?) = subject else { return nil }
        return "for \(made.name), \(made.role.rawValue)" + (made.expires.map { ", until \($0.date)" } ?? "")
    }
}

extension AuditEvent.Action {
    /// The words for what somebody did, before the name of its object.
    fileprivate var words: String {
        switch self {
        case .create: "added"
        case .rotate: "rotated"
        case .delete: "deleted"
        case .migrate: "moved to another store"
        case .purge: "removed from the store an old value of"
        case .adopt: "adopted"
        case .drift: "looked at what the store has of"
        case .resolve: "used"
        case .readValues: "fetched the value of"
        case .assignStore: "sent the team's new secrets to the store"
        case .createWebhook: "made the webhook"
        case .updateWebhook: "changed the webhook"
        case .deleteWebhook: "deleted the webhook"
        case .confirmWebhook: "armed the webhook"
        case .testWebhook: "tested the webhook"
        case .relay: "delivered by the webhook"
        case .backUp: "backed up the catalog"
        case .prune: "exported and removed the oldest activity,"
        case .createToken: "made the token"
        case .revokeToken: "revoked the token"
        }
    }
}

extension AuditEvent {
    /// What the beginning and the end of a write have in common.
    struct Act: Hashable {
        let action: Action
        let requestID: String
        let subject: Subject
    }

    var act: Act { Act(action: action, requestID: actor.requestID, subject: subject) }
}
